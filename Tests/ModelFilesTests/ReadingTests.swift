// Stretches, rows, and maps of large files give the same bytes as reading whole tensors. Not here: formats.
import Foundation
import Testing

@testable import ModelFiles

@Suite struct ReadingTests {
  private func reference() throws -> GGUFFile { try GGUFFile(path: golden("reference.gguf")) }

  @Test(arguments: [1, 34, 100, 4096, 1 << 30]) func stretchesAreTheTensor(size: Int) throws {
    let file = try reference()
    for tensor in file.tensors {
      var bytes: [UInt8] = []
      try file.forEachStretch(of: tensor, size: size) { (offset, stretch) throws(FileError) in
        #expect(offset == bytes.count && stretch.count % tensor.type.blockBytes == 0)
        #expect(stretch.count <= max(size, tensor.type.blockBytes))
        bytes += stretch
      }
      let equal = try bytes == file.readBytes(tensor)
      #expect(equal, "\(tensor.name)")
    }
  }

  @Test(arguments: [1, 500, 1 << 20]) func rowsInAnyOrder(stretch: Int) throws {
    let folder = try TemporaryFolder()
    let values = (0..<24 * 64).map { Float($0 % 251) - 100 }
    try GGUFWriter.write(
      metadata: [],
      tensors: [
        TensorToWrite(name: "q", shape: [24, 64], type: .q8_0, floats: values),
        TensorToWrite(name: "v", shape: [64], type: .f16, floats: Array(values[..<64])),
      ], to: folder.file("m.gguf"))
    let file = try GGUFFile(path: folder.file("m.gguf"))
    for tensor in file.tensors {
      let whole = try file.readBytes(tensor)
      let rows = StoredRows(tensor, of: file, stretchBytes: stretch)
      #expect(rows.rowBytes == (tensor.shape.count == 2 ? 68 : 128))
      let count = whole.count / rows.rowBytes
      var row = [UInt8](repeating: 0, count: rows.rowBytes)
      for number in Array(0..<count) + (0..<count).map({ $0 / 2 + $0 % 2 * (count / 2) }) where number < count {
        try row.withUnsafeMutableBytes { try rows.read(number, into: $0) }
        #expect(row.elementsEqual(whole[number * rows.rowBytes..<(number + 1) * rows.rowBytes]))
      }
    }
  }

  @Test func rowsOfEmptyTensors() throws {
    let folder = try TemporaryFolder()
    let file = try SafetensorsFile(path: folder.write(validSafetensors, "m.safetensors"))
    let rows = StoredRows(try file.required("empty"), of: file)
    #expect(rows.rowBytes == 0)
    try file.forEachStretch(of: file.required("empty")) { (_, _) throws(FileError) in Issue.record("a stretch of nothing") }
  }

  /// A safetensors file of `bytes` bytes that takes next to no space: holes after the header, then four numbers.
  private func sparseFile(_ folder: TemporaryFolder, _ name: String, bytes: Int) throws -> String {
    let path = folder.file(name)
    func header(_ count: Int) -> String {
      #"{"odd":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"unaligned":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"#
        + #""hole":{"dtype":"U8","shape":[3],"data_offsets":[5,8]},"big":{"dtype":"F32","shape":[\#(count)],"data_offsets":[8,\#(8 + count * 4)]}}"#
    }
    var text = header((bytes - 512) / 4)
    text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
    let start = 16 + text.utf8.count
    try folder.write(littleEndian(UInt64(text.utf8.count)) + text.utf8, name)
    #expect(truncate(path, off_t(start + (bytes - 512) / 4 * 4)) == 0)
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seek(toOffset: UInt64(start + (bytes - 512) / 4 * 4 - 16))
    for number in [1, 2, 3, 4] as [Float] { try handle.write(contentsOf: Data(littleEndian(number.bitPattern))) }
    try handle.close()
    return path
  }

  @Test func onlyLargeFilesAreMapped() throws {
    let folder = try TemporaryFolder()
    let small = try SafetensorsFile(path: sparseFile(folder, "small.safetensors", bytes: 1 << 20))
    #expect(try small.mappedBytes(of: small.required("big")) == nil)
    let file = try SafetensorsFile(path: sparseFile(folder, "large.safetensors", bytes: Limits.mappedFileBytes + 4096))
    #expect(try file.mappedBytes(of: file.required("unaligned")) == nil)
    let tensor = try file.required("big")
    let mapped = try #require(try file.mappedBytes(of: tensor))
    mapped.prefetch()
    #expect(mapped.bytes.count == tensor.byteCount)
    let end = mapped.bytes.dropFirst(tensor.byteCount - 16).map { $0 }
    #expect(end == [1, 2, 3, 4].flatMap { littleEndian(Float($0).bitPattern) })
    // One map for all tensors of a file.
    #expect(try file.mappedBytes(of: tensor)?.owner === mapped.owner)
    #expect(truncate(file.path, 4096) == 0)
    let again = try SafetensorsFile(path: sparseFile(folder, "changed.safetensors", bytes: Limits.mappedFileBytes + 4096))
    #expect(truncate(again.path, 4096) == 0)
    #expect(fileError { _ = try again.mappedBytes(of: again.required("big")) }?.problem.en.contains("changed") == true)
  }

  @Test func aNameCannotSteerTheTerminal() {
    let message = MappedFile.message("a\u{1B}[2Jb\u{202E}\n\u{9B}c")
    #expect(message.hasPrefix("a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}\u{FFFD}c（map）"))
    #expect(message.split(separator: "\n").count == 2 && message.hasSuffix("\n"))
  }

  #if os(Linux) || os(macOS)
    /// A megabyte of sevens.
    private static func mappedFile() throws -> MappedFile {
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-tests-weights-\(UUID().uuidString)").path
      try Data(repeating: 7, count: 1 << 20).write(to: URL(fileURLWithPath: path))
      return try #require(try MappedFile(OpenFile(path: path)))
    }

    /// Takes the file's end, then its name: the process that is about to end leaves nothing behind.
    private static func cutShort(_ map: MappedFile) {
      #expect(truncate(map.path, 4096) == 0)
      #expect(unlink(map.path) == 0)
    }

    /// The file loses its end while it is mapped, and somebody reads there.
    @Test func aFileThatShrinksUnderItsMapEndsTheProgramWithAMessage() async {
      let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent]) {
        let map = try Self.mappedFile()
        #expect(map.bytes[1 << 19] == 7)
        Self.cutShort(map)
        _ = map.bytes.reduce(0) { $0 &+ Int($1) }
      }
      let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(message.contains("weights") && message.contains("cut short") && message.contains("截短"))
    }

    /// A bus error elsewhere is not ours: what was there before decides, here the default.
    @Test func otherBusErrorsKeepTheirHandler() async {
      let result = await #expect(processExitsWith: .signal(SIGBUS), observing: [\.standardErrorContent]) {
        signal(SIGBUS, SIG_DFL)
        MappedFile.answerFaults()
        let map = try Self.mappedFile()
        let descriptor = open(map.path, O_RDONLY)
        let other = try #require(mmap(nil, 1 << 20, PROT_READ, MAP_PRIVATE, descriptor, 0))
        Self.cutShort(map)
        withExtendedLifetime(map) { #expect(other.load(fromByteOffset: 1 << 19, as: UInt8.self) == 7) }
      }
      let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(!message.contains("cut short"))
    }

    /// A handler on top, as the screen has one: it restores the terminal first and hands on, then the message comes.
    @Test func aScreenRestoresTheTerminalFirst() async {
      let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent]) {
        MappedFile.answerFaults()
        sigaction(SIGBUS, nil, Screen.previous)
        signal(SIGBUS) { number in
          _ = write(STDERR_FILENO, "restored\n", 9)
          sigaction(number, Screen.previous, nil)
        }
        let map = try Self.mappedFile()
        Self.cutShort(map)
        #expect(map.bytes[1 << 19] == 7)
      }
      let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(message.contains("restored\n") && message.contains("cut short"), "\(message)")
      if let first = message.range(of: "restored"), let second = message.range(of: "cut short") {
        #expect(first.lowerBound < second.lowerBound)
      }
    }
  #endif
}

/// What a signal handler can reach: memory, because it can capture nothing.
private enum Screen { nonisolated(unsafe) static let previous = UnsafeMutablePointer<sigaction>.allocate(capacity: 1) }
