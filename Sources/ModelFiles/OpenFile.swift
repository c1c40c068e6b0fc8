// An open regular file that is read by position. Not here: formats, writing, the map itself (MappedFile).
//
// Headers and small files are never memory-mapped: a map of a file that someone truncates ends the process, while `pread` only comes back short. One
// copy into owned memory is what loading weights does anyway.
import Languages
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A regular file, open for reading until the last reference goes. Reads from several threads are fine.
public final class OpenFile: Sendable {
  /// As the user gave it.
  public let path: String
  /// In bytes, when it was opened.
  let size: Int
  let descriptor: Int32
  private let changed: (seconds: Int, nanoseconds: Int)
  private let map = Mutex<MappedFile?>(nil)

  /// Refuses folders, devices and pipes.
  public init(path: String) throws(FileError) {
    if path.isEmpty || path.utf8.contains(0) { throw .system(path, "open", ENOENT) }
    // Non-blocking, or opening a named pipe would wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw .system(path, "open", errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .system(path, "fstat", code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw FileError(
        file: path, place: "open",
        problem: isFolder
          ? Bilingual(zh: "这是一个目录，不是文件", en: "this is a folder, not a file")
          : Bilingual(zh: "这不是普通文件", en: "this is not a regular file"),
        mend: Bilingual(zh: "请给出一个普通文件的路径", en: "Give the path of a regular file"))
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
    self.changed = Self.changeTime(status)
  }

  deinit { close(descriptor) }

  /// Fills `target` with the bytes from `offset` on.
  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(FileError) {
    guard let end = (FileSize(offset) + FileSize(target.count)).atMost(size) else {
      throw .truncated(path, "byte \(offset)", needed: target.count, left: max(0, size - offset))
    }
    try checkUnchanged()
    var position = offset
    while position < end {
      let part = UnsafeMutableRawBufferPointer(rebasing: target[(position - offset)...])
      let count = pread(descriptor, part.baseAddress, part.count, off_t(position))
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw .system(path, "byte \(position)", errno) }
      if count == 0 { throw .truncated(path, "byte \(position)", needed: end - position, left: 0) }
      position += count
    }
  }

  /// The `count` bytes from `offset` on. The size of the file is checked before memory is taken.
  public func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    guard contains(offset, count: count) else {
      throw .truncated(path, "byte \(offset)", needed: count, left: max(0, size - offset))
    }
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
      try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }

  /// Whether the bytes of this range are all there.
  func contains(_ offset: Int, count: Int) -> Bool { (FileSize(offset) + FileSize(count)).atMost(size) != nil }

  /// The file's map, made when it is first asked for; nil when the file is smaller than `Limits.mappedFileBytes` or the system has no room.
  func mapped() throws(FileError) -> MappedFile? {
    if size < Limits.mappedFileBytes { return nil }
    return try map.withLock { (map) throws(FileError) in
      if map == nil { map = try MappedFile(self) }
      return map
    }
  }

  /// What was checked at opening holds only while nobody writes to the file.
  func checkUnchanged() throws(FileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(path, "fstat", errno) }
    guard Int(status.st_size) == size, Self.changeTime(status) == changed else {
      throw FileError(
        file: path, place: "byte \(status.st_size)",
        problem: Bilingual(zh: "文件在使用过程中被修改", en: "the file was changed while it was in use"),
        mend: Bilingual(zh: "请等待写入结束后重新打开", en: "Wait until it is written, then open it again"))
    }
  }

  private static func changeTime(_ status: stat) -> (seconds: Int, nanoseconds: Int) {
    #if canImport(Glibc)
      (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    #else
      (status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec)
    #endif
  }
}

extension JSON {
  /// Reads and parses a JSON file of at most `Limits.jsonFileBytes`.
  public static func parse(contentsOf path: String) throws(FileError) -> JSON {
    let file = try OpenFile(path: path)
    if let mishap = try FileKind.mishap(file) { throw mishap }
    return try parse(WholeFile.bytes(file, limit: Limits.jsonFileBytes), file: path)
  }
}
