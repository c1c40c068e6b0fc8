// Whether a model fits this machine, decided before a weight is read. Not here: asking the system (FreeMemory).
import Languages
import ModelFiles
import Models

/// What a model needs at a context length, and what there is.
public struct MemoryPlan: Sendable {
  /// Bytes of the weights as they will lie in memory.
  public let weights: Int
  /// Bytes of the KV cache for one position.
  public let perPosition: Int
  /// Bytes of the largest passes beside them: logits, activations of a chunk of the prompt, the program itself.
  public let working: Int
  /// Bytes that the machine can give; nil where it does not say.
  public let available: Int?
  public let configuration: TransformerConfiguration

  public init(_ configuration: TransformerConfiguration, weights: Int, available: Int? = FreeMemory.bytes()) {
    self.configuration = configuration
    (self.weights, self.available) = (weights, available)
    perPosition = configuration.cacheBytesPerPosition
    let c = configuration
    let chunk = 256.0 * 4 * (4 * Double(c.hiddenSize) + 3 * Double(c.intermediateSize) + 3 * Double(c.queryWidth))
    working = Int(min(chunk + 8 * Double(c.vocabularySize) + 48e6, 1e15))
  }

  /// The plan of the model at a path, from its headers; nil where no model that generates is there.
  public static func of(_ path: String) throws(FileError) -> MemoryPlan? {
    let contents = try ModelContents(path: path)
    return contents.encoderFamily == nil ? try contents.memoryPlan() : nil
  }

  /// Bytes needed for a context of so many tokens.
  public func needed(context: Int) -> Int {
    Int(min(Double(weights) + Double(working) + Double(perPosition) * Double(context), 9e18))
  }

  /// A context that a first conversation needs; a model that cannot have it is not opened.
  public static let smallestContext = 512

  /// The longest context that fits beside the weights, at most the model's own; 0 where not even the smallest one fits.
  public var fittingContext: Int {
    guard let available else { return configuration.contextLength }
    let left = Double(available) - Double(weights) - Double(working)
    let positions = perPosition == 0 ? configuration.contextLength : Int(max(0, min(left / Double(perPosition), 1e9)))
    return positions < min(Self.smallestContext, configuration.contextLength) ? 0 : min(positions, configuration.contextLength)
  }

  /// Refuses a model that does not fit, and says what would.
  public func check(_ path: String) throws(FileError) {
    guard let available, fittingContext == 0 else { return }
    let smaller = Self.choices.first { mix in
      let bytes = configuration.weightBytes(mix)
      return bytes < weights && MemoryPlan(configuration, weights: bytes, available: available).fittingContext > 0
    }
    let needed = needed(context: min(Self.smallestContext, configuration.contextLength))
    let mend =
      smaller.map { mix in
        let (name, size) = (mix.rawValue, Self.text(configuration.weightBytes(mix)))
        return Bilingual(
          zh: "请换用 \(name) 量化的版本（权重约 \(size)；llmlab quantize --type \(name) 可以制作），或先关闭其他程序",
          en:
            "Use it quantized to \(name) (weights of about \(size); llmlab quantize --type \(name) makes it), or close other programs first"
        )
      }
    throw Self.refusal(path, needed: needed, available: available, smaller: mend)
  }

  /// The error of a model that does not fit.
  static func refusal(_ path: String, needed: Int, available: Int, smaller: Bilingual? = nil) -> FileError {
    let (need, have) = (text(needed), text(available))
    return FileError(
      file: path, place: "memory",
      problem: Bilingual(
        zh: "打开这个模型约需 \(need) 内存，现在只有 \(have) 可用", en: "opening this model takes about \(need) of memory, and \(have) are free"),
      mend: smaller ?? Bilingual(zh: "请换用更小的模型，或先关闭其他程序", en: "Use a smaller model, or close other programs first"))
  }

  /// The precisions that people choose between, largest first.
  public static let choices: [QuantizationMix] = [.f32, .bf16, .q8_0, .q6_k, .q5_k_m, .q4_k_m, .q3_k_m, .q2_k]

  /// 1.2 GiB, 340 MiB.
  public static func text(_ bytes: Int) -> String {
    let mebibytes = Double(bytes) / 1_048_576
    if mebibytes < 1000 { return "\(Int(mebibytes.rounded(.up))) MiB" }
    let tenths = Int((mebibytes / 1024 * 10).rounded(.up))
    return "\(tenths / 10).\(tenths % 10) GiB"
  }
}
