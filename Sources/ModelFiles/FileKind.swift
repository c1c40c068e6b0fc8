// What a file is, by its first bytes, never by its name: people rename files, and downloads save other things than models. Not here: reading models,
// what to say about the kinds that are none (FileKindRefusals).

/// The kinds of files that people give for a model.
enum FileKind: Hashable {
  case gguf, safetensors, llama2c
  /// Settings or a tokenizer, maybe of a folder with a model.
  case json
  // Models of other programs.
  case pickle, onnx, ggmlLegacy, tensorFlow, hdf5, tfLite, numpy, llamafile
  // No models.
  case empty, zeros, gitLFSPointer, webPage, archive, text, unknown

  private static let sniffedBytes = 4096

  init(of file: OpenFile) throws(FileError) {
    let bytes = try file.bytes(at: 0, count: min(file.size, Self.sniffedBytes))
    if let kind = Self.byMagic(bytes) ?? Self.byText(bytes) {
      self = kind
    } else if (try? Llama2CHeader(file)) != nil {
      // The legacy format has no magic number, but seven numbers that must fit each other.
      self = .llama2c
    } else {
      self = .unknown
    }
  }

  /// The kinds of the regular files among `names` that can be read.
  static func all(in folder: String, _ names: [String]) -> [(name: String, kind: FileKind)] {
    names.prefix(1024).compactMap { name in
      guard let file = try? OpenFile(path: WholeFile.path(folder, name)), let kind = try? FileKind(of: file) else { return nil }
      return (name, kind)
    }
  }

  /// Weights, but of a format that the lab does not read.
  var isForeignModel: Bool {
    switch self {
    case .pickle, .onnx, .ggmlLegacy, .tensorFlow, .hdf5, .tfLite, .numpy, .llamafile: true
    default: false
    }
  }

  /// The error for a file that a download has left instead of the one that was meant; nil for all others. Readers ask before they call a file damaged.
  static func mishap(_ file: OpenFile) throws(FileError) -> FileError? {
    let bytes = try file.bytes(at: 0, count: min(file.size, 512))
    // The two letters spare other files the rest.
    guard let first = bytes.first, first == UInt8(ascii: "v") || first == UInt8(ascii: "<") else { return nil }
    guard let kind = byMagic(bytes) ?? byText(bytes), kind == .gitLFSPointer || kind == .webPage else { return nil }
    return kind.refusal(file.path)
  }

  private static func byMagic(_ bytes: [UInt8]) -> FileKind? {
    if bytes.isEmpty { return .empty }
    if bytes.allSatisfy({ $0 == 0 }) { return .zeros }
    for (magic, offset, kind) in magics where bytes.dropFirst(offset).starts(with: magic) { return kind }
    // Safetensors: a length below 2^32, then the object of the header.
    if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[4..<8].allSatisfy({ $0 == 0 }) { return .safetensors }
    // Pickle: PROTO 2 to 5, then an instruction; a legacy llama2.c file of width 640 has two zeros there. PyTorch since 1.6 puts the pickle into a zip
    // file as NAME/data.pkl.
    if bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]), bytes[2] != 0 { return .pickle }
    if bytes.starts(with: [0x50, 0x4B, 3, 4]) { return isTorchArchive(bytes) ? .pickle : .archive }
    // Protocol buffers have no magic: field 1 is a small version in both, then field 2. TensorFlow's SavedModel has version 1, ONNX 3 and later.
    if bytes.count > 3, bytes[0] == 8, bytes[2] == 0x12 { return bytes[1] == 1 ? .tensorFlow : bytes[1] < 32 ? .onnx : nil }
    return nil
  }

  /// A zip file's first entry: its name begins at byte 30, its length stands at byte 26.
  private static func isTorchArchive(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 30 else { return false }
    let name = bytes.dropFirst(30).prefix(Int(bytes[26]) | Int(bytes[27]) << 8)
    return ["/data.pkl", "/byteorder", "/version"].contains { name.reversed().starts(with: $0.utf8.reversed()) }
  }

  private static let magics: [(bytes: [UInt8], offset: Int, kind: FileKind)] = [
    (Array("GGUF".utf8), 0, .gguf), (Array("24ka".utf8), 0, .llama2c),
    // ggml, ggmf, ggjt, ggla: numbers, so their letters stand backwards.
    (Array("lmgg".utf8), 0, .ggmlLegacy), (Array("fmgg".utf8), 0, .ggmlLegacy), (Array("tjgg".utf8), 0, .ggmlLegacy),
    (Array("algg".utf8), 0, .ggmlLegacy), (Array("version https://git-lfs".utf8), 0, .gitLFSPointer),
    (Array("\u{89}HDF\r\n\u{1A}\n".unicodeScalars.map { UInt8($0.value) }), 0, .hdf5), (Array("TFL3".utf8), 4, .tfLite),
    ([0x93] + Array("NUMPY".utf8), 0, .numpy), (Array("MZqFpD".utf8), 0, .llamafile),
    // gzip, xz, zstd, bzip2, 7z, RAR, tar.
    ([0x1F, 0x8B], 0, .archive), ([0xFD] + Array("7zXZ".utf8), 0, .archive), ([0x28, 0xB5, 0x2F, 0xFD], 0, .archive),
    (Array("BZh".utf8), 0, .archive), (Array("7z".utf8) + [0xBC, 0xAF], 0, .archive), (Array("Rar!".utf8), 0, .archive),
    (Array("ustar".utf8), 257, .archive),
  ]

  private static func byText(_ bytes: [UInt8]) -> FileKind? {
    if bytes.contains(0) { return nil }
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let text = bytes.dropFirst(start).drop { [9, 10, 13, 32].contains($0) }
    if text.first == UInt8(ascii: "{") { return .json }
    let beginning = text.prefix(64).map { (65...90).contains($0) ? $0 + 32 : $0 }
    for tag in ["<!doctype html", "<html", "<head", "<?xml", "<error"] where beginning.starts(with: tag.utf8) { return .webPage }
    // Whatever has no control characters and is UTF-8 up to a character that the sniffed part may cut.
    if bytes.contains(where: { $0 < 32 && ![9, 10, 12, 13, 27].contains($0) }) { return nil }
    return (0..<4).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil } ? .text : nil
  }
}
