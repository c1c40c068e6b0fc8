// Commands inside a chat, typed as `/name argument`: one table for the line mode, the chat pane and their help. Not here: what each does.
import Languages

public enum SlashCommand: String, Sendable, Hashable, CaseIterable {
  case help, clear, regen, `continue`, edit, file, system, set, drop, course, tokens, template, why, trace, step, branches, branch
  case stats, list, load, save, copy, export, exit

  public struct Words: Sendable, Hashable {
    /// As it is typed after the name; "" where there is none.
    public let argument: String
    public let help: Bilingual
  }

  public var words: Words {
    switch self {
    case .help: entry("", "列出这些命令", "this list")
    case .clear: entry("", "开始新的对话，旧的留着", "begin a new conversation; the old one is kept")
    case .regen: entry("", "换一个种子重答（新的分支）", "answer again with another seed, as a new branch")
    case .continue: entry("", "接着写被打断的回答", "go on with an answer that was cut")
    case .edit: entry("TEXT", "改写上一个问题（新的分支）", "ask the last question anew, as a new branch")
    case .file: entry("PATH", "把文件内容附在下一个问题前", "put a file's text before the next question")
    case .system: entry("[TEXT]", "设置系统提示；不带文字则显示，- 清空", "set the system prompt; alone shows it, - removes it")
    case .set:
      entry(
        "[NAME VALUE]", "采样设置：temperature top-k top-p min-p penalty seed max-tokens",
        "temperature top-k top-p min-p penalty seed max-tokens")
    case .drop: entry("", "上下文满时，同意不再把最早的几轮交给模型", "when full: leave the oldest exchanges out of the prompt")
    case .course: entry("[TERM]", "课程自己对这个概念的说法", "what the course itself says about the concept")
    case .tokens: entry("", "上一个回答的词元", "the tokens of the last answer")
    case .template: entry("", "交给模型的完整提示词和编号", "the exact prompt with its ids")
    case .why: entry("[N]", "第 N 个词元的候选和概率", "alternatives at token N of the answer")
    case .trace: entry("[HOOK]", "这次运算的张量；给出名字则看数值", "tensors of this run; with a name its numbers")
    case .step: entry("[N]", "在步进视图里打开第 N 个词元", "open token N in the stepper")
    case .branches: entry("", "这次对话的所有分支", "all branches of this conversation")
    case .branch: entry("N", "转到第 N 条消息所在的分支", "go to the branch of message N")
    case .stats: entry("", "模型、上下文、速度、种子", "model, context, speed, seed")
    case .list: entry("", "保存过的对话", "conversations that were kept")
    case .load: entry("N", "打开列表中的第 N 个", "open number N of the list")
    case .save: entry("[TITLE]", "对话随时自动保存；可改标题", "kept as you go; this gives a title")
    case .copy: entry("", "复制上一个回答（终端支持 OSC 52 时）", "copy the last answer (terminals with OSC 52)")
    case .export: entry("FILE", "写成 Markdown 或 JSON 文件", "write it to a .md or .json file")
    case .exit: entry("", "离开", "leave")
    }
  }

  private func entry(_ argument: String, _ zh: String, _ en: String) -> Words { Words(argument: argument, help: Bilingual(zh: zh, en: en)) }

  /// What a line of input is.
  public enum Line: Sendable, Hashable {
    case message(String)
    case command(SlashCommand, argument: String)
    case unknown(String)
  }

  private static let aliases: [String: SlashCommand] = [
    "?": .help, "h": .help, "new": .clear, "regenerate": .regen, "retry": .regen, "cont": .continue, "q": .exit, "quit": .exit,
    "bye": .exit,
  ]

  /// A line that begins with one slash is a command; two slashes stand for one that is text.
  public static func parse(_ line: String) -> Line {
    guard line.hasPrefix("/") else { return .message(line) }
    if line.hasPrefix("//") { return .message(String(line.dropFirst())) }
    let parts = line.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts.first.map(String.init) ?? ""
    guard let command = SlashCommand(rawValue: name) ?? aliases[name] else { return .unknown(name) }
    return .command(command, argument: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
  }
}
