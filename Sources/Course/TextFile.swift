// Reads a file of the course with a bound on its size; only regular files, so that a pipe or device in a lesson pack cannot hang us.
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

enum TextFile {
  /// - Returns: nil when there is no such regular file, when it cannot be read or is larger than one byte over `TextGuard.maximumBytes`
  ///   (then one byte too many is returned, which the guard reports).
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let capacity = TextGuard.maximumBytes + 1
    return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      while count < capacity {
        let got = Self.read(descriptor, buffer.baseAddress! + count, capacity - count)
        if got <= 0 { break }
        count += got
      }
    }
  }

  /// `read` that goes on after a signal.
  private static func read(_ descriptor: Int32, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    while true {
      #if canImport(Glibc)
        let got = Glibc.read(descriptor, target, count)
      #else
        let got = Darwin.read(descriptor, target, count)
      #endif
      if got >= 0 || errno != EINTR { return got }
    }
  }
}
