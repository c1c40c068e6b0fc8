// One input of the fuzzer, in memory or as a file, and the rule for errors. Not here: the targets.
import ModelFiles

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The bytes that libFuzzer made.
struct FuzzInput {
  let bytes: UnsafeBufferPointer<UInt8>

  /// One file, written again for every input that asks for it; in memory where the system has a file system there.
  private static let path: String = {
    let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(folder)/llmlab-fuzz-XXXXXX".utf8CString)
    let descriptor = template.withUnsafeMutableBufferPointer { mkstemp($0.baseAddress!) }
    precondition(descriptor >= 0, "no temporary file")
    close(descriptor)
    atexit { unlink(FuzzInput.path) }
    return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }()

  /// The path of a file with these bytes.
  func file() -> String {
    if unlink(Self.path) != 0 { precondition(errno == ENOENT) }
    let descriptor = open(Self.path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    precondition(
      descriptor >= 0 && write(descriptor, bytes.baseAddress, bytes.count) == bytes.count, "the temporary file cannot be written")
    close(descriptor)
    return Self.path
  }

  func check(_ target: FuzzTarget) {
    do {
      try target(self)
    } catch let error as FileError {
      let parts = [error.file, error.place, error.problem.zh, error.problem.en, error.mend.zh, error.mend.en]
      precondition(parts.allSatisfy { !$0.isEmpty }, "an incomplete error: \(error)")
    } catch {
      preconditionFailure("an error of another type: \(error)")
    }
  }
}

/// Reads every tensor of an accepted file as f32.
func readAll(_ file: some WeightsFile) throws {
  for tensor in file.tensors {
    precondition(file.tensor(named: tensor.name) != nil && tensor.type.byteCount(tensor.elementCount) == tensor.byteCount)
    let floats = try file.floats(tensor)
    precondition(floats.count == tensor.elementCount)
  }
}
