// Writing files so that a crash leaves the old file or the new one, never half of one. Not here: what is written; whole checkpoint folders.
import Languages

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Temporary file in the same folder, fsync, rename, fsync of the folder. Files get mode 0600.
public enum AtomicFile {
  /// Puts `bytes` at `path`, replacing what is there (a symbolic link too, not its target).
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try write(to: path) { (output) throws(FileError) in try output.append(bytes) }
  }

  /// Puts what `body` appends at `path`. When `body` or the disk fails, `path` stays as it was and the temporary file goes.
  public static func write(to path: String, _ body: (FileOutput) throws(FileError) -> Void) throws(FileError) {
    try checkTarget(path)
    let folder = folder(of: path)
    let temporary = "\(folder)/.llmlab-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
    do throws(FileError) {
      let output = try FileOutput(temporary: temporary, target: path)
      try body(output)
      try output.finish()
      if Self.renameCall(temporary, path) != 0 { throw FileError.system(path, "rename", errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    try syncFolder(folder)
  }

  /// Refuses what must not be replaced: folders, devices and pipes, also behind a link; as root a rename would put a file in place of /dev/null.
  private static func checkTarget(_ path: String) throws(FileError) {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    throw FileError(
      file: path, place: "open",
      problem: isFolder
        ? Bilingual(zh: "这是一个目录，不是文件", en: "this is a folder, no file")
        : Bilingual(zh: "这是设备或管道，不是普通文件", en: "this is a device or a pipe, no regular file"),
      mend: Bilingual(zh: "请给出一个文件路径", en: "Give the path of a file"))
  }

  /// Renames a finished file or folder and makes the new name durable. An existing file at `target` is replaced, a folder only when empty.
  public static func rename(_ source: String, to target: String) throws(FileError) {
    if renameCall(source, target) != 0 { throw .system(target, "rename", errno) }
    try syncFolder(folder(of: target))
    if folder(of: source) != folder(of: target) { try syncFolder(folder(of: source)) }
  }

  /// Makes the names in a folder durable.
  public static func syncFolder(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw .system(path, "open", errno) }
    defer { close(descriptor) }
    // Some file systems cannot sync a folder and say EINVAL; there is nothing more to do on them.
    if fsync(descriptor) != 0 && errno != EINVAL { throw .system(path, "fsync", errno) }
  }

  /// The folder that holds `path`: "." for a bare name.
  public static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func renameCall(_ source: String, _ target: String) -> Int32 {
    #if canImport(Glibc)
      Glibc.rename(source, target)
    #else
      Darwin.rename(source, target)
    #endif
  }
}

/// The growing file of `AtomicFile.write`: appends only, buffered.
public final class FileOutput {
  private let path: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  /// Bytes appended so far.
  public private(set) var position = 0
  private static let bufferBytes = 1 << 20

  /// - Parameter target: the path that errors show.
  fileprivate init(temporary: String, target: String) throws(FileError) {
    path = target
    if target.isEmpty || target.utf8.contains(0) { throw .system(target, "open", ENOENT) }
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw .system(target, "open", errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  public func append(_ bytes: [UInt8]) throws(FileError) {
    position += bytes.count
    if buffer.isEmpty && bytes.count >= Self.bufferBytes { return try flush(bytes) }
    buffer += bytes
    if buffer.count >= Self.bufferBytes { try flushBuffer() }
  }

  /// Zeros up to the next multiple of `alignment`.
  public func pad(to alignment: Int) throws(FileError) {
    let rest = position % alignment
    if rest > 0 { try append([UInt8](repeating: 0, count: alignment - rest)) }
  }

  fileprivate func finish() throws(FileError) {
    try flushBuffer()
    #if canImport(Darwin)
      // Darwin's fsync leaves the data in the drive's cache.
      let failed = fcntl(descriptor, F_FULLFSYNC) != 0 && fsync(descriptor) != 0
    #else
      let failed = fsync(descriptor) != 0
    #endif
    if failed { throw .system(path, "fsync", errno) }
    let closing = descriptor
    descriptor = -1
    if close(closing) != 0 { throw .system(path, "close", errno) }
  }

  private func flushBuffer() throws(FileError) {
    try flush(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private func flush(_ bytes: [UInt8]) throws(FileError) {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + start, bytes.count - start) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw .system(path, "byte \(position - bytes.count + start)", errno) }
      start += count
    }
  }
}
