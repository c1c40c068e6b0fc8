// A text in the user's own editor ($VISUAL, $EDITOR, else vi), through a private temporary file. Not here: giving the terminal away (CursesScreen).
import Foundation
import LabScreens
import Languages
import ModelFiles

enum ExternalEditor {
  private static let limit = 1 << 20

  /// Opens `text` and returns what the editor left.
  static func edit(_ text: String) -> Result<String, EditorError> {
    let environment = ProcessInfo.processInfo.environment
    let editor = [environment["VISUAL"], environment["EDITOR"]].compactMap { $0 }.first { !$0.isEmpty } ?? "vi"
    var template = Array("\(environment["TMPDIR"] ?? "/tmp")/llmlab-prompt-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      return .failure(EditorError(Bilingual(zh: "无法创建临时文件", en: "no temporary file could be made")))
    }
    close(descriptor)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    do {
      try AtomicFile.write(Array(text.utf8), to: path)
      // Through the shell, because $EDITOR may hold arguments; the path is a separate argument and never parsed.
      // Not Foundation's Process: that makes a process group of its own, which the terminal stops as soon as the editor reads.
      guard Foreground.run(["/bin/sh", "-c", "\(editor) \"$1\"", "sh", path]) == 0 else {
        return .failure(
          EditorError(Bilingual(zh: "编辑器 \(editor) 没有正常结束，提示词未改", en: "the editor \(editor) failed; the prompt is unchanged")))
      }
      let edited = try WholeFile.text(path, limit: limit)
      return .success(edited.hasSuffix("\n") ? String(edited.dropLast()) : edited)
    } catch {
      return .failure(EditorError(error.message))
    }
  }
}
