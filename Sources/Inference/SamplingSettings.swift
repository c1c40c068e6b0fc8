// What a person can set about sampling. Not here: the arithmetic (Sampler).
import Languages

/// One filter of the sampler. The order in which they run is part of the settings, because it changes the result.
public enum SamplingFilter: String, Sendable, CaseIterable, Hashable, Codable {
  /// Divides positive and multiplies negative logits of recent tokens (Keskar et al. 2019).
  case repetitionPenalty = "repetition-penalty"
  case topK = "top-k"
  /// Smallest set whose probability reaches p (Holtzman et al. 2020).
  case topP = "top-p"
  /// Tokens at least p times as probable as the best (Nguyen et al. 2024).
  case minP = "min-p"
  case temperature

  /// The order of llama.cpp's default chain.
  public static let defaultOrder: [SamplingFilter] = [.repetitionPenalty, .topK, .topP, .minP, .temperature]
}

/// How the next token is chosen from the logits.
public struct SamplingSettings: Sendable, Hashable, Codable {
  /// 0 takes the most probable token; 1 leaves the distribution as it is.
  public var temperature: Double = 0
  /// 0 keeps all.
  public var topK = 0
  /// 1 keeps all.
  public var topP: Double = 1
  /// 0 keeps all.
  public var minP: Double = 0
  /// 1 changes nothing.
  public var repetitionPenalty: Double = 1
  /// How many of the last tokens the penalty looks at.
  public var repetitionWindow = 64
  public var seed: UInt64 = 0
  /// Filters run in this order; one that is left out does not run.
  public var order = SamplingFilter.defaultOrder

  public init() {}

  public static let greedy = SamplingSettings()

  /// The default of chat and of the lab's walks: lively, and repeatable by its seed.
  public static var lively: SamplingSettings {
    var settings = SamplingSettings()
    settings.temperature = 0.8
    settings.topK = 40
    settings.topP = 0.95
    return settings
  }

  /// Throws for numbers outside their ranges. The ranges keep every logit finite.
  public func check() throws(SamplingError) {
    let rules: [(String, Bool, String)] = [
      ("temperature", temperature == 0 || (temperature >= 1e-6 && temperature <= 100), "0, 0.000001…100"),
      ("top-k", topK >= 0, "≥ 0"),
      ("top-p", topP > 0 && topP <= 1, "0 < p ≤ 1"),
      ("min-p", minP >= 0 && minP <= 1, "0…1"),
      ("repetition-penalty", repetitionPenalty >= 0.01 && repetitionPenalty <= 100, "0.01…100"),
      ("repetition-window", repetitionWindow >= 0, "≥ 0"),
    ]
    for (name, holds, range) in rules where !holds { throw SamplingError(setting: name, range: Bilingual(same: range)) }
    guard Set(order).count == order.count else {
      throw SamplingError(setting: "order", range: Bilingual(zh: "每个过滤器至多一次", en: "each filter once at most"))
    }
  }
}

/// A sampling setting outside its range.
public struct SamplingError: BilingualError, Hashable {
  public let setting: String
  public let range: Bilingual

  public var message: Bilingual {
    Bilingual(
      zh: "采样设置 \(setting) 不合法，应为：\(range.zh)。", en: "The sampling setting \(setting) is not valid. Expected: \(range.en).")
  }
}
