// `llmlab evaluate`: a model's answers to questions that were never trained on, counted skill by skill. Not here: asking and judging (Training).
import ArgumentParser
import Assets
import Inference
import Languages
import ModelFiles
import Terminal
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a chat model on held-out questions. · 用留出的问题测量对话模型。",
    discussion: """
      Every question is asked once, in a chat of its own, and answered greedily. Judging is mechanical: README of the corpus says what counts.
      --json prints {"model", "skills": [{"skill", "passed", "count", "share", "low", "high", "gate", "stretch"}], "bits_per_byte", "verbatim_sentences", \
      "passes"} with 95 % intervals; --failures adds "failures": [{"skill", "question", "answer", "expected"}].
      每个问题单独成一段对话，只问一次，贪心解码；评判规则见语料的 README。
      """)

  @Argument(help: "Model; by default the built-in one. · 模型，默认用内置模型。") var name: String?
  @OptionGroup var model: ModelOptions
  @Option(help: "Folder with the corpus; by default the built-in one. · 语料目录，默认用内置语料。", completion: .directory)
  var corpus: String?
  @Option(help: "Questions of each skill, about. · 每项技能大约多少个问题。") var limit = 200
  @Option(help: "Only this skill; repeatable. · 只测这项技能；可重复给出。") var skill: [String] = []
  @Flag(help: "Print the answers that failed. · 列出没有通过的回答。") var failures = false
  @Flag(help: "End with 1 when a gate is not reached. · 有一项未达标时以 1 退出。") var gate = false
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if !(1...100_000).contains(limit) { throw Failure.usage(zh: "--limit 应为 1 到 100000", en: "--limit must be 1 to 100000") }
    for name in skill where Probe.Skill(rawValue: name) == nil {
      let names = Probe.Skill.allCases.map(\.rawValue).joined(separator: ", ")
      throw Failure.usage(zh: "没有技能 \(name)；可选：\(names)", en: "there is no skill \(name); known: \(names)")
    }
    if name != nil && model.model != nil {
      throw Failure.usage(zh: "模型只能给一次：参数或 --model", en: "name the model once: as the argument or with --model")
    }
  }

  func run() throws {
    var options = model
    options.model = options.model ?? name
    let loaded = try options.load()
    let text = try Corpus(folder: corpus ?? Assets.corpus)
    Interrupt.expect()
    let skills = skill.isEmpty ? Set(Probe.Skill.allCases) : Set(skill.compactMap { Probe.Skill(rawValue: $0) })
    let report: EvaluationReport
    do {
      report = try Evaluator(loaded, text, limit: limit).run(skills: skills, isCancelled: { Interrupt.isRequested }) { done, total in
        if Output.errorIsTerminal {
          Output.statusLine(DisplayText(Bilingual(zh: "已问 \(done)/\(total)", en: "asked \(done)/\(total)")[.current]))
        }
      }
    } catch  where Interrupt.isRequested { throw ExitCode.interrupted }
    if Output.errorIsTerminal { Output.statusLine("") }
    if json { try Output.json(.object(object(report, loaded.name))) } else { try print(report, loaded.name) }
    if gate && !report.reachesGates { throw ExitCode.failure }
  }

  private func print(_ report: EvaluationReport, _ name: String) throws {
    var rows = [
      [
        Bilingual(zh: "技能", en: "skill"), Bilingual(zh: "通过", en: "passed"), Bilingual(zh: "比例", en: "share"),
        Bilingual(zh: "95 % 区间", en: "95 % interval"), Bilingual(zh: "要求", en: "gate"), Bilingual(same: ""),
      ].map { $0[.current] }
    ]
    for line in report.lines {
      let score = line.score
      let verdict = score.share >= line.stretch ? "✓✓" : score.share >= line.gate ? "✓" : "✗"
      rows.append([
        line.name, "\(score.passed)/\(score.count)", percent(score.share), "\(percent(score.interval.low))–\(percent(score.interval.high))",
        percent(line.gate), verdict,
      ])
    }
    try Output.line(DisplayText(name))
    try Table.print(rows)
    var text = ""
    if let bits = report.bitsPerByte {
      text +=
        Bilingual(
          zh: "留出回答：每字节 \(Numbers.fixed(bits, decimals: 4)) 比特\n",
          en: "held-out answers: \(Numbers.fixed(bits, decimals: 4)) bits per byte\n")[.current]
    }
    let verbatim = report.verbatim
    text +=
      Bilingual(
        zh: "回答的 \(verbatim.count) 个句子中有 \(percent(verbatim.share)) 逐字出自语料\n",
        en: "\(percent(verbatim.share)) of the \(verbatim.count) sentences answered stand in the corpus word for word\n")[.current]
    if failures {
      for failure in report.failures {
        text += "\n[\(failure.skill)] \(failure.question)\n  → \(failure.answer)\n"
        if !failure.expected.isEmpty { text += "  ≠ \(failure.expected)\n" }
      }
    }
    try Output.text(text)
  }

  private func percent(_ share: Double) -> String { Numbers.fixed(share * 100, decimals: 1) + " %" }

  private func object(_ report: EvaluationReport, _ name: String) -> JSONObject {
    var object: JSONObject = [
      "model": .string(name),
      "skills": .array(
        report.lines.map { line in
          [
            "skill": .string(line.name), "passed": .integer(line.score.passed), "count": .integer(line.score.count),
            "share": .number(line.score.share), "low": .number(line.score.interval.low), "high": .number(line.score.interval.high),
            "gate": .number(line.gate), "stretch": .number(line.stretch),
          ]
        }),
      "verbatim_sentences": .number(report.verbatim.share), "passes": .bool(report.reachesGates),
    ]
    if let bits = report.bitsPerByte { object["bits_per_byte"] = .number(bits) }
    if failures {
      object["failures"] = .array(
        report.failures.map {
          ["skill": .string($0.skill), "question": .string($0.question), "answer": .string($0.answer), "expected": .string($0.expected)]
        })
    }
    return object
  }
}
