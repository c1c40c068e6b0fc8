// What we write opens again as the same; writing is atomic. Not here: equality with the reference packages.
import Foundation
import Testing

@testable import ModelFiles

@Suite struct WriterTests {
  @Test func safetensorsRoundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model.safetensors")
    let tensors = [
      TensorToWrite(name: "half", shape: [3], type: .f16, floats: [1, -0.5, 65504]),
      TensorToWrite(name: "full", shape: [2, 2], type: .f32, floats: [1, 2, 3, .pi]),
      TensorToWrite(name: "brain", shape: [1, 2], type: .bf16, floats: [1, -2]),
      TensorToWrite(name: "empty", shape: [0, 7], type: .f32, floats: []),
      TensorToWrite(name: "量子", shape: [], type: .f32, floats: [4]),
    ]
    try SafetensorsWriter.write(tensors, metadata: [("format", "pt"), ("note", "\"引号\"")], to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["format": "pt", "note": "\"引号\""])
    #expect(file.tensors.map(\.name) == ["full", "empty", "量子", "half", "brain"])
    #expect(try file.floats(file.required("full", shape: [2, 2])) == [1, 2, 3, .pi])
    #expect(try file.floats(file.required("half")) == [1, -0.5, 65504])
    #expect(try file.floats(file.required("brain", shape: [1, 2])) == [1, -2])
    #expect(try file.floats(file.required("empty", shape: [0, 7])) == [])
    #expect(file.tensors.allSatisfy { $0.offset % $0.type.blockBytes == 0 })
  }

  @Test func ggufRoundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model.gguf")
    let metadata: [(key: String, value: GGUFValue)] = [
      ("general.architecture", .string("llama")), ("general.alignment", .uint32(64)), ("a.u8", .integer(255, .uint8)),
      ("a.i64", .integer(.min, .int64)), ("a.f", .float32(-0.0)), ("a.d", .float64(.pi)), ("a.bytes", .integers([0, 255], .uint8)),
      ("a.none", .strings([])), ("a.doubles", .float64s([1, .infinity])), ("a.flags", .bools([true, false])), ("a.ids", .int32s([1, -1])),
    ]
    let row = (0..<64).map { Float($0) - 32 }
    try GGUFWriter.write(
      metadata: metadata,
      tensors: [
        TensorToWrite(name: "w", shape: [1, 64], type: .q8_0, floats: row),
        TensorToWrite(name: "v", shape: [3], type: .f32, floats: [1, 2, 3]),
        TensorToWrite(name: "u", shape: [2, 32], type: .q4_0, makeFloats: { () throws(FileError) in row }),
      ], to: path)
    let file = try GGUFFile(path: path)
    #expect(file.alignment == 64)
    #expect(file.metadata.entries.map(\.key) == metadata.map(\.key))
    #expect(file.metadata.entries.map(\.value) == metadata.map(\.value))
    #expect(file.tensors.map(\.shape) == [[1, 64], [3], [2, 32]])
    #expect(file.tensors.allSatisfy { $0.offset % 64 == 0 })
    #expect(try file.floats(file.required("v")) == [1, 2, 3])
    #expect(try zip(file.floats(file.required("w")), row).allSatisfy { abs($0 - $1) <= 0.127 })
  }

  @Test func version2IsRead() throws {
    let folder = try TemporaryFolder()
    var image = GGUFImage.valid
    image.version = 2
    let file = try GGUFFile(path: folder.write(image.bytes, "v2.gguf"))
    #expect(file.version == 2)
    #expect(file.tensors.map(\.shape) == [[2, 4], [1, 32]])
  }

  @Test func impossibleTensorsAreRefusedAndLeaveNothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("out")
    func refusal(_ tensors: TensorToWrite..., metadata: [(key: String, value: GGUFValue)] = [], gguf: Bool = true) -> String? {
      fileError {
        if gguf {
          try GGUFWriter.write(metadata: metadata, tensors: tensors, to: path)
        } else {
          try SafetensorsWriter.write(tensors, to: path)
        }
      }?
      .place
    }
    let good = TensorToWrite(name: "t", shape: [2], type: .f32, floats: [1, 2])
    #expect(refusal(good, good) == "t")
    #expect(refusal(good, good, gguf: false) == "t")
    #expect(refusal(TensorToWrite(name: "q", shape: [2, 16], type: .q8_0, floats: [Float](repeating: 0, count: 32))) == "q")
    #expect(refusal(TensorToWrite(name: "q", shape: [32], type: .q8_0, floats: [Float](repeating: 0, count: 32)), gguf: false) == "q")
    #expect(refusal(TensorToWrite(name: "few", shape: [3], type: .f32, floats: [1])) == "few")
    #expect(refusal(TensorToWrite(name: "few", shape: [3], type: .f32, bytes: [1])) == "few")
    #expect(refusal(TensorToWrite(name: "neg", shape: [-1], type: .f32, floats: [])) == "neg")
    #expect(refusal(TensorToWrite(name: "huge", shape: [.max, .max], type: .f32, floats: [])) == "huge")
    #expect(refusal(TensorToWrite(name: "five", shape: [1, 1, 1, 1, 1], type: .f32, floats: [1])) == "five")
    #expect(refusal(TensorToWrite(name: "", shape: [1], type: .f32, floats: [1])) == "tensor name")
    #expect(refusal(good, metadata: [("a", .bool(true)), ("a", .bool(true))]) == "a")
    #expect(refusal(good, metadata: [("a", .integer(-1, .uint32))]) == "a")
    #expect(refusal(good, metadata: [("", .bool(true))]) == "metadata key")
    #expect(refusal(good, metadata: [("general.alignment", .uint32(24))]) == "general.alignment")
    #expect(try folder.names().isEmpty)
  }

  @Test func failureKeepsTheOldFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], "kept")
    let error = fileError {
      try AtomicFile.write(to: path) { (output) throws(FileError) in
        try output.append([UInt8](repeating: 9, count: 3 << 20))
        throw FileError.damaged(path, "here", zh: "测试", en: "test")
      }
    }
    #expect(error?.place == "here")
    #expect(try contents(path) == [1, 2, 3])
    #expect(try folder.names() == ["kept"])
  }

  @Test func writtenFilesArePrivateAndReplaceOldOnes() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1], "file")
    try AtomicFile.write([UInt8](repeating: 7, count: 2_500_000), to: path)
    #expect(try contents(path) == [UInt8](repeating: 7, count: 2_500_000))
    let mode = try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    #expect(mode == 0o600)
    try AtomicFile.rename(path, to: folder.file("moved"))
    #expect(try folder.names() == ["moved"])
    #expect(fileError { try AtomicFile.write([1], to: folder.file("no/such/folder")) }?.place == "open")
    #expect(fileError { try AtomicFile.write([1], to: folder.path) }?.place == "open")
    #expect(fileError { try AtomicFile.write([1], to: "") }?.place == "open")
    #expect(try folder.names() == ["moved"])
  }

  @Test func foldersOfPaths() {
    #expect(AtomicFile.folder(of: "a") == ".")
    #expect(AtomicFile.folder(of: "/a") == "/")
    #expect(AtomicFile.folder(of: "/a/b") == "/a")
    #expect(AtomicFile.folder(of: "a/b") == "a")
  }
}
