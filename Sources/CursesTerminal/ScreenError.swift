// Why there is no screen, in a plain sentence.
import Languages
import Terminal

public enum ScreenError: BilingualError, Hashable {
  /// Standard input or output is a file or a pipe.
  case notATerminal
  case terminalNotNamed
  case unknownTerminal(String)
  /// The terminal cannot place its cursor: TERM=dumb, an editor's output window.
  case cannotMoveCursor(String)
  /// ncurses refused for a reason that it does not tell.
  case refused(String)

  public var message: Bilingual {
    switch self {
    case .notATerminal:
      Bilingual(
        zh: "实验室界面需要在终端里运行，而当前的标准输入或输出不是终端。请直接在终端中运行 llmlab，或改用 llmlab run、llmlab screen 等命令。",
        en:
          "The lab needs a terminal, but standard input or output is not one. Run llmlab in a terminal, or use commands such as llmlab run or llmlab screen."
      )
    case .terminalNotNamed:
      Bilingual(
        zh: "环境变量 TERM 没有设置，无法得知终端的类型。请先执行 export TERM=xterm-256color 再试。",
        en: "TERM is not set, so the kind of terminal is unknown. Try: export TERM=xterm-256color")
    case .unknownTerminal(let name):
      Bilingual(
        zh: "系统不认识终端类型 TERM=\(ScreenError.shown(name))。请执行 export TERM=xterm-256color 再试，或安装软件包 ncurses-term。",
        en:
          "The system does not know the terminal TERM=\(ScreenError.shown(name)). Try: export TERM=xterm-256color, or install the package ncurses-term."
      )
    case .cannotMoveCursor(let name):
      Bilingual(
        zh: "终端类型 TERM=\(ScreenError.shown(name)) 不能移动光标，无法显示实验室界面。请换一个终端，或改用 llmlab run、llmlab screen 等命令。",
        en:
          "The terminal TERM=\(ScreenError.shown(name)) cannot move its cursor, so the lab cannot be shown. Use another terminal, or commands such as llmlab run or llmlab screen."
      )
    case .refused(let name):
      Bilingual(
        zh: "无法在终端 TERM=\(ScreenError.shown(name)) 上打开界面。请执行 export TERM=xterm-256color 再试。",
        en: "The screen could not be opened on the terminal TERM=\(ScreenError.shown(name)). Try: export TERM=xterm-256color")
    }
  }

  private static func shown(_ name: String) -> String { DisplayText(name).truncated(to: 40).string }
}
