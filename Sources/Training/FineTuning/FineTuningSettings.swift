// The settings of fine-tuning, with defaults that suit small models; written into every checkpoint. Not here: doing it (FineTuning).
import Foundation
import Inference
import Languages
import ModelFiles
import Models

public struct FineTuningSettings: Codable, Sendable, Hashable {
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// Only an adapter is trained.
    case lora
    /// All weights are.
    case full
  }

  public var method: Method
  /// Of the adapter; not used by `full`.
  public var adapter: AdapterSettings
  public var schedule: Schedule
  /// Tokens of one step, about.
  public var batchTokens: Int
  /// Tokens of a document at most.
  public var length: Int
  public var seed: UInt64
  /// Share of the examples that is never trained on.
  public var evaluationShare: Double

  public init(
    method: Method = .lora, adapter: AdapterSettings = AdapterSettings(), steps: Int, rate: Double? = nil, batchTokens: Int = 1024,
    length: Int, seed: UInt64 = 0, evaluationShare: Double = 0.1
  ) {
    (self.method, self.adapter, self.batchTokens, self.length) = (method, adapter, batchTokens, length)
    (self.seed, self.evaluationShare) = (seed, evaluationShare)
    schedule = Schedule(
      steps: steps,
      optimizer: Recipe.Optimizer(
        rate: rate ?? Self.rate(method), warmup: 0.05, floor: 0.1, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, clip: 1),
      logEvery: max(1, min(10, steps / 10)), checkpointEvery: max(1, min(100, (steps + 3) / 4)), evaluateEvery: max(1, (steps + 3) / 4))
  }

  /// An adapter of small rank wants about ten times the rate of full fine-tuning.
  public static func rate(_ method: Method) -> Double { method == .lora ? 2e-3 : 2e-4 }

  static let fileName = "finetuning.json"

  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return Array(try encoder.encode(self)) + Array("\n".utf8)
  }

  init(file path: String) throws(FileError) {
    let bytes = try WholeFile.bytes(path, limit: 1 << 20)
    do { self = try JSONDecoder().decode(FineTuningSettings.self, from: Data(bytes)) } catch {
      throw FileError(
        file: path, place: "JSON", problem: Bilingual(zh: "微调设置无法读取", en: "the settings cannot be read"),
        mend: Bilingual(zh: "请换一个 --out 重新开始", en: "Begin anew in another folder"))
    }
  }
}

extension FineTuningSettings {
  /// Bytes that training takes beside the model as it was opened: f32 weights, the optimizer, activations of a step, logits of a chunk, and the plan
  /// that says which examples each batch holds.
  func memory(_ transformer: Transformer, tokensPerExample: Double = .infinity) -> Int {
    let c = transformer.configuration
    let all = Double(transformer.parameterCount)
    let trained = method == .full ? all : Double(c.parameterCount(of: adapter))
    let wide = 6 * c.hiddenSize + 3 * (c.queryWidth + c.keyValueWidth + c.intermediateSize)
    let activations = Double(batchTokens + length) * Double(c.layerCount) * Double(wide) * 1.3
    let logits = Double(512 + 2 * length) * Double(c.vocabularySize)
    // An array a batch, and four bytes an example in it.
    let plan = Double(schedule.steps) * Double(schedule.batches) * (40 + 4 * (Double(batchTokens) / tokensPerExample + 1))
    return Int(min(4 * (all + 4 * trained + activations + logits) + plan, 9e18))
  }

  fileprivate static func refusal(_ path: String, _ needed: Int, _ available: Int) -> FileError {
    let (need, have) = (MemoryPlan.text(needed), MemoryPlan.text(available))
    return FileError(
      file: path, place: "memory",
      problem: Bilingual(
        zh: "微调这个模型约需 \(need) 内存，现在只有 \(have) 可用", en: "fine-tuning this model takes about \(need) of memory, and \(have) are free"),
      mend: Bilingual(
        zh: "请换用更小的模型、--method lora，或调小 --batch-tokens、--steps",
        en: "Use a smaller model, --method lora, fewer --batch-tokens, or fewer --steps"))
  }

  func checkMemory(_ transformer: Transformer, _ path: String, tokensPerExample: Double = .infinity) throws(FileError) {
    let needed = memory(transformer, tokensPerExample: tokensPerExample)
    if let available = FreeMemory.bytes(), needed > available { throw Self.refusal(path, needed, available) }
  }
}
