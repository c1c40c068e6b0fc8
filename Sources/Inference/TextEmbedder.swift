// From a text to its vector: tokens, hidden states, pooling. Encoders are made for it; decoders can serve too. Not here: how files say which way
// (EmbeddingSettings).
import Languages
import ModelFiles
import Models
import Tokenization

/// Why a text has no vector.
public enum EmbeddingError: BilingualError, Hashable {
  case empty
  case tooLong(tokens: Int, limit: Int)
  case notFinite

  public var message: Bilingual {
    switch self {
    case .empty: Bilingual(zh: "文本为空：模型至少需要一个 token。", en: "The text is empty: the model needs at least one token.")
    case .tooLong(let tokens, let limit):
      Bilingual(
        zh: "文本有 \(tokens) 个 token，超出模型的上限 \(limit)。请缩短或拆分文本；加 --truncate 则只取开头部分。",
        en:
          "The text has \(tokens) tokens, more than the model's limit of \(limit). Shorten or split it; with --truncate only its beginning is read."
      )
    case .notFinite:
      Bilingual(
        zh: "模型算出了非有限数值（NaN 或无穷）。权重可能已损坏。",
        en: "The model computed numbers that are not finite (NaN or infinity). Its weights may be damaged.")
    }
  }
}

/// The vector of one text.
public struct TextEmbedding: Sendable, Hashable {
  public let vector: [Float]
  /// The tokens that it was computed from, those of the frame included ([CLS] and [SEP], BOS).
  public let tokens: [Int]
  public let isTruncated: Bool

  public init(vector: [Float], tokens: [Int], isTruncated: Bool) {
    (self.vector, self.tokens, self.isTruncated) = (vector, tokens, isTruncated)
  }

  /// The cosine of the angle between two vectors: 1 in the same direction, 0 where one of them is all zeros.
  public func cosine(to other: TextEmbedding) -> Double {
    precondition(vector.count == other.vector.count, "vectors of one model are equally long")
    var (product, own, others) = (0.0, 0.0, 0.0)
    for (a, b) in zip(vector, other.vector) {
      product += Double(a) * Double(b)
      own += Double(a) * Double(a)
      others += Double(b) * Double(b)
    }
    return own > 0 && others > 0 ? product / (own * others).squareRoot() : 0
  }
}

/// A model, its tokenizer, and the way from hidden states to one vector.
public struct TextEmbedder: Sendable {
  /// The file's or folder's own name, for display.
  public let name: String
  public let path: String
  public let model: any HiddenStateModel
  public let tokenizer: Tokenizer
  /// As the files say; whoever knows better changes it.
  public var settings: EmbeddingSettings

  public init(
    name: String, path: String, model: any HiddenStateModel, tokenizer: Tokenizer, settings: EmbeddingSettings = EmbeddingSettings()
  ) {
    (self.name, self.path, self.model) = (name, path, model)
    (self.tokenizer, self.settings) = (tokenizer, settings)
  }

  /// Opens an encoder, or a decoder to read its final hidden states, from a folder with config.json or a GGUF file.
  public init(path: String) throws(FileError) {
    let contents = try ModelContents(path: path)
    (self.path, name) = (path, contents.name)
    settings = try contents.embeddingSettings()
    tokenizer = try contents.tokenizer()
    model = contents.encoderFamily == nil ? try contents.transformer() : try contents.encoder()
    try contents.check(tokenizer, fits: model)
  }

  /// Whether a path holds a model that only embeds; its header is read.
  public static func isEncoder(path: String) throws(FileError) -> Bool { try ModelContents(path: path).encoderFamily != nil }

  /// Tokens of the longest text.
  public var maximumTokens: Int { min(model.contextLength, settings.maximumTokens ?? .max) }

  /// The vector of a text. Throws `EmbeddingError`, or `Run.Cancelled`.
  /// - Parameter truncating: whether only the beginning of a text that is too long is read.
  public func embed(_ text: String, truncating: Bool = false, isCancelled: @escaping () -> Bool = { false }) throws -> TextEmbedding {
    let (ids, isTruncated) = try tokens(of: text, truncating: truncating)
    return TextEmbedding(vector: try vector(of: ids, isCancelled: isCancelled), tokens: ids, isTruncated: isTruncated)
  }

  /// The ids of a text within the frame that the model was trained with, at most `maximumTokens`.
  /// - Parameter truncating: whether only the beginning of a text that is too long is taken; the frame around it stays.
  public func tokens(of text: String, truncating: Bool = false) throws(EmbeddingError) -> (ids: [Int], isTruncated: Bool) {
    let all = tokenizer.encode(settings.lowercases ? text.lowercased() : text, addingBOS: true, addingEOS: true)
    if all.isEmpty { throw .empty }
    if all.count <= maximumTokens { return (all, false) }
    guard truncating else { throw .tooLong(tokens: all.count, limit: maximumTokens) }
    return (truncated(all), true)
  }

  /// The vector of ids that `tokens(of:)` made. Throws `EmbeddingError.notFinite`, or `Run.Cancelled`.
  public func vector(of ids: [Int], isCancelled: @escaping () -> Bool = { false }) throws -> [Float] {
    let vector = settings.pooling(try model.hidden(ids.map(Int32.init), Run(isCancelled: isCancelled)))
    guard vector.allSatisfy(\.isFinite) else { throw EmbeddingError.notFinite }
    return settings.normalizes ? unit(vector) : vector
  }

  /// Text never becomes a special token: the special ones at the end are the frame.
  private func truncated(_ tokens: [Int]) -> [Int] {
    let frame = tokens.reversed().prefix { tokenizer.vocabulary.isSpecial($0) }.count
    return Array(tokens.prefix(max(0, maximumTokens - frame)) + tokens.suffix(min(frame, maximumTokens)))
  }

  /// The vector at length 1; one of length 0 stays.
  private func unit(_ vector: [Float]) -> [Float] {
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return length > 0 ? vector.map { Float(Double($0) / length) } : vector
  }
}
