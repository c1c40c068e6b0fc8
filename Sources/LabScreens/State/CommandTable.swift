// The one table of commands: name, keys, words, and when each can be used. Key map, palette, command line, help and hints all read it.
import Course
import Languages
import Terminal

/// Where a command's keys work.
public enum CommandScope: Sendable, Hashable { case everywhere, lesson, lab, chat, training }

/// One row of the table.
public struct CommandEntry: Sendable {
  public let command: Command
  public let scope: CommandScope
  public let keys: [Key]
  public let title: Bilingual
  public let help: Bilingual

  init(_ command: Command, _ scope: CommandScope, _ keys: [Key], _ title: (String, String), _ help: (String, String)) {
    self.command = command
    self.scope = scope
    self.keys = keys
    self.title = Bilingual(zh: title.0, en: title.1)
    self.help = Bilingual(zh: help.0, en: help.1)
  }

  /// Keys as help and hints show them.
  public var keyText: String { keys.map { CommandTable.glyph($0) }.joined(separator: " ") }
}

public enum CommandTable {
  public static let entries: [CommandEntry] = stepper + run + views + weights + chat + training + lesson + everywhere

  private static let byCommand = Dictionary(uniqueKeysWithValues: entries.map { ($0.command, $0) })

  public static func entry(_ command: Command) -> CommandEntry {
    guard let entry = byCommand[command] else { preconditionFailure("every command is in the table") }
    return entry
  }

  /// The command of a key in a pane; the pane's own keys come before those of everywhere.
  /// - Parameter view: what the lab shows; chat and training have keys of their own.
  public static func command(for key: Key, pane: Pane, view: LabView = .stepper) -> Command? {
    let inChat = pane == .lab && view == .chat
    let scope: CommandScope = pane == .lesson ? .lesson : inChat ? .chat : view == .training ? .training : .lab
    // The temperature is the chat's too.
    if inChat, let entry = entries.first(where: { [.warmer, .colder].contains($0.command) && $0.keys.contains(key) }) {
      return entry.command
    }
    // The axis of checkpoints has one pair of keys in the whole lab.
    let isAxis =
      scope == .training && entries.contains { [.checkpointPrevious, .checkpointNext].contains($0.command) && $0.keys.contains(key) }
    let places: [CommandScope] = [scope, isAxis ? .lab : .everywhere]
    return places.lazy.compactMap { place in entries.first { $0.scope == place && $0.keys.contains(key) } }.first?.command
  }

  /// A key as one short piece of text.
  static func glyph(_ key: Key, _ mode: GlyphMode = .block) -> String {
    switch key {
    case .control(let letter): "Ctrl-\(letter.uppercased())"
    case _ where mode == .ascii: key.description
    case .left: "←"
    case .right: "→"
    case .up: "↑"
    case .down: "↓"
    case .enter: "⏎"
    default: key.description
    }
  }

  private static func c(_ character: Character) -> Key { .character(character) }

  static let stepper: [CommandEntry] = [
    CommandEntry(.nextOperation, .lab, [.right], ("下一步运算", "next operation"), ("前进到下一个运算", "walk to the next operation")),
    CommandEntry(.previousOperation, .lab, [.left], ("上一步运算", "previous operation"), ("退回上一个运算", "walk back one operation")),
    CommandEntry(.nextLayer, .lab, [.down], ("下一层", "next layer"), ("下一层的同一个运算", "the same operation one layer on")),
    CommandEntry(.previousLayer, .lab, [.up], ("上一层", "previous layer"), ("上一层的同一个运算", "the same operation one layer back")),
    CommandEntry(.nextHead, .lab, [c(".")], ("下一个头", "next head"), ("查看下一个注意力头", "look at the next attention head")),
    CommandEntry(.previousHead, .lab, [c(",")], ("上一个头", "previous head"), ("查看上一个注意力头", "look at the previous attention head")),
    CommandEntry(.nextToken, .lab, [c("]")], ("下一个词元", "next token"), ("移到下一个词元（行）", "move to the next token (row)")),
    CommandEntry(.previousToken, .lab, [c("[")], ("上一个词元", "previous token"), ("移到上一个词元（行）", "move to the previous token (row)")),
    CommandEntry(.cellLeft, .lab, [c("h")], ("单元格左移", "cell left"), ("光标左移一格", "one cell to the left")),
    CommandEntry(.cellDown, .lab, [c("j")], ("单元格下移", "cell down"), ("光标下移一格", "one cell down")),
    CommandEntry(.cellUp, .lab, [c("k")], ("单元格上移", "cell up"), ("光标上移一格", "one cell up")),
    CommandEntry(.cellRight, .lab, [c("l")], ("单元格右移", "cell right"), ("光标右移一格", "one cell to the right")),
    CommandEntry(.firstOperation, .lab, [.home, c("g")], ("第一个运算", "first operation"), ("回到嵌入", "back to the embedding")),
    CommandEntry(.lastOperation, .lab, [.end, c("G")], ("最后一个运算", "last operation"), ("直接到采样", "straight to sampling")),
  ]

  static let run: [CommandEntry] = [
    CommandEntry(.sample, .everywhere, [c("s")], ("采样", "sample"), ("采样一个词元，接着往下走", "sample one token and walk on")),
    CommandEntry(.write, .everywhere, [c("w")], ("写完", "write on"), ("一直采样到结束，Esc 停止", "sample until the model ends; Esc stops")),
    CommandEntry(.takeBack, .everywhere, [.backspace], ("退回词元", "take back"), ("收回最后采样的词元", "take the last sampled token back")),
    CommandEntry(.editPrompt, .everywhere, [c("e")], ("改提示词", "edit prompt"), ("输入自己的提示词", "type a prompt of your own")),
    CommandEntry(.toggleFormat, .lab, [c("c")], ("对话/原文", "chat/raw"), ("在对话模板和原文之间切换", "switch between chat template and raw text")),
    CommandEntry(.stop, .everywhere, [.escape], ("停止/返回", "stop/back"), ("停止计算，或退出一层", "stop computing, or one step out")),
    CommandEntry(.undo, .everywhere, [c("u")], ("撤销", "undo"), ("撤销上一个改动", "take back the last change")),
    CommandEntry(.redo, .everywhere, [.control("r")], ("重做", "redo"), ("重做撤销的改动", "redo what was undone")),
    CommandEntry(.warmer, .lab, [c("+"), c("=")], ("升温", "warmer"), ("温度加 0.1", "temperature up by 0.1")),
    CommandEntry(.colder, .lab, [c("-")], ("降温", "colder"), ("温度减 0.1，到 0 即贪心", "temperature down by 0.1; 0 is greedy")),
    CommandEntry(.nextSeed, .lab, [c("d")], ("换种子", "new seed"), ("换一个随机种子", "take another random seed")),
  ]

  static let views: [CommandEntry] = [
    CommandEntry(.viewStepper, .everywhere, [c("1")], ("步进", "stepper"), ("一步一步看每个运算的数字", "every operation, number by number")),
    CommandEntry(.viewAttention, .everywhere, [c("2")], ("注意力", "attention"), ("一个头的注意力图", "the attention map of one head")),
    CommandEntry(.viewHeads, .everywhere, [c("3")], ("所有头", "all heads"), ("所有层、所有头的小图", "every head of every layer, small")),
    CommandEntry(
      .viewProbabilities, .everywhere, [c("4")], ("概率", "probabilities"), ("下一个词元的概率和过滤器", "the next token's probabilities and the filters")
    ),
    CommandEntry(.viewText, .everywhere, [c("5")], ("文本", "text"), ("文本，底色表示意外程度", "the text, coloured by surprisal")),
    CommandEntry(
      .viewWeights, .everywhere, [c("6")], ("权重", "weights"),
      ("模型文件里存了什么；:weights 路径 可看别的文件", "what the model's file holds; :weights PATH opens another")
    ),
    CommandEntry(
      .viewChat, .everywhere, [c("7")], ("对话", "chat"), ("和模型对话，回答里的每个词元都能追问", "talk with the model and look into every token of it")),
    CommandEntry(
      .viewTraining, .everywhere, [c("8")], ("训练", "training"),
      ("训练一个模型，看它怎样学会；:train 配方", "train a model and watch it learn; :train RECIPE")),
    CommandEntry(.open, .lab, [.enter], ("打开", "open"), ("打开光标处的内容；在采样处即采样", "open what is under the cursor; at the end, sample")),
    CommandEntry(.back, .lab, [.delete], ("回到步进", "back"), ("从其他视图回到步进", "from another view back to the stepper")),
  ]

  static let weights: [CommandEntry] = [
    CommandEntry(
      .weightsBlock, .lab, [c("b")], ("存储方式", "how it is stored"),
      ("权重视图：光标处的数怎样存成字节", "in the weights view: the bytes of the number at the cursor")
    ),
    CommandEntry(
      .weightsMetadata, .lab, [c("m")], ("元数据", "metadata"), ("权重视图：文件对自己的说明", "in the weights view: what the file says of itself")),
    CommandEntry(
      .weightsDifference, .lab, [c("D")], ("比较文件", "compare files"),
      ("权重视图：:diff 路径 与另一个文件逐张量比较", "in the weights view: :diff PATH compares every tensor with a second file")),
  ]

  static let lesson: [CommandEntry] = [
    CommandEntry(.nextStep, .lesson, [.right], ("下一节", "next step"), ("课程的下一节", "the lesson's next step")),
    CommandEntry(.previousStep, .lesson, [.left], ("上一节", "previous step"), ("课程的上一节", "the lesson's previous step")),
    CommandEntry(.scrollDown, .lesson, [.down, c("j")], ("向下", "down"), ("向下滚动一行", "one line down")),
    CommandEntry(.scrollUp, .lesson, [.up, c("k")], ("向上", "up"), ("向上滚动一行", "one line up")),
    CommandEntry(.pageDown, .lesson, [.pageDown, c(" "), .control("d")], ("下翻", "page down"), ("向下翻页", "one page down")),
    CommandEntry(.pageUp, .lesson, [.pageUp, c("b"), .control("u")], ("上翻", "page up"), ("向上翻页", "one page up")),
    CommandEntry(.lessonTop, .lesson, [.home, c("g")], ("开头", "top"), ("到这一节的开头", "to the top of this step")),
    CommandEntry(.lessonBottom, .lesson, [.end, c("G")], ("末尾", "bottom"), ("到这一节的末尾", "to the bottom of this step")),
    CommandEntry(.answer, .everywhere, [c("a")], ("回答", "answer"), ("回答这一节的练习", "answer this step's exercise")),
    CommandEntry(.reveal, .everywhere, [c("r")], ("揭晓", "reveal"), ("揭开被遮住的结果", "uncover the hidden result")),
    CommandEntry(.hint, .everywhere, [c("H")], ("提示", "hint"), ("给一个提示，共三级", "one hint, of three")),
    CommandEntry(.resetStep, .everywhere, [c("R")], ("重置", "reset"), ("让实验台回到这一节的起点", "put the lab back to where this step begins")),
    CommandEntry(.runHere, .lesson, [c("x"), .enter], ("运行", "run"), ("运行这一节的演示", "run this step's demonstration")),
    CommandEntry(.lessons, .everywhere, [c("o")], ("课程目录", "lessons"), ("所有课程和进度", "all lessons and your progress")),
  ]

  static let everywhere: [CommandEntry] = [
    CommandEntry(.otherPane, .everywhere, [.tab, .backTab], ("换窗格", "other pane"), ("在课程和实验台之间切换", "between lesson and lab")),
    CommandEntry(.zoom, .everywhere, [c("z")], ("放大", "zoom"), ("只看一个窗格，方便复制", "one pane without a frame, to copy from")),
    CommandEntry(.language, .everywhere, [c("L")], ("English", "中文"), ("切换语言", "switch the language")),
    CommandEntry(.help, .everywhere, [c("?"), .function(1)], ("帮助", "help"), ("解释眼前的内容和按键", "explains what you see, and its keys")),
    CommandEntry(.palette, .everywhere, [.control("p")], ("命令面板", "palette"), ("按名字找命令", "find a command by name")),
    CommandEntry(.commandLine, .everywhere, [c(":")], ("命令行", "command line"), ("输入命令", "type a command")),
    CommandEntry(.search, .everywhere, [c("/")], ("搜索", "search"), ("在课程或词元中搜索", "search the lesson or the tokens")),
    CommandEntry(.searchNext, .everywhere, [c("n")], ("下一处", "next match"), ("下一处匹配", "the next match")),
    CommandEntry(.redraw, .everywhere, [.control("l")], ("重画", "redraw"), ("重画屏幕", "draw the screen anew")),
    CommandEntry(.leave, .everywhere, [c("q")], ("离开", "leave"), ("离开，进度已保存", "leave; progress is kept")),
  ]

  /// Why a command cannot be used now; nil when it can.
  public static func reasonDisabled(_ command: Command, _ state: ScreenState) -> Bilingual? {
    switch command {
    case .nextOperation, .previousOperation, .nextLayer, .previousLayer, .nextHead, .previousHead, .nextToken, .previousToken, .cellLeft,
      .cellRight, .cellUp, .cellDown, .firstOperation, .lastOperation, .sample, .write:
      if state.view == .weights, ![.sample, .write].contains(command) { return weightsReason(command, state) }
      guard state.trace == nil else { return nil }
      return state.activity == .idle
        ? Bilingual(zh: "还没有运行：先按 e 输入提示词", en: "nothing has run yet: press e and type a prompt")
        : Bilingual(zh: "模型正在计算", en: "the model is computing")
    case .takeBack where state.walk.isEmpty && state.training.opened != nil: return nil
    case .takeBack: return state.walk.isEmpty ? Bilingual(zh: "还没有采样过词元", en: "no token has been sampled yet") : nil
    case .toggleFormat:
      return state.model?.chatTemplate == nil ? Bilingual(zh: "这个模型没有对话模板", en: "this model has no chat template") : nil
    case .undo: return state.done.isEmpty ? Bilingual(zh: "没有可撤销的改动", en: "nothing to undo") : nil
    case .redo: return state.undone.isEmpty ? Bilingual(zh: "没有可重做的改动", en: "nothing to redo") : nil
    case .answer: return state.activeCheck == nil ? Bilingual(zh: "这一节没有待答的练习", en: "no exercise is open in this step") : nil
    case .reveal: return state.cover == nil ? Bilingual(zh: "没有被遮住的内容", en: "nothing is covered") : nil
    case .hint: return state.activeCheck == nil ? Bilingual(zh: "这一节没有待答的练习", en: "no exercise is open in this step") : nil
    case .runHere: return state.runHere == nil ? Bilingual(zh: "这一节没有演示", en: "this step has no demonstration") : nil
    case .nextStep, .previousStep, .resetStep:
      return state.lesson == nil ? Bilingual(zh: "没有打开课程：按 o 选择", en: "no lesson is open: press o to choose") : nil
    case .searchNext: return state.lastSearch.isEmpty ? Bilingual(zh: "先用 / 搜索", en: "search with / first") : nil
    case .weightsBlock, .weightsMetadata, .weightsDifference: return weightsReason(command, state)
    case .chatType, .chatRegenerate, .chatEdit, .chatContinue, .chatPreviousBranch, .chatNextBranch, .chatPreviousMessage, .chatNextMessage,
      .chatPreviousToken, .chatNextToken, .chatFirstToken, .chatLastToken, .chatWhy, .chatStep, .chatCourse, .chatDrop, .chatNew,
      .chatList:
      return chatReason(command, state)
    case .trainingStart, .trainingPause, .trainingStop, .trainingLeft, .trainingRight, .trainingFirst, .trainingLast, .trainingUp,
      .trainingDown, .trainingScale, .trainingRange, .trainingPlan, .checkpointOpen, .checkpointHome, .checkpointPrevious, .checkpointNext:
      return trainingReason(command, state)
    case .back: return state.view == .stepper ? Bilingual(zh: "已经在步进视图", en: "this is the stepper already") : nil
    default: return nil
    }
  }

  /// The same for what works on a weights file.
  private static func weightsReason(_ command: Command, _ state: ScreenState) -> Bilingual? {
    if state.view != .weights { return Bilingual(zh: "先按 6 打开权重视图", en: "press 6 for the weights view first") }
    guard state.weights.contents != nil else {
      return state.weights.problem ?? state.modelProblem ?? Bilingual(zh: "文件正在打开", en: "the file is being opened")
    }
    switch command {
    case .nextHead, .previousHead: return Bilingual(zh: "这里没有头可切换", en: "there are no heads to change here")
    case .weightsBlock where state.weights.tensorIndex == nil: return Bilingual(zh: "先选一个张量", en: "choose a tensor first")
    default: return nil
    }
  }
}
