// Equality with the reference packages `gguf` and `safetensors`, over files from Tests/Reference/make_quantized.py. Not here: broken files.
import Testing

@testable import ModelFiles

@Suite struct GoldenTests {
  static func reference() throws -> GGUFFile { try GGUFFile(path: golden("reference.gguf")) }

  /// Encoding gives the reference's bytes, decoding its floats; NaN payloads apart.
  @Test(arguments: [
    ("input", ElementType.q8_0, "q8_0"), ("input", .q4_0, "q4_0"), ("input", .q4_1, "q4_1"), ("input", .q5_0, "q5_0"),
    ("input", .q5_1, "q5_1"), ("half.input", .f16, "half.f16"), ("half.input", .bf16, "half.bf16"),
  ])
  func blocksEqualTheReference(input: String, type: ElementType, stored: String) throws {
    let file = try Self.reference()
    let tensor = try file.required(stored)
    #expect(tensor.type == type)
    let floats = try file.floats(file.required(input))
    let bytes = try file.readBytes(tensor)
    // Not `==` inside the macro: a failure would print all bytes.
    let equal = QuantizedBlocks.encode(floats, as: type) == bytes
    #expect(equal)
    let decoded = try file.floats(file.required("\(stored).decoded"))
    for result in [QuantizedBlocks.decode(bytes, as: type), try file.floats(tensor)] {
      #expect(zip(result, decoded).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) } && result.count == decoded.count)
    }
  }

  /// Types that the reference only decodes: random and extreme blocks.
  @Test(arguments: [ElementType.q2_k, .q3_k, .q4_k, .q5_k, .q6_k, .iq4_nl])
  func decodingEqualsTheReference(type: ElementType) throws {
    let file = try Self.reference()
    let name = type.rawValue.lowercased()
    let tensor = try file.required(name)
    #expect(tensor.type == type)
    let (result, expected) = (try file.floats(tensor), try file.floats(file.required("\(name).decoded")))
    #expect(result.count == expected.count && result.count == 8 * type.blockSize)
    #expect(zip(result, expected).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) })
  }

  @Test func metadataOfEveryType() throws {
    let file = try Self.reference()
    #expect(file.version == 3 && file.alignment == 32)
    #expect(try file.string("general.architecture") == "test")
    #expect(file.metadata["test.uint8"] == .integer(200, .uint8))
    #expect(file.metadata["test.int8"] == .integer(-100, .int8))
    #expect(file.metadata["test.uint16"] == .integer(60000, .uint16))
    #expect(file.metadata["test.int16"] == .integer(-30000, .int16))
    #expect(file.metadata["test.uint32"] == .integer(4_000_000_000, .uint32))
    #expect(file.metadata["test.int32"] == .integer(-2_000_000_000, .int32))
    #expect(file.metadata["test.uint64"] == .integer(1 << 60, .uint64))
    #expect(file.metadata["test.int64"] == .integer(-(1 << 60), .int64))
    #expect(file.metadata["test.float32"] == .float32(0.1))
    #expect(try file.number("test.float64", in: 0...1) == 0.1)
    #expect(try file.bool("test.bool"))
    #expect(try file.string("test.string") == "汉字 é")
    #expect(try file.strings("test.strings") == ["a", "", "Ġthe", "汉"])
    #expect(try file.integers("test.int32s") == [1, -2, 3])
    #expect(try file.floats("test.float32s") == [0.5, -1.25])
    #expect(file.metadata["test.bools"] == .bools([true, false]))
  }

  @Test func listedTypesAreNamedInErrors() throws {
    let folder = try TemporaryFolder()
    let file = try GGUFFile(path: folder.write(GGUFImage.valid.bytes, "valid.gguf"))
    let listed = try #require(file.unsupportedTensors.first)
    #expect(listed.name == "third" && listed.shape == [3] && listed.typeName == "I32" && listed.byteCount == 12)
    let error = fileError { _ = try file.required("third") }
    #expect(error?.place == "third")
    #expect(error?.problem.en.contains("I32") == true)
    #expect(fileError { _ = try file.required("absent") }?.problem.en.contains("missing") == true)
    #expect(fileError { _ = try file.required("first", shape: [4, 2]) }?.problem.en.contains("[2, 4]") == true)
  }

  @Test func accessorsNameTheKey() throws {
    let file = try Self.reference()
    let errors = [
      fileError { _ = try file.integer("test.string", in: 0...1) }, fileError { _ = try file.integer("test.uint8", in: 0...100) },
      fileError { _ = try file.string("test.strings") }, fileError { _ = try file.integers("test.float32s") },
      fileError { _ = try file.number("test.bool", in: 0...1) }, fileError { _ = try file.strings("gone") },
    ]
    #expect(errors.map { $0?.place } == ["test.string", "test.uint8", "test.strings", "test.float32s", "test.bool", "gone"])
  }

  /// What the reference wrote, read and written again by us, is the same file.
  @Test func writingEqualsTheReference() throws {
    let folder = try TemporaryFolder()
    let file = try Self.reference()
    try GGUFWriter.write(
      metadata: file.metadata.entries, tensors: file.tensors.map { TensorToWrite(copying: $0, from: file) }, to: folder.file("again.gguf"))
    let equal = try contents(folder.file("again.gguf")) == contents(golden("reference.gguf"))
    #expect(equal)
  }

  @Test func safetensorsOfTheReference() throws {
    let file = try SafetensorsFile(path: golden("reference.safetensors"))
    #expect(file.metadata == ["format": "pt"])
    #expect(file.unsupportedTensors.map(\.typeName) == ["I64"])
    #expect(try file.floats(file.required("matrix", shape: [3, 4])) == (0..<12).map { Float($0) / 8 })
    #expect(try file.floats(file.required("half", shape: [2, 3])) == (0..<6).map { Float($0) / 4 })
    #expect(try file.floats(file.required("scalar", shape: [])) == [2.5])
    #expect(try file.floats(file.required("vector")) == [-1, 0.5])
  }

  @Test func everyHalfSurvivesTheRoundTrip() {
    for bits in UInt16.min...UInt16.max {
      let f16 = HalfPrecision.float(f16: bits)
      if !f16.isNaN { #expect(HalfPrecision.f16(f16) == bits) } else { #expect(HalfPrecision.float(f16: HalfPrecision.f16(f16)).isNaN) }
      let bf16 = HalfPrecision.float(bf16: bits)
      if !bf16.isNaN { #expect(HalfPrecision.bf16(bf16) == bits) }
    }
  }
}
