// The help: what is on the screen now, all keys from the command table, and what the lab promises. Not here: the box around it (HelpOverlay).
import Course
import Insight
import Languages
import Models
import Terminal

/// The help as lines for the window's width.
public struct HelpPage: Sendable {
  public private(set) var lines: [StyledText] = []

  public init(_ state: ScreenState) {
    let width = HelpPage.width(state)
    section(Bilingual(zh: "眼前的内容", en: "What you see"), state)
    for (name, text) in state.visibleExplanations { entry(name, text, state, width) }
    for (scope, title) in HelpPage.scopes(state) {
      section(title, state)
      let entries = CommandTable.entries.filter { $0.scope == scope }
      let keysWidth = min(20, entries.map { state.keyText($0).width }.max() ?? 0)
      let titleWidth = min(20, entries.map { DisplayText($0.title[state.language]).width }.max() ?? 0)
      for command in entries {
        let lead =
          StyledText(state.keyText(command), state.theme.key).padded(to: keysWidth) + "  "
          + StyledText(DisplayText(command.title[state.language])).padded(to: titleWidth) + "  "
        lines += StyledText(DisplayText(command.help[state.language]), state.theme.dim).hanging(lead, width: width)
      }
    }
    section(Bilingual(zh: "承诺", en: "Promises"), state)
    for promise in HelpPage.promises {
      let bullet = StyledText(state.theme.sign(.bullet), state.theme.dim) + " "
      lines += StyledText(DisplayText(promise[state.language])).hanging(bullet, width: width)
    }
  }

  static func width(_ state: ScreenState) -> Int { min(96, state.overlayRoom(state.overlayBody).columns) }

  private mutating func section(_ title: Bilingual, _ state: ScreenState) {
    if !lines.isEmpty { lines.append(StyledText()) }
    lines.append(StyledText(DisplayText(title[state.language]), state.theme.heading))
  }

  private mutating func entry(_ name: Bilingual, _ text: Bilingual, _ state: ScreenState, _ width: Int) {
    let lead = StyledText(DisplayText(name[state.language]), state.theme.strong) + "  "
    lines += (lead + StyledText(DisplayText(text[state.language]))).wrapped(to: width)
  }

  /// The keys of the pane in sight come first.
  private static func scopes(_ state: ScreenState) -> [(CommandScope, Bilingual)] {
    let lab = (CommandScope.lab, Bilingual(zh: "按键：实验台", en: "Keys in the lab"))
    let lesson = (CommandScope.lesson, Bilingual(zh: "按键：课程", en: "Keys in the lesson"))
    let everywhere = (CommandScope.everywhere, Bilingual(zh: "按键：到处可用", en: "Keys everywhere"))
    let chat = (CommandScope.chat, Bilingual(zh: "按键：对话", en: "Keys in the chat"))
    let training = (CommandScope.training, Bilingual(zh: "按键：训练", en: "Keys in the training view"))
    if state.isInChat { return [chat, everywhere, lab, lesson, training] }
    if state.isInTraining { return [training, everywhere, lab, lesson, chat] }
    return (state.visiblePane == .lesson ? [lesson, lab] : [lab, lesson]) + [everywhere, chat, training]
  }

  static let promises = [
    Bilingual(zh: "屏幕上的每个数字都来自眼前这次运行。", en: "Every number on the screen comes from the run you see."),
    Bilingual(zh: "什么都不会离开这台机器。", en: "Nothing leaves this machine."),
    Bilingual(zh: "你输入或粘贴的文字永远不会变成控制词元。", en: "Text that you type or paste never becomes a control token."),
    Bilingual(zh: "同样的种子、同样的程序，得到同样的词元。", en: "The same seed and the same program give the same tokens."),
    Bilingual(zh: "不管怎样退出，终端都恢复原样，进度都还在。", en: "However you leave, the terminal is as it was and your progress is kept."),
    Bilingual(zh: "模型说的话是否属实，不作承诺。", en: "Not promised: that what the model says is true."),
  ]
}
