// What a corpus consists of, for people: sizes of parts, and draws as text. Not here: learning from it.
import Models
import Tokenization

extension Corpus {
  /// A part in numbers.
  public struct PartStatistics: Sendable {
    public let name: String
    /// Authored texts, and their bytes in UTF-8.
    public let texts: Int
    public let bytes: Int
    /// Tokens of a presentation, markers included: mean of many draws.
    public let meanTokens: Double
    /// Different presentations among `draws`.
    public let distinct: Int
    public let draws: Int
    /// Probes at the default limit.
    public let probes: Int
  }

  /// Measures every part with so many draws.
  public func statistics(_ tokenizer: Tokenizer, draws: Int = 1000) -> [PartStatistics] {
    let packing = Packing(tokenizer, context: .max - 1)
    return parts.map { name, part in
      var random = RandomSource(seed: 1)
      var (tokens, seen) = (0, Set<[Int]>())
      for _ in 0..<draws {
        let ids = packing.encoded(part.draw(&random)).ids
        tokens += ids.count
        seen.insert(ids)
      }
      let texts = part.texts
      return PartStatistics(
        name: name, texts: texts.count, bytes: texts.reduce(0) { $0 + $1.utf8.count }, meanTokens: Double(tokens) / Double(max(1, draws)),
        distinct: seen.count, draws: draws, probes: part.probes(&random, limit: 200).count)
    }
  }

  /// Presentations of a part as they are learned, special tokens and all; nil when there is no such part.
  public func draws(of name: String, count: Int, seed: UInt64, _ tokenizer: Tokenizer) -> [String]? {
    guard let part = parts.first(where: { $0.name == name })?.part else { return nil }
    let packing = Packing(tokenizer, context: .max - 1)
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in tokenizer.decode(packing.encoded(part.draw(&random)).ids) }
  }
}
