// Maps of large weight files, read in place. Not here: which tensors may be read so (WeightsFile), the handler of bus errors (CFileMap).
//
// A copy of a dense model larger than memory cannot be made, a map of it can be read: the system keeps the pages that are used. The price is that
// the file must stay as it is. Small files are copied, which has no such price.
import CFileMap
import Languages

/// A private read-only map of a whole file. It ends with the last reference.
///
/// When another program cuts the file short while it is mapped, reading what is gone is a fault that no check can prevent (SIGBUS). The program then
/// ends with code 2 and a message that names the file, after the terminal was restored. A file that is overwritten in place without changing its size
/// changes the numbers of the model; atomic writers (rename over the old name) leave the mapped file alone.
public final class MappedFile: @unchecked Sendable {
  /// As the user gave it.
  public let path: String
  /// The bytes of the file when it was opened.
  public let bytes: UnsafeRawBufferPointer

  /// Nil when the system has no room for the map; the caller reads instead.
  init?(_ file: OpenFile) throws(FileError) {
    try file.checkUnchanged()
    guard let start = file_map_open(file.descriptor, file.size, Self.message(file.path)) else { return nil }
    path = file.path
    bytes = UnsafeRawBufferPointer(start: start, count: file.size)
  }

  deinit { file_map_close(bytes.baseAddress, bytes.count) }

  /// Makes bus errors inside maps end the program with a message. The first map does this too; a program that takes over the terminal calls it before
  /// it installs its own handlers, which then restore the terminal first.
  public static func answerFaults() { file_map_install() }

  /// In both languages: what is shown when nothing of the program can be asked any more.
  static func message(_ path: String) -> String {
    // A name may hold bytes that steer a terminal.
    let name = String(String.UnicodeScalarView(path.unicodeScalars.map { $0.properties.generalCategory.isShown ? $0 : "\u{FFFD}" }))
    let error = FileError(
      file: name, place: "map", problem: Bilingual(zh: "文件在使用过程中被截短", en: "the file was cut short while it was in use"),
      mend: Bilingual(zh: "请等待写入结束后重新启动", en: "Wait until it is written, then start again"))
    return "\(error.message.zh)\n\(error.message.en)\n"
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isShown: Bool { ![.control, .format, .surrogate, .lineSeparator, .paragraphSeparator].contains(self) }
}

/// The bytes of one tensor inside a map, which stays as long as this value or a copy of it.
public struct MappedBytes: Sendable {
  public let owner: MappedFile
  private let range: Range<Int>

  init(_ owner: MappedFile, _ range: Range<Int>) { (self.owner, self.range) = (owner, range) }

  /// Valid while `owner` is.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: owner.bytes[range]) }

  /// Starts reading the tensor from disk in the background.
  public func prefetch() { file_map_will_need(bytes.baseAddress, bytes.count) }
}
