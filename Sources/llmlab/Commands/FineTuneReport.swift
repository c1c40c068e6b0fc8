// What `llmlab finetune` says before and at its end. Not here: progress on the way (TrainingProgress).
import Languages
import ModelFiles
import Terminal
import Training

struct FineTuneReport {
  let fineTuning: FineTuning
  let samples: [FineTuningSample]
  let before: FineTuningMeasure
  let after: FineTuningMeasure
  let checkpoint: String
  let out: String
  let merged: String?

  /// What is about to happen, on standard error.
  static func plan(_ fineTuning: FineTuning, _ folder: String) {
    let (counts, settings) = (fineTuning.counts, fineTuning.settings)
    let trained = share(fineTuning)
    Output.note(
      Bilingual(
        zh: "\(counts.examples) 篇文档（留出 \(counts.heldOut) 篇），\(counts.tokens) 个 token，其中 \(counts.answerTokens) 个计入损失。",
        en:
          "\(counts.examples) documents (\(counts.heldOut) more held out), \(counts.tokens) tokens, of which \(counts.answerTokens) count towards the loss."
      ))
    if counts.cut > 0 {
      Output.note(
        Bilingual(
          zh: "\(counts.cut) 段对话超过 \(settings.length) 个 token，已截断或略去。可用 --length 放宽。",
          en: "\(counts.cut) chats have more than \(settings.length) tokens and are cut or left out. --length allows more."))
    }
    Output.note(
      Bilingual(
        zh: "训练 \(trained.zh)，共 \(settings.schedule.steps) 步，保存到 \(folder)。",
        en: "Training \(trained.en), \(settings.schedule.steps) steps, into \(folder)."))
  }

  /// 73728 / 1606400 (4.59 %)
  private static func share(_ fineTuning: FineTuning) -> Bilingual {
    let (count, total) = fineTuning.trainable
    let percent = Numbers.fixed(100 * Double(count) / Double(max(1, total)), decimals: 2)
    return Bilingual(
      zh: "\(total) 个参数中的 \(count) 个（\(percent) %）", en: "\(count) of \(total) parameters (\(percent) %)")
  }

  func print() throws {
    for (i, sample) in samples.enumerated() {
      try Output.data("\n")
      var rows = [
        ["[\(i + 1)]", sample.question], [Bilingual(zh: "之前", en: "before")[.current], before.answers[i]],
        [Bilingual(zh: "之后", en: "after")[.current], after.answers[i]],
      ]
      if let reference = sample.reference { rows.append([Bilingual(zh: "数据", en: "data")[.current], reference]) }
      try Table.print(rows)
    }
    try Output.data("\n")
    var rows: [[String]] = []
    if let a = before.validation, let b = after.validation {
      rows.append([
        Bilingual(zh: "留出例子的损失", en: "loss, held-out examples")[.current],
        "\(Numbers.fixed(a.nats, decimals: 4)) → \(Numbers.fixed(b.nats, decimals: 4))",
        Bilingual(zh: "纳特/token", en: "nats a token")[.current],
      ])
    }
    if let a = before.unrelated, let b = after.unrelated {
      let rise = a.bitsPerByte > 0 ? 100 * (b.bitsPerByte / a.bitsPerByte - 1) : 0
      rows.append([
        Bilingual(zh: "遗忘：无关文本", en: "forgetting: unrelated text")[.current],
        "\(Numbers.fixed(a.bitsPerByte, decimals: 4)) → \(Numbers.fixed(b.bitsPerByte, decimals: 4))",
        Bilingual(zh: "比特/字节", en: "bits a byte")[.current] + " (\(rise >= 0 ? "+" : "")\(Numbers.fixed(rise, decimals: 1)) %)",
      ])
    }
    rows.append([Bilingual(zh: "训练的参数", en: "trained")[.current], Self.share(fineTuning)[.current], ""])
    try Table.print(rows)
    if let merged { try Output.text(merged + "\n") }
    try Output.text(out + "\n")
  }

  var json: JSON {
    let (count, total) = fineTuning.trainable
    func loss(_ loss: HeldOutLoss?) -> JSON { loss.map { ["nats": .number($0.nats), "bits_per_byte": .number($0.bitsPerByte)] } ?? .null }
    var object: JSONObject = ["checkpoint": .string(checkpoint), "out": .string(out)]
    if let merged { object["merged"] = .string(merged) }
    object["parameters"] = .integer(total)
    object["trainable"] = .integer(count)
    object["validation"] = ["before": loss(before.validation), "after": loss(after.validation)]
    object["unrelated"] = ["before": loss(before.unrelated), "after": loss(after.unrelated)]
    object["samples"] = .array(
      samples.enumerated().map { i, sample in
        var entry: JSONObject = [
          "prompt": .string(sample.question), "before": .string(before.answers[i]), "after": .string(after.answers[i]),
        ]
        if let reference = sample.reference { entry["data"] = .string(reference) }
        return .object(entry)
      })
    return .object(object)
  }
}
