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
      guard run(["/bin/sh", "-c", "\(editor) \"$1\"", "sh", path]) == 0 else {
        return .failure(
          EditorError(Bilingual(zh: "编辑器 \(editor) 没有正常结束，提示词未改", en: "the editor \(editor) failed; the prompt is unchanged")))
      }
      let edited = try WholeFile.text(path, limit: limit)
      return .success(edited.hasSuffix("\n") ? String(edited.dropLast()) : edited)
    } catch {
      return .failure(EditorError(error.message))
    }
  }

  /// Runs a program in the foreground on our terminal; its exit status, or nil where it could not start or a signal ended it.
  private static func run(_ arguments: [String]) -> Int32? {
    let variables = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
    let (argv, envp) = (arguments.map { strdup($0) } + [nil], variables.map { strdup($0) } + [nil])
    defer { (argv + envp).forEach { free($0) } }
    // The editor gets its own Ctrl-C; we ignore ours until it is done.
    let (interrupt, quit) = (signal(SIGINT, SIG_IGN), signal(SIGQUIT, SIG_IGN))
    defer {
      signal(SIGINT, interrupt)
      signal(SIGQUIT, quit)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGINT, SIGQUIT, SIGPIPE] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var child = pid_t()
    guard posix_spawn(&child, arguments[0], nil, &attributes, argv, envp) == 0 else { return nil }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 { if errno != EINTR { return nil } }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
  }
}
