// The hostile corpus: one small file for every way in which model readers have been broken (reliability.md, "Model files").
// Not here: truncation at every byte and random mutation, which the tests make from valid files.
@testable import ModelFiles

enum HostileCorpus {
  static let all = ggufHeaders + ggufMetadata + ggufTensors + safetensorsHeaders + safetensorsTensors + json + llama2c

  private static let string = GGUFImage.string
  private static let key = GGUFImage.key
  private static func u64(_ value: UInt64) -> [UInt8] { littleEndian(value) }
  private static func u32(_ value: UInt32) -> [UInt8] { littleEndian(value) }
  private static func tensor(_ name: String, _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, count: UInt32? = nil) -> [UInt8]
  {
    GGUFImage.tensor(name, dimensions, type: type, offset: offset, count: count)
  }

  static let ggufHeaders: [HostileCase] = [
    HostileCase(.gguf, "empty file", "cut off", at: "byte 0", bytes: []),
    .gguf("wrong magic", "GGUF", at: "byte 0") { $0.magic = Array("GGML".utf8) },
    .gguf("version 1", "version 1", at: "byte 4") { $0.version = 1 },
    .gguf("version of the future", "version 4", at: "byte 4") { $0.version = 4 },
    .gguf("big-endian", "big-endian", at: "byte 4") { $0.version = UInt32(3).byteSwapped },
    .gguf("more tensors than bytes", "past the end", at: "byte 8") { $0.tensorCount = 1 << 40 },
    .gguf("tensor count wraps when multiplied", "past the end", at: "byte 8") { $0.tensorCount = .max / 32 },
    .gguf("tensor count of all ones", "past the end", at: "byte 8") { $0.tensorCount = .max },
    .gguf("more keys than bytes", "past the end", at: "byte 16") { $0.keyCount = 1 << 32 },
    .gguf("key count of all ones", "past the end", at: "byte 16") { $0.keyCount = .max },
    .gguf("too many tensors for the cap", "exceeds the limit", at: "byte 8") {
      $0.tensorCount = 70_000
      $0.data = [UInt8](repeating: 0, count: 70_000 * 33)
    },
    .gguf("too many keys for the cap", "exceeds the limit", at: "byte 16") {
      $0.keyCount = 70_000
      $0.data = [UInt8](repeating: 0, count: 70_000 * 14)
    },
    .gguf("one key more announced than there is", "", at: "") { $0.keyCount = UInt64($0.keys.count + 1) },
    .gguf("one key fewer announced than there is", "", at: "") { $0.keyCount = UInt64($0.keys.count - 1) },
  ]

  static let ggufMetadata: [HostileCase] = [
    .ggufKey("empty key", "key is empty", at: "byte", key("", 4, u32(1))),
    .ggufKey("duplicate key", "twice", at: "test.count", key("test.count", 4, u32(1))),
    .ggufKey("key reaches past the end", "past the end", at: "byte", u64(1 << 40)),
    .ggufKey("key length of all ones", "past the end", at: "byte", u64(.max)),
    .ggufKey("key longer than the cap", "exceeds the limit", at: "byte", u64(70_000) + [UInt8](repeating: 97, count: 70_000)),
    .ggufKey("key in broken UTF-8", "UTF-8", at: "byte", u64(2) + [0xC3, 0x28] + u32(4) + u32(1)),
    .ggufKey("unknown value type", "type number 13", at: "k", key("k", 13, u32(1))),
    .ggufKey("value type of all ones", "type number 4294967295", at: "k", key("k", .max, u32(1))),
    .ggufKey("boolean of 2", "boolean", at: "byte", key("k", 7, [2])),
    .ggufKey("array of booleans of 3", "boolean", at: "byte", GGUFImage.array("k", of: 7, count: 2, [1, 3])),
    .ggufKey("160 bytes ask for 1 GiB", "past the end", at: "byte", key("k", 8, u64(1 << 30))),
    .ggufKey(
      "string longer than the cap", "exceeds the limit", at: "byte", key("k", 8, u64(17 << 20) + [UInt8](repeating: 97, count: 17 << 20))),
    .ggufKey("string in broken UTF-8", "UTF-8", at: "byte", key("k", 8, u64(3) + [0xED, 0xA0, 0x80])),
    .ggufKey("array longer than the file", "past the end", at: "byte", GGUFImage.array("k", of: 4, count: 1 << 33, u32(1))),
    .ggufKey("array count wraps when multiplied", "past the end", at: "byte", GGUFImage.array("k", of: 10, count: 1 << 61, u64(1))),
    .ggufKey("array of strings longer than the file", "past the end", at: "byte", GGUFImage.array("k", of: 8, count: 1 << 20, string("a"))),
    .ggufKey(
      "array longer than the cap", "exceeds the limit", at: "byte",
      GGUFImage.array("k", of: 0, count: 17 << 20, [UInt8](repeating: 0, count: 17 << 20))),
    .gguf("arrays longer than the cap together", "exceeds the limit", at: "byte") {
      $0.keys += (0..<3).map { GGUFImage.array("k\($0)", of: 0, count: 7 << 20, [UInt8](repeating: 0, count: 7 << 20)) }
    },
    .gguf("header longer than the cap", "header is larger", at: "byte") {
      $0.keys += (0..<5).map { key("k\($0)", 8, u64(15 << 20) + [UInt8](repeating: 97, count: 15 << 20)) }
    },
    .ggufKey("array of arrays", "inside arrays", at: "k", GGUFImage.array("k", of: 9, count: 1, u32(4) + u64(1) + u32(1))),
    .ggufKey("array of an unknown type", "type number 99", at: "k", GGUFImage.array("k", of: 99, count: 1, u32(1))),
    .ggufKey("integer beyond Int", "too large", at: "k", key("k", 10, u64(.max))),
    .ggufKey("alignment 0", "alignment", at: "general.alignment", key("general.alignment", 4, u32(0))),
    .ggufKey("alignment 24", "alignment", at: "general.alignment", key("general.alignment", 4, u32(24))),
    .ggufKey("alignment 4", "alignment", at: "general.alignment", key("general.alignment", 4, u32(4))),
    .ggufKey("alignment 2 GiB", "alignment", at: "general.alignment", key("general.alignment", 4, u32(1 << 31))),
    .ggufKey("alignment as string", "alignment", at: "general.alignment", key("general.alignment", 8, string("32"))),
    .ggufKey("alignment as uint64", "alignment", at: "general.alignment", key("general.alignment", 10, u64(32))),
    .ggufKey("alignment as array", "alignment", at: "general.alignment", GGUFImage.array("general.alignment", of: 4, count: 1, u32(32))),
  ]

  static let ggufTensors: [HostileCase] = [
    .ggufTensors("no dimensions", "0 dimensions", at: "t", tensor("t", [])),
    .ggufTensors("five dimensions", "5 dimensions", at: "t", tensor("t", [1, 1, 1, 1, 1])),
    .ggufTensors("4 billion dimensions", "4294967295 dimensions", at: "t", tensor("t", [1], count: .max)),
    .ggufTensors("dimension 0", "dimension is 0", at: "t", tensor("t", [4, 0])),
    .ggufTensors("dimension of all ones", "dimension is 0 or too large", at: "t", tensor("t", [.max])),
    .ggufTensors("product of dimensions wraps to 0", "overflows", at: "t", tensor("t", [1 << 32, 1 << 32])),
    .ggufTensors("product of dimensions wraps to 8", "overflows", at: "t", tensor("t", [8, (1 << 61) + 1, 8])),
    .ggufTensors("byte count wraps", "overflows", at: "t", tensor("t", [1 << 61])),
    .ggufTensors("quantized byte count wraps", "overflows", at: "t", tensor("t", [1 << 62, 32], type: 8)),
    .ggufTensors("offset plus size wraps", "past the end", at: "t", tensor("t", [4], offset: UInt64(Int.max) & ~31)),
    .ggufTensors("offset of all ones, aligned", "offset", at: "t", tensor("t", [4], offset: .max & ~31)),
    .ggufTensors("reaches past the end by 4 bytes", "past the end", at: "t", tensor("t", [1025])),
    .ggufTensors("begins past the end", "past the end", at: "t", tensor("t", [1], offset: 1 << 20)),
    .ggufTensors("listed type reaches past the end", "past the end", at: "t", tensor("t", [256 * 100], type: 12)),
    .ggufTensors("offset not aligned", "multiple of 32", at: "t", tensor("t", [4], offset: 4)),
    .ggufTensors("row of half a block", "whole blocks", at: "t", tensor("t", [16, 2], type: 8)),
    .ggufTensors("removed type number", "type number 4", at: "t", tensor("t", [32], type: 4)),
    .ggufTensors("unknown type number", "type number 1000", at: "t", tensor("t", [32], type: 1000)),
    .ggufTensors("overlap", "overlaps", at: "u", tensor("t", [16]), tensor("u", [16], offset: 32)),
    .ggufTensors("same place twice", "overlaps", at: "", tensor("t", [8]), tensor("u", [8])),
    .ggufTensors("duplicate name", "twice", at: "t", tensor("t", [8]), tensor("t", [8], offset: 32)),
    .ggufTensors("empty name", "name is empty", at: "byte", tensor("", [8])),
    .ggufTensors("name of 257 bytes", "exceeds the limit", at: "byte", tensor(String(repeating: "n", count: 257), [8])),
    .ggufTensors("name reaches past the end", "past the end", at: "byte", u64(1 << 50) + [UInt8](repeating: 0, count: 32)),
    .ggufTensors("name in broken UTF-8", "UTF-8", at: "byte", u64(1) + [0xFF] + [UInt8](repeating: 0, count: 32)),
  ]

  static let safetensorsHeaders: [HostileCase] = [
    HostileCase(.safetensors, "empty file", "cut off", at: "byte 0", bytes: []),
    HostileCase(.safetensors, "seven bytes", "cut off", at: "byte 0", bytes: [2, 0, 0, 0, 0, 0, 0]),
    .safetensors("header length of all ones", "past the end", at: "byte 0", "{}", data: 0, length: .max),
    .safetensors("header length wraps with the 8", "past the end", at: "byte 0", "{}", data: 0, length: .max - 7),
    .safetensors("header one byte too long", "past the end", at: "byte 0", "{}", data: 0, length: 3),
    .safetensors("no header", "no safetensors", at: "byte 8", "", data: 8, length: 0),
    .safetensors("space before the header", "no safetensors", at: "byte 8", " {}", data: 0),
    .safetensors("header is an array", "no safetensors", at: "byte 8", "[]", data: 0),
    .safetensors("header cut short", "ends too early", at: "header 1:", #"{"a":"#, data: 0),
    .safetensors("text after the header", "after the end", at: "header 1:3", "{}x", data: 0),
    .safetensors(
      "duplicate tensor", "twice", at: "header 1:",
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#),
    .safetensors(
      "duplicate key within a tensor", "twice", at: "header 1:", #"{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}"#),
    .safetensors("duplicate key by escape", "twice", at: "header 1:", #"{"a":1,"\u0061":2}"#),
    .safetensors(
      "deep nesting", "deeper", at: "header 1:", #"{"a":"# + String(repeating: "[", count: 500) + String(repeating: "]", count: 500) + "}"),
    .safetensors("metadata that is no object", "wrong type", at: "__metadata__", #"{"__metadata__":[1]}"#, data: 0),
    .safetensors("metadata that is no text", "wrong type", at: "__metadata__.format", #"{"__metadata__":{"format":1}}"#, data: 0),
    HostileCase(.safetensors, "header in broken UTF-8", "UTF-8", at: "header 1:", bytes: u64(8) + [123, 34, 0xFF, 34, 58, 123, 125, 125]),
    HostileCase(
      .safetensors, "header longer than the cap", "at most", at: "byte 0",
      bytes: u64(100_000_001) + [UInt8](repeating: 32, count: 100_000_001)),
  ]

  private static func one(_ dtype: String, _ shape: String, _ offsets: String, name: String = "a") -> String {
    "{\"\(name)\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
  }

  private static func two(_ first: String, _ second: String) -> String {
    #"{"a":{"dtype":"U8","shape":[16],"data_offsets":\#(first)},"b":{"dtype":"U8","shape":[16],"data_offsets":\#(second)}}"#
  }

  static let safetensorsTensors: [HostileCase] = [
    .safetensors("tensor that is no object", "wrong type", at: "a", #"{"a":[]}"#),
    .safetensors("no dtype", "missing", at: "a.dtype", #"{"a":{"shape":[8],"data_offsets":[0,32]}}"#),
    .safetensors("no shape", "missing", at: "a.shape", #"{"a":{"dtype":"F32","data_offsets":[0,32]}}"#),
    .safetensors("no offsets", "missing", at: "a.data_offsets", #"{"a":{"dtype":"F32","shape":[8]}}"#),
    .safetensors("dtype that is a number", "wrong type", at: "a.dtype", one("3", "[8]", "[0,32]")),
    .safetensors("unknown dtype", "unknown element type", at: "a", one("\"F31\"", "[8]", "[0,32]")),
    .safetensors("dtype of ggml", "unknown element type", at: "a", one("\"Q8_0\"", "[32]", "[0,34]"), data: 34),
    .safetensors("shape that is a string", "wrong type", at: "a.shape", one("\"F32\"", "\"8\"", "[0,32]")),
    .safetensors("dimension that is negative", "outside", at: "a.shape[0]", one("\"F32\"", "[-8]", "[0,32]")),
    .safetensors("dimension with a fraction", "wrong type", at: "a.shape[0]", one("\"F32\"", "[8.0]", "[0,32]")),
    .safetensors("dimension beyond 64 bits", "wrong type", at: "a.shape[0]", one("\"F32\"", "[18446744073709551624]", "[0,32]")),
    .safetensors("product of dimensions wraps", "impossibly many", at: "a", one("\"F32\"", "[4294967296,4294967296,8]", "[0,32]")),
    .safetensors(
      "zero hides a wrapping product", "impossibly many", at: "a", one("\"F32\"", "[4294967296,4294967296,0]", "[0,0]"), data: 0),
    .safetensors("byte count wraps", "impossibly many", at: "a", one("\"F32\"", "[4611686018427387905]", "[0,4]"), data: 4),
    .safetensors("nine dimensions", "dimensions", at: "a", one("\"F32\"", "[1,1,1,1,1,1,1,1,8]", "[0,32]")),
    .safetensors("shape smaller than the range", "need", at: "a", one("\"F32\"", "[7]", "[0,32]")),
    .safetensors("shape larger than the range", "need", at: "a", one("\"F32\"", "[9]", "[0,32]")),
    .safetensors("range backwards", "after its end", at: "a", one("\"F32\"", "[8]", "[32,0]")),
    .safetensors("negative offset", "outside", at: "a.data_offsets[0]", one("\"F32\"", "[8]", "[-32,0]")),
    .safetensors("three offsets", "two integers", at: "a", one("\"F32\"", "[8]", "[0,32,64]")),
    .safetensors("range past the end", "only 32 bytes", at: "a", one("\"F32\"", "[16]", "[0,64]")),
    .safetensors("range far past the end", "only 32 bytes", at: "a", one("\"U8\"", "[9223372036854775807]", "[0,9223372036854775807]")),
    .safetensors("overlap", "overlaps", at: "b", two("[0,16]", "[8,24]"), data: 24),
    .safetensors("same range twice", "overlaps", at: "", two("[0,16]", "[0,16]"), data: 16),
    .safetensors("hole between tensors", "hole", at: "b", two("[0,16]", "[20,36]"), data: 36),
    .safetensors("hole at the start", "hole", at: "a", two("[4,20]", "[20,36]"), data: 36),
    .safetensors("bytes after the last tensor", "follow the last", at: "data byte 32", one("\"F32\"", "[8]", "[0,32]"), data: 33),
    .safetensors("data without tensors", "follow the last", at: "data byte 0", "{}", data: 8),
    .safetensors("empty name", "name is empty", at: "", one("\"F32\"", "[8]", "[0,32]", name: "")),
    .safetensors(
      "name of 257 bytes", "longer than 256", at: "nnn", one("\"F32\"", "[8]", "[0,32]", name: String(repeating: "n", count: 257))),
  ]

  static let json: [HostileCase] = [
    .json("empty", "ends too early", at: "1:1", ""),
    .json("spaces only", "ends too early", at: "2:1", " \n"),
    .json("65 levels of arrays", "deeper", at: "1:65", String(repeating: "[", count: 65) + String(repeating: "]", count: 65)),
    .json("a million open brackets", "deeper", at: "1:65", String(repeating: "[", count: 1_000_000)),
    .json("65 levels of objects", "deeper", at: "1:", String(repeating: "{\"a\":", count: 65) + "1" + String(repeating: "}", count: 65)),
    .json("duplicate key", "twice", at: "1:8", #"{"a":1,"a":2}"#),
    .json("duplicate among many", "twice", at: "1:", "{" + (0..<20).map { "\"k\($0)\":0," }.joined() + "\"k3\":1}"),
    .json("lone high surrogate", "surrogate", at: "1:4", #""\uD800""#),
    .json("lone low surrogate", "surrogate", at: "1:4", #""\uDC00""#),
    .json("high surrogate, then another escape", "surrogate", at: "1:4", #""\uD800\n""#),
    .json("two high surrogates", "surrogate", at: "1:4", #""\uD800\uD800""#),
    .json("hex digits that are none", "escape", at: "1:", #""\u12G4""#),
    .json("full-width hex digits", "escape", at: "1:", "\"\\u１２３４\""),
    .json("unknown escape", "escape", at: "1:", #""\x41""#),
    .json("raw newline in a string", "control", at: "1:3", "\"a\n\""),
    .json("raw NUL in a string", "control", at: "1:", "\"\u{0}\""),
    .json("leading zero", "after the end", at: "1:2", "01"),
    .json("plus sign", "not valid JSON", at: "1:1", "+1"),
    .json("no digit after the point", "ends too early", at: "1:3", "1."),
    .json("no digit before the point", "not valid JSON", at: "1:1", ".5"),
    .json("number beyond double", "does not fit", at: "1:2", "[1e999]"),
    .json("NaN", "not valid JSON", at: "1:1", "NaN"),
    .json("trailing comma in an array", "not valid JSON", at: "1:4", "[1,]"),
    .json("trailing comma in an object", "key in double quotes", at: "1:8", #"{"a":1,}"#),
    .json("key without quotes", "key in double quotes", at: "1:2", "{a:1}"),
    .json("comment", "not valid JSON", at: "1:1", "/* */ 1"),
    .json("two values", "after the end", at: "1:3", "1 2"),
    .json("byte order mark", "not valid JSON", at: "1:1", "\u{FEFF}{}"),
    HostileCase(.json, "overlong UTF-8", "UTF-8", at: "1:2", bytes: [34, 0xC0, 0x80, 34]),
    HostileCase(.json, "UTF-8 surrogate", "UTF-8", at: "1:2", bytes: [34, 0xED, 0xA0, 0x80, 34]),
    HostileCase(.json, "UTF-16", "not valid JSON", at: "1:1", bytes: [0xFF, 0xFE, 0x7B, 0, 0x7D, 0]),
    .json("string longer than the cap", "longer than", at: "1:", "\"" + String(repeating: "a", count: (16 << 20) + 1) + "\""),
    .json("too many values", "more than", at: "1:", "[" + String(repeating: "0,", count: 8 << 20) + "0]"),
  ]

  private static func numbers(_ numbers: Int32..., version: Int = 0) -> Llama2CImage { Llama2CImage(version: version, numbers: numbers) }

  /// The right numbers are dim 8, hidden_dim 12, n_layers 2, n_heads 2, n_kv_heads 1, vocab_size 5, seq_len 3.
  static let llama2c: [HostileCase] = [
    HostileCase(.llama2c, "empty file", "cut off", at: "byte 0", bytes: []),
    HostileCase(.llama2c, "header cut short", "cut off", at: "byte 8", bytes: littleEndian(Int32(8)) + littleEndian(Int32(12)) + [2]),
    .llama2c("width 0", "dim is 0", at: "byte 0", numbers(0, 12, 2, 2, 1, 5, 3)),
    .llama2c("negative width", "dim is -8", at: "byte 0", numbers(-8, 12, 2, 2, 1, 5, 3)),
    .llama2c("largest width", "dim is 2147483647", at: "byte 0", numbers(.max, 12, 2, 2, 1, 5, 3)),
    .llama2c("negative inner width", "hidden_dim is -1", at: "byte 4", numbers(8, -1, 2, 2, 1, 5, 3)),
    .llama2c("no layers", "n_layers is 0", at: "byte 8", numbers(8, 12, 0, 2, 1, 5, 3)),
    .llama2c("a billion layers", "n_layers is 1000000000", at: "byte 8", numbers(8, 12, 1_000_000_000, 2, 1, 5, 3)),
    .llama2c("no heads", "n_heads is 0", at: "byte 12", numbers(8, 12, 2, 0, 1, 5, 3)),
    .llama2c("no key-value heads", "n_kv_heads is 0", at: "byte 16", numbers(8, 12, 2, 2, 0, 5, 3)),
    .llama2c("heads that do not divide the width", "3 heads", at: "byte 12", numbers(8, 12, 2, 3, 1, 5, 3)),
    .llama2c("heads of odd size", "8 heads", at: "byte 12", numbers(8, 12, 2, 8, 1, 5, 3)),
    .llama2c("key-value heads that do not divide the heads", "evenly", at: "byte 12", numbers(12, 12, 2, 3, 2, 5, 3)),
    .llama2c("no vocabulary", "vocab_size is 0", at: "byte 20", numbers(8, 12, 2, 2, 1, 0, 3)),
    .llama2c("smallest vocabulary, whose negative overflows", "vocab_size is 2147483648", at: "byte 20", numbers(8, 12, 2, 2, 1, .min, 3)),
    .llama2c("no context", "seq_len is 0", at: "byte 24", numbers(8, 12, 2, 2, 1, 5, 0)),
    .llama2c("one layer more than the data", "takes", at: "byte", numbers(8, 12, 3, 2, 1, 5, 3)),
    .llama2c("untied without the unembedding", "takes", at: "byte", Llama2CImage(numbers: [8, 12, 2, 2, 1, -5, 3], dataBytes: 100)),
    .llama2c("everything as large as allowed", "takes", at: "byte", numbers(1 << 20, 1 << 20, 1024, 4096, 4096, 1 << 20, 1 << 24)),
    .llama2c("one byte more than the data", "takes", at: "byte", Llama2CImage(dataBytes: Llama2CImage.legacyElements * 4 + 1)),
    .llama2c("one byte less than the data", "takes", at: "byte", Llama2CImage(dataBytes: Llama2CImage.legacyElements * 4 - 1)),
    .llama2c("version 0 with a magic number", "version 0", at: "byte 4", fullHeader(0)),
    .llama2c("version 3", "version 3", at: "byte 4", fullHeader(3)),
    .llama2c("version -1", "version -1", at: "byte 4", fullHeader(-1)),
    .llama2c("negative vocabulary after a magic number", "vocab_size is -5", at: "byte 28", numbers(8, 12, 2, 2, 1, -5, 3, version: 1)),
    .llama2c("classifier flag of 2", "boolean", at: "byte 36", Llama2CImage(version: 1, tied: 2)),
    .llama2c("group of 0", "group size of 0", at: "byte 37", Llama2CImage(version: 2, group: 0)),
    .llama2c("group of -4", "group size of -4", at: "byte 37", Llama2CImage(version: 2, group: -4)),
    .llama2c("group that does not divide the width", "group size of 3", at: "byte 37", Llama2CImage(version: 2, group: 3)),
    .llama2c("other group than the scales have", "takes", at: "byte", Llama2CImage(version: 2, group: 8)),
  ]

  private static func fullHeader(_ version: Int) -> Llama2CImage {
    Llama2CImage(version: version == 0 ? 100 : version, shownVersion: Int32(version))
  }
}
