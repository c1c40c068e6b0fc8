// The program: the table of commands and the one place where errors become an exit code. Not here: what the commands do (Commands).
import ArgumentParser
import Languages

@main
enum Program {
  static func main() {
    Interrupt.install()
    do {
      var command = try LLMLab.parseAsRoot()
      try command.run()
    } catch {
      Failure.end(error)
    }
  }
}

/// The root of all commands.
struct LLMLab: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "llmlab",
    abstract: "A laboratory for language models in the terminal. · 终端里的语言模型实验室。",
    discussion: """
      Data goes to standard output; progress and notes go to standard error. "-" as text means standard input.
      数据写到标准输出，进度和提示写到标准错误；文本写 "-" 表示读标准输入。

      Exit codes · 退出码：0 success · 成功, 1 failure · 失败, 2 bad model or data file · 模型或数据文件有误, 64 usage · 用法有误, \
      130 interrupted · 被中断

      Shell completion · 命令补全：llmlab --generate-completion-script bash|zsh|fish
      """,
    version: "0.1.0",
    subcommands: commands, defaultSubcommand: Lab.self)

  /// One file each, in the order of the help.
  static let commands: [any ParsableCommand.Type] = [
    Lab.self, Step.self, ChatCommand.self, Generate.self, Tokens.self, Logits.self, Embed.self, TraceCommand.self, Inspect.self, Train.self,
    FineTune.self, Evaluate.self, CorpusCommand.self, Export.self,
    Quantize.self,
    LessonsCommand.self, CourseCommand.self,
    Bench.self, Screen.self, Paths.self, Doctor.self,
  ]

  @OptionGroup var common: CommonOptions
}

/// What every command understands.
struct CommonOptions: ParsableArguments {
  @Option(help: "Language of messages; by default the locale's. · 消息的语言，默认随系统区域设置。")
  var lang: Language?
}

extension Language: ExpressibleByArgument {}
