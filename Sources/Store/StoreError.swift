// What can go wrong with the store, said so that a person can act on it.
import Languages

public enum StoreError: BilingualError, Hashable {
  /// The file was damaged. It has been kept under another name and a fresh one is in use: the next call works.
  case damaged(file: String, keptAs: String)
  /// Written by a newer program; it is not touched.
  case newer(file: String)
  /// Disk full, no permission, locked by another program.
  case unusable(file: String, reason: String)

  public var message: Bilingual {
    switch self {
    case .damaged(let file, let keptAs):
      Bilingual(
        zh: "学习记录 \(file) 已损坏。损坏的文件保留为 \(keptAs)，现在从一份新的记录开始。",
        en: "The saved progress \(file) is damaged. It is kept as \(keptAs); a fresh file is in use from now on.")
    case .newer(let file):
      Bilingual(
        zh: "\(file) 由更新版本的 llmlab 写成。请升级程序，或用 LLMLAB_HOME 指定另一个目录。",
        en: "\(file) was written by a newer llmlab. Update the program, or set LLMLAB_HOME to another folder.")
    case .unusable(let file, let reason):
      Bilingual(
        zh: "无法读写 \(file)（\(reason)）。请检查磁盘空间和权限，或用 LLMLAB_HOME 指定另一个目录。",
        en: "Cannot read or write \(file) (\(reason)). Check disk space and permissions, or set LLMLAB_HOME to another folder.")
    }
  }
}
