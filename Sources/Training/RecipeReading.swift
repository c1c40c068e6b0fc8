// Recipes from YAML and back: every key is known, every number in its range, or the error names the place. Not here: what the numbers do.
import Foundation
import Languages
import ModelFiles
import Models
import Tokenization
import Yams

extension Recipe {
  /// Reads and checks a recipe.
  public init(yaml: String, file: String) throws(FileError) {
    func fail(_ place: String, _ problem: Bilingual, _ mend: Bilingual) -> FileError {
      FileError(file: file, place: place, problem: problem, mend: mend)
    }
    let compare = Bilingual(zh: "请对照内置配方检查键名和数值类型", en: "Compare keys and types with the built-in recipe")
    guard yaml.utf8.count <= Recipe.maximumBytes else {
      throw fail("YAML", Bilingual(zh: "文件太大", en: "the file is too large"), compare)
    }
    // A few aliases of aliases stand for more values than any memory holds.
    if let line = Recipe.lineWithAlias(yaml) {
      throw fail(
        "line \(line)", Bilingual(zh: "配方不支持 YAML 锚点和别名", en: "anchors and aliases of YAML are not supported in recipes"),
        Bilingual(zh: "请把值直接写出来", en: "Write the values out"))
    }
    let unreadable = Bilingual(zh: "训练配方无法读取", en: "the recipe cannot be read")
    do { self = try YAMLDecoder().decode(Recipe.self, from: yaml) } catch { throw fail(Recipe.place(of: error), unreadable, compare) }
    for rule in ranges where !rule.holds {
      throw fail(
        rule.place, Bilingual(zh: "数值超出范围", en: "the value is out of range"),
        Bilingual(zh: "应为：\(rule.range.zh)", en: "Expected: \(rule.range.en)"))
    }
    let unknown: String?
    do {
      unknown = try Recipe.unknownKey(compose(yaml: yaml), compose(yaml: self.yaml()))
    } catch { throw fail(Recipe.place(of: error), unreadable, compare) }
    if let unknown { throw fail(unknown, Bilingual(zh: "不认识这个键", en: "this key is unknown"), compare) }
  }

  /// The recipe as text that `init(yaml:file:)` reads back as the same recipe; the same recipe gives the same text.
  ///
  /// It is JSON, which is YAML too: Yams writes 15 digits of a number, and a resumed run needs every bit.
  public func yaml() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  static let maximumBytes = 64 << 10

  private static func lineWithAlias(_ yaml: String) -> Int? {
    let lines = yaml.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let found = lines.firstIndex { line in line.prefix { $0 != UInt8(ascii: "#") }.contains { "&*".utf8.contains($0) } }
    return found.map { $0 + 1 }
  }

  /// The path of the first key that the recipe, written out again, does not have.
  private static func unknownKey(_ written: Node?, _ known: Node?, path: String = "") -> String? {
    if let parts = written?.sequence, let knownParts = known?.sequence {
      return zip(parts, knownParts).enumerated().lazy.compactMap { unknownKey($1.0, $1.1, path: "\(path)[\($0)]") }.first
    }
    guard let members = written?.mapping, let knownMembers = known?.mapping else { return nil }
    return members.lazy.compactMap { key, value -> String? in
      let place = path.isEmpty ? key.string ?? "?" : "\(path).\(key.string ?? "?")"
      guard let other = knownMembers[key] else { return place }
      return unknownKey(value, other, path: place)
    }.first
  }

  private static func place(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context): (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context), DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty ? "YAML" : context.codingPath.map(\.stringValue).joined(separator: ".")
    default: "YAML"
    }
  }

  // MARK: Ranges

  private struct Rule {
    let place: String
    let holds: Bool
    let range: Bilingual

    init(_ place: String, _ holds: Bool, _ range: String) { self.init(place, holds, Bilingual(same: range)) }
    init(_ place: String, _ holds: Bool, _ range: Bilingual) { (self.place, self.holds, self.range) = (place, holds, range) }
  }

  private var ranges: [Rule] { nameRules + shapeRules + optimizerRules + stageRules }

  private var nameRules: [Rule] {
    [
      Rule(
        "name",
        !name.isEmpty && name.utf8.count <= 64 && name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) },
        "a-z 0-9 - _"),
      Rule("steps", (1...100_000_000).contains(steps), "1…100000000"),
      Rule("batchTokens", (16...1_000_000).contains(batchTokens), "16…1000000"),
      Rule("batches", (1...4096).contains(batches), "1…4096"),
      Rule("logEvery", logEvery > 0, "> 0"), Rule("checkpointEvery", checkpointEvery > 0, "> 0"),
      Rule("evaluateEvery", evaluateEvery > 0, "> 0"),
    ]
  }

  private var shapeRules: [Rule] {
    let rules = [
      Rule(
        "shape.vocabulary", (Recipe.smallestVocabulary...Limits.vocabulary).contains(shape.vocabulary),
        "\(Recipe.smallestVocabulary)…\(Limits.vocabulary)"),
      Rule("shape.hidden", (2...16384).contains(shape.hidden), "2…16384"),
      Rule("shape.layers", (1...Limits.layers).contains(shape.layers), "1…\(Limits.layers)"),
      Rule(
        "shape.heads", shape.heads > 0 && shape.hidden % max(1, shape.heads) == 0 && shape.hidden / max(1, shape.heads) % 2 == 0,
        Bilingual(zh: "hidden / heads 为偶数", en: "hidden / heads is an even number")),
      Rule(
        "shape.keyValueHeads", shape.keyValueHeads > 0 && shape.heads % max(1, shape.keyValueHeads) == 0,
        Bilingual(zh: "heads 的约数", en: "a divisor of heads")),
      Rule("shape.feedForward", (1...65536).contains(shape.feedForward), "1…65536"),
      Rule("shape.context", (8...65536).contains(shape.context), "8…65536"),
      Rule("shape.ropeBase", shape.ropeBase >= 1 && shape.ropeBase < 1e12, "1…1e12"),
      Rule("shape.normEpsilon", shape.normEpsilon > 0 && shape.normEpsilon < 1, "0…1"),
    ]
    // The count is of use, and safe, only when every number is in its range.
    guard rules.allSatisfy(\.holds) else { return rules }
    let count = parameterCount
    return rules + [
      Rule(
        "shape", count <= Recipe.largestModel,
        Bilingual(zh: "参数总数不超过 \(Recipe.largestModel)", en: "at most \(Recipe.largestModel) parameters"))
    ]
  }

  private var optimizerRules: [Rule] {
    [
      Rule("optimizer.rate", optimizer.rate > 0 && optimizer.rate <= 10, "0…10"),
      Rule("optimizer.warmup", (0...1).contains(optimizer.warmup), "0…1"),
      Rule("optimizer.floor", (0...1).contains(optimizer.floor), "0…1"),
      Rule("optimizer.decayShare", (0...1).contains(optimizer.decayShare ?? 0), "0…1"),
      Rule("optimizer.beta1", (0..<1).contains(optimizer.beta1), "0…1"), Rule("optimizer.beta2", (0..<1).contains(optimizer.beta2), "0…1"),
      Rule("optimizer.epsilon", optimizer.epsilon > 0 && optimizer.epsilon < 1, "0…1"),
      Rule("optimizer.weightDecay", (0...10).contains(optimizer.weightDecay), "0…10"),
      Rule("optimizer.clip", optimizer.clip > 0 && optimizer.clip.isFinite, "> 0"),
      Rule("distillation.temperature", (0.05...100).contains(distillation?.temperature ?? 1), "0.05…100"),
      Rule("distillation.share", (0...1).contains(distillation?.share ?? 0), "0…1"),
      Rule("optimizer.muon.momentum", (0..<1).contains(optimizer.muon?.momentum ?? 0), "0…1"),
      Rule("optimizer.muon.rateFactor", (0...100).contains(optimizer.muon?.rateFactor ?? 0), "0…100"),
    ]
  }

  private var stageRules: [Rule] {
    let shares = stages.reduce(0) { $0 + $1.share }
    var rules = [
      Rule(
        "stages.share", stages.allSatisfy { $0.share > 0 } && abs(shares - 1) < 1e-6,
        Bilingual(zh: "都大于 0，合计为 1", en: "each above 0, together 1"))
    ]
    for (i, stage) in stages.enumerated() {
      rules.append(Rule("stages[\(i)].promptLoss", (0...1).contains(stage.promptLoss), "0…1"))
      rules.append(Rule("stages[\(i)].mixture", !stage.mixture.isEmpty, Bilingual(zh: "至少一个部分", en: "one part at least")))
      for (part, weight) in stage.mixture.sorted(by: { $0.key < $1.key }) {
        let names = Corpus.partNames.joined(separator: ", ")
        rules.append(
          Rule(
            "stages[\(i)].mixture.\(part)", Corpus.partNames.contains(part),
            Bilingual(zh: "语料的一个部分：\(names)", en: "a part of the corpus: \(names)")))
        rules.append(Rule("stages[\(i)].mixture.\(part)", weight > 0 && weight < 1e9, "> 0"))
      }
    }
    return rules
  }

  /// The bytes and Sprout's special tokens.
  private static let smallestVocabulary = 256 + ChatTemplate.sproutSpecialTokens.count
  /// Weights, gradients and the optimizer's two moments take 16 bytes a parameter.
  private static let largestModel = 1 << 30
}
