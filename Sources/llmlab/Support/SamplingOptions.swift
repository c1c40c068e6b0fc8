// How tokens are chosen, as options of every command that generates. Not here: what the settings mean (SamplingSettings).
import ArgumentParser
import Inference
import Languages

struct SamplingOptions: ParsableArguments {
  @Option(help: "0 takes the most probable token. · 0 表示总取概率最大的 token。") var temperature: Double?
  @Option(help: "Keep the k most probable tokens; 0 keeps all. · 只保留概率最大的 k 个；0 表示全部。") var topK: Int?
  @Option(help: "Keep the smallest set with probability p. · 保留累计概率达到 p 的最小集合。") var topP: Double?
  @Option(help: "Keep tokens at least p times as probable as the best. · 保留概率不低于最大值 p 倍的 token。") var minP: Double?
  @Option(help: "Penalty on recent tokens; 1 is none. · 对近期 token 的惩罚；1 表示不惩罚。") var repetitionPenalty: Double?
  @Option(help: "The same seed gives the same text. · 种子相同，文本相同。") var seed: UInt64?
  @Option(help: "Stop after n tokens. · 最多生成 n 个 token。") var maxTokens: Int?

  /// What was asked for, and of the rest the command's own choice.
  func settings(_ base: SamplingSettings) -> SamplingSettings {
    var settings = base
    settings.temperature = temperature ?? base.temperature
    settings.topK = topK ?? base.topK
    settings.topP = topP ?? base.topP
    settings.minP = minP ?? base.minP
    settings.repetitionPenalty = repetitionPenalty ?? base.repetitionPenalty
    settings.seed = seed ?? base.seed
    return settings
  }

  func validate() throws {
    do { try settings(.greedy).check() } catch { throw Failure.usage(error.message) }
    if let maxTokens, maxTokens < 1 {
      throw Failure.usage(zh: "--max-tokens 至少为 1", en: "--max-tokens must be at least 1")
    }
  }
}
