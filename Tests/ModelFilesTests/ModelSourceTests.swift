// What a path is, by content, and what is said about things that are no model. Not here: the formats themselves.
import Foundation
import Testing

@testable import ModelFiles

@Suite struct ModelSourceTests {
  private func kind(_ source: ModelSource) -> String {
    switch source {
    case .gguf: "gguf"
    case .huggingFace: "huggingFace"
    case .llama2c: "llama2c"
    }
  }

  static func modelFolder(_ folder: TemporaryFolder, _ weights: String = "model.safetensors") throws {
    try folder.write(Array(#"{"model_type": "llama"}"#.utf8), "config.json")
    try folder.write(validSafetensors, weights)
  }

  /// Names say nothing: every file has the same one.
  @Test func contentDecides() throws {
    let folder = try TemporaryFolder()
    for (expected, bytes) in [
      ("gguf", GGUFImage.valid.bytes), ("llama2c", Llama2CImage().bytes), ("llama2c", Llama2CImage(version: 1).bytes),
      ("llama2c", Llama2CImage(version: 2).bytes),
    ] {
      #expect(try kind(.open(folder.write(bytes, "model.onnx"))) == expected)
    }
    try Self.modelFolder(folder, "weights.gguf")
    #expect(try kind(.open(folder.file("weights.gguf"))) == "huggingFace")
  }

  @Test func folderAndItsFilesAreTheSameModel() throws {
    let folder = try TemporaryFolder()
    try Self.modelFolder(folder)
    for path in [folder.path, folder.path + "/", folder.file("config.json"), folder.file("model.safetensors")] {
      guard case .huggingFace(let model) = try ModelSource.open(path) else { throw FileError.damaged(path, "", zh: "", en: "another kind") }
      #expect(model.weights.tensors.map(\.name) == ["a", "b", "empty"])
      #expect(model.path == folder.path || model.path == folder.path + "/")
    }
    // The file that was given is the one that is opened.
    try folder.write(safetensorsImage(#"{"other":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4), "other.safetensors")
    guard case .huggingFace(let other) = try ModelSource.open(folder.file("other.safetensors")) else { return #expect(Bool(false)) }
    #expect(other.weights.tensors.map(\.name) == ["other"])
    try folder.write([1, 2, 3], "broken.safetensors")
    #expect(fileError { _ = try HuggingFaceFolder(path: folder.file("broken.safetensors")) }?.file == folder.file("broken.safetensors"))
  }

  @Test func aShardOpensTheWholeModel() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("{}".utf8), "config.json")
    for (name, tensor) in [("m-1.safetensors", "a"), ("m-2.safetensors", "b")] {
      try folder.write(safetensorsImage(#"{"\#(tensor)":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4), name)
    }
    try folder.write(
      Array(#"{"weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}"#.utf8), "m.safetensors.index.json")
    for path in [folder.path, folder.file("m-2.safetensors"), folder.file("m.safetensors.index.json")] {
      guard case .huggingFace(let model) = try ModelSource.open(path) else { return #expect(Bool(false)) }
      #expect(model.weights.tensors.map(\.name) == ["a", "b"], "\(path)")
    }
  }

  @Test func ggufInFolders() throws {
    let folder = try TemporaryFolder()
    try folder.write(GGUFImage.valid.bytes, "one.gguf")
    #expect(try kind(.open(folder.path)) == "gguf")
    // The original's config.json lies beside many GGUF files.
    try folder.write(Array(#"{"model_type": "llama"}"#.utf8), "config.json")
    #expect(try kind(.open(folder.path)) == "gguf" && kind(.open(folder.file("config.json"))) == "gguf")
    try folder.write(GGUFImage.valid.bytes, "two.gguf")
    let error = fileError { _ = try ModelSource.open(folder.path) }
    #expect(error?.problem.en == "the folder holds 2 GGUF models: one.gguf, two.gguf")
  }

  @Test func cachesOfHuggingFaceOpenTheirOneSnapshot() throws {
    let (cache, model) = (try TemporaryFolder(), try TemporaryFolder())
    try Self.modelFolder(model)
    try FileManager.default.createDirectory(atPath: cache.file("snapshots"), withIntermediateDirectories: true)
    #expect(symlink(model.path, cache.file("snapshots/abc")) == 0)
    #expect(try kind(.open(cache.path)) == "huggingFace")
    #expect(symlink(model.path, cache.file("snapshots/def")) == 0)
    #expect(fileError { _ = try ModelSource.open(cache.path) }?.problem.en.contains("abc, def") == true)
    // A cache inside itself ends too.
    let loop = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: loop.file("snapshots"), withIntermediateDirectories: true)
    #expect(symlink(loop.path, loop.file("snapshots/x")) == 0)
    #expect(fileError { _ = try ModelSource.open(loop.path) }?.problem.en.contains("no model") == true)
  }

  private static func zip(_ name: String) -> [UInt8] {
    [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [UInt8(name.utf8.count), 0, 0, 0] + name.utf8 + [1, 2, 3]
  }

  static let strangers: [(name: String, bytes: [UInt8], problem: String, mend: String)] = [
    ("empty", [], "empty", "again"), ("zeros", [UInt8](repeating: 0, count: 5000), "zeros", "again"),
    ("lfs", Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n".utf8), "git-lfs", "git lfs pull"),
    ("html", Array("\n <!DOCTYPE html>\n<html><head>".utf8), "web page", "resolve"), ("html2", Array("<HTML>".utf8), "web page", "resolve"),
    ("torch zip", zip("archive/data.pkl"), "pickle", "safetensors"), ("torch pickle", [0x80, 2, 0x8A, 10, 0x6C], "pickle", "safetensors"),
    ("other zip", zip("hello.txt"), "archive", "Unpack"), ("gzip", [0x1F, 0x8B, 8, 0], "archive", "Unpack"),
    ("onnx", [8, 3, 0x12, 4] + Array("CNTK".utf8), "ONNX", "GGUF"), ("tensorflow", [8, 1, 0x12, 4, 1], "TensorFlow", "GGUF"),
    ("keras", [0x89] + Array("HDF\r\n".utf8) + [0x1A, 10, 0], "HDF5", "GGUF"),
    ("tflite", [0x1C, 0, 0, 0] + Array("TFL3".utf8), "Lite", "GGUF"),
    ("numpy", [0x93] + Array("NUMPY".utf8) + [1, 0], "NumPy", "GGUF"),
    ("ggjt", Array("tjgg".utf8) + [3, 0, 0, 0], "before GGUF", "convert_llama_ggml_to_gguf.py"),
    ("ggml", Array("lmgg".utf8) + [0, 0x7D, 0, 0], "before GGUF", "convert_llama_ggml_to_gguf.py"),
    ("llamafile", Array("MZqFpD='\n".utf8), "llamafile", "GGUF"), ("text", Array("Once upon a time".utf8), "text file", "GGUF"),
    ("汉字", Array(String(repeating: "汉", count: 2000).utf8), "text file", "GGUF"), ("json", Array(#"{"a": 1}"#.utf8), "JSON", "folder"),
    ("noise", [0xDE, 0xAD, 0xBE, 0xEF] + (0..<200).map { UInt8(truncatingIfNeeded: $0 * 37) }, "no kind", "GGUF"),
  ]

  @Test(arguments: strangers.indices) func strangersAreNamed(index: Int) throws {
    let (name, bytes, problem, mend) = Self.strangers[index]
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, "model.gguf")
    let error = try #require(fileError { _ = try ModelSource.open(path) })
    #expect(error.file == path && error.problem.en.contains(problem) && error.mend.en.contains(mend), "\(name): \(error)")
    // Every prefix is something too, and opens or ends in an error.
    for length in 0..<min(bytes.count, 64) {
      let part = try folder.write(Array(bytes.prefix(length)), "part")
      #expect(fileError { _ = try ModelSource.open(part) } != nil)
    }
  }

  /// A legacy file of width 640 begins like a pickle of protocol 2.
  @Test func widthsThatLookLikeOtherMagics() throws {
    let folder = try TemporaryFolder(inMemory: true)
    // 31520: a space and a brace.
    for width in Array(stride(from: Int32(2), through: 2048, by: 2)) + [31520] {
      let header: [Int32] = [width, 2, 1, 1, 1, 2, 1]
      let file = try OpenFile(path: folder.write(header.flatMap { littleEndian($0) } + littleEndian(Float(0.5).bitPattern), "model.bin"))
      #expect(try FileKind(of: file) == .llama2c, "\(width)")
    }
  }

  @Test(.enabled(if: exists(fixture("tiny-files")))) func filesOfOthers() throws {
    let folder = fixture("tiny-files/tests/fixtures")
    #expect(fileError { _ = try ModelSource.open(folder + "/mnist.onnx") }?.problem.en.contains("ONNX") == true)
    #expect(fileError { _ = try ModelSource.open(folder + "/tiny.safetensors") }?.problem.en.contains("config.json") == true)
    #expect(try kind(.open(folder + "/empty.gguf")) == "gguf")
    #expect(try kind(.open(fixture("llama2c/stories260K.bin"))) == "llama2c")
    #expect(try kind(.open(fixture("hf-tinystories-656k"))) == "huggingFace")
    for name in ["tok512.bin", "tokenizer.bin", "tokenizer.model", "stories260K.md"] {
      #expect(fileError { _ = try ModelSource.open(fixture("llama2c/\(name)")) } != nil)
    }
  }

  @Test func foldersWithoutAModel() throws {
    let adapter = Array(#"{"base_model_name_or_path": "meta/base", "peft_type": "LORA"}"#.utf8)
    let pickle = Self.zip("pytorch_model/data.pkl")
    let cases: [(files: [(String, [UInt8])], file: String, problem: String)] = [
      ([], "", "empty"), ([("notes.txt", [65])], "", "only: notes.txt"),
      ([("adapter_config.json", adapter)], "", "base model is meta/base"),
      ([("adapter_config.json", adapter), ("adapter_model.safetensors", validSafetensors)], "", "LoRA"),
      ([("adapter_config.json", adapter), ("config.json", Array("{}".utf8)), ("adapter_model.safetensors", validSafetensors)], "", "LoRA"),
      ([("config.json", Array("{}".utf8)), ("pytorch_model.bin", pickle)], "/pytorch_model.bin", "pickle"),
      ([("consolidated.00.pth", pickle), ("params.json", Array("{}".utf8))], "/consolidated.00.pth", "pickle"),
      ([("config.json", Array("{}".utf8))], "", "no safetensors"),
      ([("model.safetensors", validSafetensors)], "/config.json", "no config.json"),
      ([("saved_model.pb", [8, 1, 0x12, 4, 1])], "/saved_model.pb", "TensorFlow"),
      (
        [("config.json", Array("{}".utf8)), ("a.safetensors", validSafetensors), ("b.safetensors", validSafetensors)], "",
        "a.safetensors, b.safetensors"
      ),
      ([("model.gguf", Array("version https://git-lfs.github.com/spec/v1\n".utf8))], "/model.gguf", "git-lfs"),
    ]
    for (files, file, problem) in cases {
      let folder = try TemporaryFolder()
      for (name, bytes) in files { try folder.write(bytes, name) }
      let error = try #require(fileError { _ = try ModelSource.open(folder.path) }, "\(problem)")
      #expect(error.file == folder.path + file && error.problem.en.contains(problem), "\(error)")
    }
  }

  /// git without git-lfs leaves pointers; every reader says so.
  @Test func pointersInsideModels() throws {
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n".utf8)
    for name in ["model.safetensors", "tokenizer.json", "config.json"] {
      let folder = try TemporaryFolder()
      try Self.modelFolder(folder)
      try folder.write(pointer, name)
      let error = fileError { _ = try ModelSource.open(folder.path) }
      #expect(error?.file == folder.file(name) && error?.problem.en.contains("git-lfs") == true)
    }
  }

  @Test func otherNamesOfTensorsAreExplained() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("{}".utf8), "config.json")
    try folder.write(
      safetensorsImage(#"{"tok_embeddings.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4), "consolidated.safetensors")
    let error = fileError { _ = try ModelSource.open(folder.path) }
    #expect(error?.place == "tok_embeddings.weight" && error?.problem.en.contains("Meta") == true)
  }

  @Test func pathsThatAreNothing() throws {
    let folder = try TemporaryFolder()
    for path in ["", "a\u{0}b", folder.file("gone"), folder.file("gone/config.json"), "/dev/null"] {
      #expect(fileError { _ = try ModelSource.open(path) } != nil)
    }
  }
}
