// What one can ask about an answer: its tokens, its prompt, the alternatives, the numbers behind it. Not here: answering (ChatSession).
import Chat
import Foundation
import Inference
import Languages
import Models
import Terminal
import Tokenization

extension ChatSession {
  /// Model, context, speed and seed on one line of standard error.
  func status(_ record: AnswerRecord) {
    let used = "\(record.sequence.count)/\(generator.contextLength)"
    let (read, wrote) = (Int(record.promptTokensPerSecond), Int(record.tokensPerSecond))
    let cut = record.finish == .length ? Bilingual(zh: " · 被截断，/continue 接着写", en: " · cut, /continue goes on")[.current] : ""
    let line = Bilingual(
      zh: "[\(model.name) · 上下文 \(used) · 预填 \(read) · 生成 \(wrote) token/s · 种子 \(record.sampling.seed)\(cut)]",
      en: "[\(model.name) · context \(used) · prefill \(read) · decode \(wrote) tokens/s · seed \(record.sampling.seed)\(cut)]")
    Output.error(line[.current])
    guard model.isSprout, let question = conversation.path.last(where: { $0.role == .user })?.text,
      let found = concepts?.text(for: question)
    else { return }
    say(zh: "课程里有“\(found.term)”的原文：/course", en: "The course has its own text on “\(found.term)”: /course")
  }

  func course(_ term: String) throws {
    let question = term.isEmpty ? conversation.path.last { $0.role == .user }?.text ?? "" : term
    guard let found = concepts?.text(for: question) else {
      throw fail(zh: "课程里没有找到相关的概念", en: "the course has no such concept")
    }
    try Output.text("\(found.term): \(found.text)\n")
  }

  func tokens() throws {
    let record = try lastAnswer().record
    let chances = record.probabilities.count == record.ids.count
    try Table.print(
      record.ids.indices.map { i in
        let id = record.ids[i]
        return [
          "\(i + 1)", "\(id)", model.tokenizer.displayText(of: id), chances ? percent(record.probabilities[i]) : "",
          record.parts[i] == .answer ? "" : partName(record.parts[i])[.current],
        ]
      })
  }

  private func partName(_ part: GeneratedToken.Part) -> Bilingual {
    switch part {
    case .answer: Bilingual(zh: "模型", en: "model")
    case .call: Bilingual(zh: "调用工具", en: "call")
    case .result: Bilingual(zh: "工具写的", en: "written by the tool")
    }
  }

  private func percent(_ probability: Double) -> String { "\(Numbers.fixed(probability * 100, decimals: 2)) %" }

  /// The exact prompt: of the open question, or of the last answer.
  func template() throws {
    let path = conversation.path
    let end = path.lastIndex { $0.role == .user }
    guard let end else { throw fail(zh: "还没有消息", en: "there are no messages yet") }
    let prompt = model.prompt(conversation.prompted(Array(path[...end])), system: conversation.system)
    for odd in prompt.problems { Output.note(odd) }
    try Output.text(prompt.ids.map { model.tokenizer.decode([$0]) }.joined() + "\n")
    try Table.print(
      prompt.ids.indices.map { i in
        ["\(i)", "\(prompt.ids[i])", model.tokenizer.displayText(of: prompt.ids[i]), prompt.encoded.provenances[i].rawValue]
      })
  }

  /// The alternatives at a token of the last answer.
  func why(_ argument: String) throws {
    let record = try lastAnswer().record
    guard !record.ids.isEmpty else { throw fail(zh: "回答里没有 token", en: "the answer has no tokens") }
    let unsure = record.probabilities.indices.filter { record.parts[$0] != .result }.min {
      record.probabilities[$0] < record.probabilities[$1]
    }
    let index = try argument.isEmpty ? unsure ?? 0 : place(argument, of: record)
    Interrupt.expect()
    defer { Interrupt.rest() }
    let logits = try generator.logits(after: record.promptIds + record.ids[..<index], isCancelled: { Interrupt.isRequested })
    let actual = record.ids[index]
    let kept = Sampler(record.sampling).filtered(logits, recent: record.promptIds + record.ids[..<index], reporting: false).candidates
    let before = String(DisplayText(model.tokenizer.decode(Array(record.ids[..<index]), skippingSpecial: true)).string.suffix(40))
    Output.error(
      Bilingual(
        zh: "第 \(index + 1)/\(record.ids.count) 个 token，前面是“…\(before)”：",
        en: "Token \(index + 1) of \(record.ids.count), after “…\(before)”:")[.current])
    if record.parts[index] == .result {
      say(zh: "这个 token 由计算器写入；下面是模型自己会怎么写。", en: "The calculator wrote this token; below is what the model itself would have written.")
    }
    var rows = topLogprobs(logits, count: 8).map { ($0.id, exp($0.logprob)) }
    if !rows.contains(where: { $0.0 == actual }) { rows.append((actual, record.probabilities[index])) }
    try Table.print(
      [["", "", Bilingual(zh: "模型", en: "model")[.current], Bilingual(zh: "过滤后", en: "after filters")[.current]]]
        + rows.map { id, probability in
          let left = kept.first { $0.id == id }.map { percent($0.probability) } ?? "-"
          return [id == actual ? "→" : " ", model.tokenizer.displayText(of: id), percent(probability), left]
        })
  }

  /// A token of an answer by its number from 1.
  private func place(_ argument: String, of record: AnswerRecord) throws -> Int {
    guard let number = Int(argument), record.ids.indices.contains(number - 1) else {
      throw fail(zh: "请给出 1 到 \(record.ids.count) 的编号（见 /tokens）", en: "give a number from 1 to \(record.ids.count) (see /tokens)")
    }
    return number - 1
  }

  func trace(_ name: String) throws {
    let record = try lastAnswer().record
    let configuration = model.transformer.configuration
    let ids = record.sequence
    if name.isEmpty {
      say(zh: "\(ids.count) 个 token 的前向计算；/trace 名字 查看数值。", en: "The forward pass over \(ids.count) tokens; /trace NAME shows numbers.")
      return try Table.print(
        configuration.hooks.map { [$0.name, configuration.shape(of: $0, tokens: ids.count).map(String.init).joined(separator: "×")] })
    }
    guard let hook = Hook(name: name), configuration.hooks.contains(hook) else {
      throw fail(zh: "没有叫做 \(name) 的张量；/trace 列出全部", en: "there is no tensor named \(name); /trace lists all")
    }
    try MemoryBudget.check(configuration, tokens: ids.count)
    let recorder = Recorder { $0 == hook }
    Interrupt.expect()
    defer { Interrupt.rest() }
    do {
      _ = try model.transformer.logits(ids.map(Int32.init), Run(recorder: recorder, isCancelled: { Interrupt.isRequested }))
    } catch is Run.Cancelled { throw fail(zh: "已停止", en: "stopped") }
    guard let tensor = recorder.tensors[hook] else { return }
    let rows = tensor.count / max(1, tensor.columns)
    try Table.print(
      [[tensor.shape.map(String.init).joined(separator: "×")]]
        + (0..<min(rows, 40)).map { row in
          let values = (0..<min(8, tensor.columns)).map { Numbers.significant(Double(tensor.data[row * tensor.columns + $0])) }
          return ["[\(row)]", values.joined(separator: " ") + (tensor.columns > 8 ? " …" : "")]
        })
  }

  /// Prints the command that opens the stepper on a token, and on a terminal opens it.
  func step(_ argument: String) throws {
    let record = try lastAnswer().record
    let index = argument.isEmpty ? max(0, record.ids.count - 1) : try place(argument, of: record)
    var arguments = ["step", "--ids", record.sequence.map(String.init).joined(separator: ",")]
    arguments += ["--prompt-tokens", "\(record.promptIds.count)", "--at", "\(max(0, record.promptIds.count + index - 1))"]
    if let modelChoice { arguments += ["--model", modelChoice] }
    if let language = Language.asked { arguments += ["--lang", language.rawValue] }
    try Output.text("llmlab " + arguments.map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ") + "\n")
    guard isInteractive, Output.isTerminal, let program = Bundle.main.executablePath else { return }
    guard Foreground.run([program] + arguments) == 0 else { throw fail(zh: "步进视图没有正常结束", en: "the stepper did not end well") }
  }

  func branches() throws {
    let chosen = Set(conversation.path.map(\.id))
    func rows(_ parent: Int?, _ depth: Int) -> [[String]] {
      conversation.messages.filter { $0.parent == parent }.flatMap { message -> [[String]] in
        let mark = chosen.contains(message.id) ? "*" : " "
        let text = message.text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let short = text.count > 50 ? String(text.prefix(49)) + "…" : text
        let name = message.role == .user ? ">" : message.answer.map { "[\($0.sampling.seed)]" } ?? "<"
        return [[mark, "\(message.id)", String(repeating: "  ", count: depth) + "\(name) \(short)"]] + rows(message.id, depth + 1)
      }
    }
    try Table.print(rows(nil, 0))
  }

  func stats() throws {
    let record = try? lastAnswer().record
    let prompt = model.prompt(conversation.prompted(conversation.path), system: conversation.system)
    func speed(_ value: Double?) -> String { value.map { "\(Int($0)) token/s" } ?? "-" }
    let rows: [(Bilingual, String)] = [
      (Bilingual(zh: "模型", en: "model"), model.name),
      (Bilingual(zh: "上下文", en: "context"), "\(record?.sequence.count ?? prompt.ids.count)/\(generator.contextLength)"),
      (Bilingual(zh: "预填", en: "prefill"), speed(record?.promptTokensPerSecond)),
      (Bilingual(zh: "生成", en: "decode"), speed(record?.tokensPerSecond)),
      (Bilingual(zh: "种子", en: "seed"), "\(record?.sampling.seed ?? options.sampling.seed)"),
      (Bilingual(zh: "温度", en: "temperature"), "\(options.sampling.temperature)"),
      (Bilingual(zh: "消息", en: "messages"), "\(conversation.messages.count)"),
      (Bilingual(zh: "略去的消息", en: "left out"), "\(conversation.path.count - conversation.prompted(conversation.path).count)"),
    ]
    try Table.print(rows.map { [$0.0[.current], $0.1] })
  }
}
