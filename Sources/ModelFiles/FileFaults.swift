// Words for what goes wrong in more than one reader. Not here: faults that only one format has.
import Languages

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension FileError {
  /// A file that breaks the rules of its format; the mend is a fresh copy.
  static func damaged(_ file: String, _ place: String, zh: String, en: String) -> FileError {
    FileError(
      file: file, place: place, problem: Bilingual(zh: zh, en: en),
      mend: Bilingual(zh: "文件可能已损坏，请重新下载或重新导出", en: "The file is probably damaged: download or export it again"))
  }

  /// A file that asks for more than `Limits` allows.
  static func tooLarge(_ file: String, _ place: String, zh: String, en: String) -> FileError {
    FileError(
      file: file, place: place, problem: Bilingual(zh: zh, en: en),
      mend: Bilingual(zh: "请确认文件来源可靠；正常的模型文件不会超出此上限", en: "Check where the file comes from: no ordinary model file exceeds this limit"))
  }

  /// A file that ends before what it announces.
  static func truncated(_ file: String, _ place: String, needed: Int, left: Int) -> FileError {
    FileError(
      file: file, place: place,
      problem: Bilingual(zh: "文件不完整：此处需要 \(needed) 字节，只剩 \(left) 字节", en: "the file is cut off: \(needed) bytes needed here, \(left) left"),
      mend: Bilingual(zh: "请重新下载该文件", en: "Download the file again"))
  }

  /// A well-formed file of a kind that the lab does not read.
  static func unsupported(_ file: String, _ place: String, zh: String, en: String, mend: Bilingual) -> FileError {
    FileError(file: file, place: place, problem: Bilingual(zh: zh, en: en), mend: mend)
  }

  /// A request that a writer cannot fulfil.
  static func unwritable(_ file: String, _ place: String, zh: String, en: String) -> FileError {
    FileError(
      file: file, place: place, problem: Bilingual(zh: zh, en: en),
      mend: Bilingual(zh: "请换用其他格式或精度再导出", en: "Export with another format or element type"))
  }

  /// A failed system call.
  /// - Parameter doing: the call, as the place: "open", "fsync".
  static func system(_ file: String, _ doing: String, _ code: Int32) -> FileError {
    let text = String(cString: strerror(code))
    let (zh, mend): (String, Bilingual) =
      switch code {
      case ENOENT: ("文件或目录不存在", Bilingual(zh: "请检查路径是否正确", en: "Check the path"))
      case EACCES, EPERM: ("没有权限", Bilingual(zh: "请检查文件和目录的权限", en: "Check the permissions of the file and its folder"))
      case ENOSPC, EDQUOT: ("磁盘空间不足", Bilingual(zh: "请清理磁盘空间后重试，原文件未受影响", en: "Free some space and try again; the old file is untouched"))
      case EMFILE, ENFILE: ("打开的文件过多", Bilingual(zh: "请关闭其他程序后重试", en: "Close other programs and try again"))
      case EROFS: ("文件系统只读", Bilingual(zh: "请换一个可写的目录", en: "Choose a folder that can be written"))
      default: ("系统错误（\(text)）", Bilingual(zh: "请检查磁盘和路径后重试", en: "Check the disk and the path, then try again"))
      }
    return FileError(file: file.isEmpty ? "\"\"" : file, place: doing, problem: Bilingual(zh: zh, en: text), mend: mend)
  }
}
