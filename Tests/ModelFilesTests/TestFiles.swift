// Folders, files and bytes for the tests of this target. Not here: the cases.
import Foundation
import Testing

@testable import ModelFiles

/// A folder that goes when the test ends.
final class TemporaryFolder {
  let path: String

  /// - Parameter inMemory: where the system has a file system in memory, use it: for many small files.
  init(inMemory: Bool = false) throws {
    let memory = URL(fileURLWithPath: "/dev/shm")
    let parent = inMemory && access(memory.path, W_OK) == 0 ? memory : FileManager.default.temporaryDirectory
    let url = parent.appendingPathComponent("llmlab-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

func contents(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

let testsFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().resolvingSymlinksInPath()
func golden(_ name: String) -> String { testsFolder.appendingPathComponent("Golden/\(name)").path }
/// Real files of others, beside the checkout; tests that need one are skipped where it is absent.
func fixture(_ name: String) -> String {
  testsFolder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/fixtures/\(name)").path
}
func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

/// The error of `body`, which must be a complete one.
func fileError(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) -> FileError? {
  do {
    try body()
    return nil
  } catch let error as FileError {
    #expect(isComplete(error), "\(error)", sourceLocation: sourceLocation)
    return error
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
    return nil
  }
}

func isComplete(_ error: FileError) -> Bool {
  [error.file, error.place, error.problem.zh, error.problem.en, error.mend.zh, error.mend.en].allSatisfy { !$0.isEmpty }
}

/// A GGUF file in parts, each of which a test can make wrong.
struct GGUFImage {
  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  /// Nil: the true counts.
  var tensorCount: UInt64?
  var keyCount: UInt64?
  var keys: [[UInt8]] = []
  var tensors: [[UInt8]] = []
  var alignment = 32
  var data: [UInt8] = []

  var bytes: [UInt8] {
    var bytes = magic + littleEndian(version)
    bytes += littleEndian(tensorCount ?? UInt64(tensors.count)) + littleEndian(keyCount ?? UInt64(keys.count))
    for part in keys + tensors { bytes += part }
    if !tensors.isEmpty { bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment) }
    return bytes + data
  }

  static func string(_ text: String) -> [UInt8] { littleEndian(UInt64(text.utf8.count)) + text.utf8 }
  static func key(_ name: String, _ type: UInt32, _ payload: [UInt8]) -> [UInt8] { string(name) + littleEndian(type) + payload }
  static func array(_ name: String, of type: UInt32, count: UInt64, _ payload: [UInt8]) -> [UInt8] {
    key(name, 9, littleEndian(type) + littleEndian(count) + payload)
  }
  static func tensor(_ name: String, _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, count: UInt32? = nil) -> [UInt8] {
    string(name) + littleEndian(count ?? UInt32(dimensions.count)) + dimensions.flatMap { littleEndian($0) } + littleEndian(type)
      + littleEndian(offset)
  }

  /// Small and valid: several key types, F32, Q8_0 and a listed type.
  static var valid: GGUFImage {
    GGUFImage(
      keys: [
        key("general.architecture", 8, string("test")), key("test.count", 4, littleEndian(UInt32(7))),
        key("test.rate", 6, littleEndian(Float(0.5).bitPattern)), key("test.flag", 7, [1]),
        array("test.names", of: 8, count: 2, string("a") + string("汉")),
        array("test.sizes", of: 5, count: 2, littleEndian(Int32(1)) + littleEndian(Int32(-2))),
      ],
      tensors: [
        tensor("first", [4, 2]), tensor("second", [32, 1], type: 8, offset: 32), tensor("third", [3], type: 26, offset: 96),
      ], data: (0..<108).map { UInt8($0) })
  }
}

/// A safetensors file from header text.
func safetensorsImage(_ header: String, data: Int, headerLength: UInt64? = nil) -> [UInt8] {
  littleEndian(headerLength ?? UInt64(header.utf8.count)) + header.utf8 + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
}

let validSafetensors = safetensorsImage(
  #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]},"#
    + #""c":{"dtype":"I64","shape":[1],"data_offsets":[22,30]},"empty":{"dtype":"F16","shape":[0,4],"data_offsets":[30,30]}}"#, data: 30)
