// What `llmlab train` says while it runs: a status line for people on standard error, and with --json a line per logged step on standard output.
import LabScreens
import Languages
import ModelFiles
import Terminal
import Training

/// Reports of one training run.
final class TrainingProgress {
  private let json: Bool
  private let evaluateEvery: Int
  /// A logged step whose evaluation is still to come.
  private var pending: JSONObject?
  /// The first failure of standard output; training then stops and saves.
  private(set) var failure: (any Error)?
  private var lastPercent = -1

  init(json: Bool, evaluateEvery: Int) {
    self.json = json
    self.evaluateEvery = evaluateEvery
  }

  /// Entries of the vocabulary learned so far.
  func tokenizer(_ done: Int, _ total: Int) {
    let percent = total > 0 ? done * 100 / total : 100
    guard percent / 10 != lastPercent / 10 || lastPercent < 0 || (Output.errorIsTerminal && percent != lastPercent) else { return }
    lastPercent = percent
    status(Bilingual(zh: "训练分词器：\(done)/\(total)", en: "training the tokenizer: \(done)/\(total)"))
  }

  func report(_ event: TrainingEvent) {
    switch event {
    case .resumed(let step, let skipped):
      for reason in skipped { note(Bilingual(zh: "跳过：\(reason.zh)", en: "skipped: \(reason.en)")) }
      note(Bilingual(zh: "从第 \(step) 步的检查点继续。", en: "Going on from the checkpoint of step \(step)."))
    case .step(let step):
      flush()
      status(line(step))
      if json {
        pending = step.object
        let isEvaluated = step.step % evaluateEvery == 0 || step.step == step.totalSteps
        if !isEvaluated { flush() }
      }
    case .evaluated(let step, let loss, let bits):
      note(
        Bilingual(
          zh: "第 \(step) 步，留出集：损失 \(Numbers.fixed(loss, decimals: 4))，每字节 \(Numbers.fixed(bits, decimals: 4)) 比特。",
          en: "step \(step), held out: loss \(Numbers.fixed(loss, decimals: 4)), \(Numbers.fixed(bits, decimals: 4)) bits per byte."))
      if pending?["step"] == .integer(step) {
        pending?["heldout_loss"] = .number(loss)
        pending?["heldout_bits_per_byte"] = .number(bits)
      }
      flush()
    case .checkpoint(let path):
      flush()
      note(Bilingual(zh: "已保存 \(path)", en: "saved \(path)"))
    case .finished, .sampled: flush()
    }
  }

  /// The run's last words.
  func finish(_ path: String) throws {
    flush()
    if let failure { throw failure }
    if json { try Output.json(["checkpoint": .string(path)]) } else { try Output.text(path + "\n") }
  }

  private func flush() {
    guard let object = pending else { return }
    pending = nil
    do { try Output.json(.object(object)) } catch { failure = failure ?? error }
  }

  private func line(_ step: TrainingStep) -> Bilingual {
    let (loss, rate, left) = (
      Numbers.fixed(step.loss, decimals: 4), Numbers.count(step.tokensPerSecond), TrainingWords.duration(step.secondsLeft)
    )
    return Bilingual(
      zh: "第 \(step.step)/\(step.totalSteps) 步  损失 \(loss)  \(rate) token/s  剩余 \(left)",
      en: "step \(step.step)/\(step.totalSteps)  loss \(loss)  \(rate) tokens/s  \(left) left")
  }

  /// On a terminal one line that is replaced, elsewhere a line each.
  private func status(_ text: Bilingual) {
    if Output.errorIsTerminal { Output.statusLine(DisplayText(text[.current])) } else { Output.error(text[.current]) }
  }

  private func note(_ text: Bilingual) {
    if Output.errorIsTerminal { Output.statusLine("") }
    Output.error(text[.current])
  }
}
