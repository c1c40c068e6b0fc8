// Whole files into memory, with a cap, and the names in a folder: for text and settings. Weights are read by their formats.
import Languages

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

public enum WholeFile {
  /// All bytes of a regular file of at most `limit` bytes.
  public static func bytes(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    try bytes(OpenFile(path: path), limit: limit)
  }

  static func bytes(_ file: OpenFile, limit: Int) throws(FileError) -> [UInt8] {
    if file.size > limit {
      throw .tooLarge(file.path, "byte \(limit)", zh: "文件超过 \(limit) 字节", en: "the file has more than \(limit) bytes")
    }
    return try file.bytes(at: 0, count: file.size)
  }

  /// The file as UTF-8 text.
  public static func text(_ path: String, limit: Int) throws(FileError) -> String {
    guard let text = String(validating: try bytes(path, limit: limit), as: UTF8.self) else {
      throw .damaged(path, "UTF-8", zh: "不是合法的 UTF-8 文本", en: "this is not valid UTF-8 text")
    }
    return text
  }

  /// Whether something has this name, whatever it is.
  public static func exists(_ path: String) -> Bool { !path.utf8.contains(0) && access(path, F_OK) == 0 }

  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return !path.utf8.contains(0) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// `name` inside `folder`.
  static func path(_ folder: String, _ name: String) -> String { folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)" }

  /// The names in a folder in byte order, without "." and "..".
  public static func names(in folder: String) throws(FileError) -> [String] {
    guard let directory = opendir(folder) else { throw .system(folder, "opendir", errno) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Makes a folder and those above it, mode 0700 for what is new.
  public static func makeFolder(_ path: String) throws(FileError) {
    if path.isEmpty || mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw .system(path, "mkdir", errno) }
    try makeFolder(String(path[..<slash]))
    if mkdir(path, 0o700) != 0 && errno != EEXIST { throw .system(path, "mkdir", errno) }
  }

  /// Removes a folder of plain files, one level deep; what is not there is fine.
  public static func removeFolder(_ path: String) throws(FileError) {
    if access(path, F_OK) != 0 { return }
    for name in try names(in: path) where unlink("\(path)/\(name)") != 0 { throw .system("\(path)/\(name)", "unlink", errno) }
    if rmdir(path) != 0 { throw .system(path, "rmdir", errno) }
  }
}
