// `llmlab doctor`: whether everything that the program needs is in order, each line with its mend. Not here: the checks themselves (DoctorChecks, TerminalChecks).
import ArgumentParser
import Languages
import ModelFiles
import Terminal

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that everything is in order. · 检查运行环境是否正常。",
    discussion: """
      One line per check: ok, warn or fail, with what to do about it. Exit code 1 when a check fails.
      每项一行：ok、warn 或 fail，并给出处理办法。有 fail 时退出码为 1。
      """)

  @OptionGroup var model: ModelOptions
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let findings = MachineChecks.all() + TerminalChecks.all() + AssetChecks.all(model)
    let isHealthy = !findings.contains { $0.status == .fail }
    if json {
      try Output.json(["ok": .bool(isHealthy), "checks": .array(findings.map(\.json))])
    } else {
      try Table.print(findings.map { [$0.status.rawValue, $0.name[.current], $0.text] })
    }
    if !isHealthy { throw ExitCode.failure }
  }
}

/// The result of one check.
struct Finding {
  enum Status: String { case ok, warn, fail }

  let id: String
  let name: Bilingual
  let status: Status
  let fact: Bilingual
  /// What to do; nil when all is well.
  let mend: Bilingual?

  init(_ id: String, _ name: Bilingual, _ status: Status, _ fact: Bilingual, mend: Bilingual? = nil) {
    (self.id, self.name, self.status, self.fact, self.mend) = (id, name, status, fact, mend)
  }

  var text: String {
    guard let mend else { return fact[.current] }
    return Language.current == .zh ? "\(fact.zh)。\(mend.zh)" : "\(fact.en). \(mend.en)"
  }

  var json: JSON {
    [
      "id": .string(id), "status": .string(status.rawValue), "fact": .string(fact[.current]),
      "mend": mend.map { .string($0[.current]) } ?? .null,
    ]
  }
}
