// `llmlab` and `llmlab step`: the lab on the terminal; `llmlab screen`: one of its frames as text. Not here: the lab itself (LabProgram).
import ArgumentParser
import CursesTerminal
import Inference
import LabScreens
import Languages
import Store
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the lab's commands share.
struct LabOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions

  @Option(help: "Colours: auto, always or never. · 颜色。") var color: ColorPreference = .auto
  @Option(help: "Glyphs: block, braille or ascii. · 字符。") var glyphs: GlyphMode = .block

  /// - Parameter keeper: nil where nothing is to be kept.
  func program(_ common: CommonOptions, prompt: String? = nil, isChat: Bool = false, lesson: String? = nil, keeps: Bool) -> LabProgram {
    let (options, path) = (model, LabPaths().store)
    // One store for both uses: the language before the first frame, progress on the engine's thread.
    let kept = keeps && common.lang == nil ? LabOptions.keptLanguage(path) : .success(nil)
    var program = LabProgram(
      language: common.lang ?? (try? kept.get()) ?? .current, color: color, glyphs: glyphs, courseFolder: CourseFolder.builtIn,
      loadModel: { try options.load() })
    (program.prompt, program.isChat, program.lesson) = (prompt, isChat, lesson)
    if keeps {
      program.keeper = { StoreKeeper(LabStore(path: path)) }
      program.conversations = { ConversationStore(LabStore(path: path)) }
    }
    if case .failure(let error) = kept { program.warning = error.message }
    return program
  }

  /// The language chosen last with L. A damaged store tells of it once, to its first reader: so the screen must hear of it from here.
  static func keptLanguage(_ path: String) -> Result<Language?, StoreError> {
    guard ModelPlace.exists(path) else { return .success(nil) }
    return Result { () throws(StoreError) in try LabStore(path: path).setting(StoreKeeper.languageKey).flatMap(Language.init) }
  }
}

extension ColorPreference: ExpressibleByArgument {}
extension GlyphMode: ExpressibleByArgument {}

struct Lab: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Open the lab: lessons on the left, the live model on the right (default). · 打开实验室：左边课程，右边模型（默认命令）。")

  @OptionGroup var options: LabOptions
  @Option(help: "Open this lesson. · 打开指定的课。") var lesson: String?
  @OptionGroup var common: CommonOptions

  func run() throws { try options.program(common, lesson: lesson, keeps: true).run() }
}

struct Step: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Step through inference on a prompt of your own. · 用自己的提示词逐步查看推理。")

  @OptionGroup var options: LabOptions
  @Flag(help: "Use the chat template. · 使用对话模板。") var chat = false
  @Option(help: "Token ids such as 0,2,35 instead of a prompt. · 用 0,2,35 这样的 token id 代替提示词。") var ids: String?
  @Option(help: "With --ids: how many of them are the prompt. · 与 --ids 合用：其中多少个是提示词。") var promptTokens: Int?
  @Option(help: "With --ids: the position to look at, from 0. · 与 --ids 合用：查看的位置，从 0 数。") var at: Int?
  @Argument(help: "The prompt; - reads standard input. · 提示词；- 表示从标准输入读取。") var prompt: String?
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if (ids == nil) == (prompt == nil) { throw Failure.usage(zh: "请给出提示词或 --ids（二选一）", en: "Give a prompt or --ids, not both") }
    if ids == nil, promptTokens != nil || at != nil {
      throw Failure.usage(zh: "--prompt-tokens 和 --at 须与 --ids 合用", en: "--prompt-tokens and --at go with --ids")
    }
  }

  func run() throws {
    if let ids {
      let list = try Tokens.parse(ids)
      if list.isEmpty { throw Failure.usage(zh: "--ids 是空的", en: "--ids is empty") }
      let count = min(max(0, promptTokens ?? list.count), list.count)
      var program = options.program(common, keeps: true)
      program.opening = OpeningRun(ids: list, promptTokenCount: count, row: at.map { min(max(0, $0), list.count - 1) })
      return try program.run()
    }
    let text = try StandardInput.text(prompt, name: Bilingual(zh: "提示词", en: "prompt"))
    if prompt == "-" { TerminalInput.reopen() }
    try options.program(common, prompt: text, isChat: chat, keeps: true).run()
  }
}

struct Screen: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the lab's frame after a script of keys, without a terminal. · 不用终端，打印按键之后的画面。",
    discussion: """
      Keys are names between spaces: Right C-p Tab j Enter :view-heads<Enter> "typed text". Right*12 repeats.
      按键以空格分隔，写法如上；Right*12 表示重复。
      """)

  @OptionGroup var options: LabOptions
  @Option(help: "Columns x rows. · 列 x 行。") var size = ScreenSize(Size(columns: 80, rows: 24))
  @Option(help: "The keys. · 按键。") var keys = ""
  @Option(help: "Open this lesson. · 打开指定的课。") var lesson: String?
  @Option(help: "Open on this prompt, without a lesson. · 不开课程，直接用这个提示词。") var prompt: String?
  @Flag(help: "Use the chat template for the prompt. · 提示词使用对话模板。") var chat = false
  @Flag(help: "With colours, as ANSI sequences. · 带颜色（ANSI 序列）。") var ansi = false
  @Option(name: .customLong("color-mode"), help: "truecolor, 256, 16 or none. · 颜色模式。") var colorMode: ColorMode = .color256
  @OptionGroup var common: CommonOptions

  func run() throws {
    let events = try KeyScript.parse(keys)
    let program = options.program(common, prompt: prompt, isChat: chat, lesson: lesson, keeps: false)
    let mode = ansi ? colorMode : .none
    let frame = program.frame(size: size.size, colorMode: mode, keys: events)
    try Output.data(ansi ? frame.ansiText(mode) : frame.plainText)
    if !ansi { try Output.data("\n") }
  }
}

extension ColorMode: ExpressibleByArgument {}

/// `120x40`.
struct ScreenSize: ExpressibleByArgument {
  let size: Size

  init(_ size: Size) { self.size = size }

  init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let columns = Int(parts[0]), let rows = Int(parts[1]), (1...1000).contains(columns), (1...500).contains(rows)
    else {
      return nil
    }
    size = Size(columns: columns, rows: rows)
  }

  var defaultValueDescription: String { "\(size.columns)x\(size.rows)" }
}

/// Standard input after a prompt has come from it.
enum TerminalInput {
  /// The keys come from the terminal itself; without one the screen says so.
  static func reopen() {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard terminal >= 0 else { return }
    dup2(terminal, STDIN_FILENO)
    close(terminal)
  }
}
