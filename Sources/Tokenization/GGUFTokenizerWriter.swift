// Tokenizers as the metadata of GGUF. What the format or its readers have no place for is an error. Not here: reading (GGUFTokenizer).
import Languages
import ModelFiles

/// A tokenizer that GGUF cannot hold.
public struct GGUFTokenizerError: BilingualError, Hashable {
  let part: Bilingual

  public var message: Bilingual {
    Bilingual(
      zh: "GGUF 无法保存这个分词器：\(part.zh)。请导出为 Hugging Face 格式。",
      en: "GGUF cannot hold this tokenizer: \(part.en). Export in Hugging Face format instead.")
  }
}

extension Tokenizer {
  private typealias Key = GGUFTokenizerKey

  /// The metadata that `init(gguf:)` and llama.cpp read back.
  public func ggufMetadata() throws(GGUFTokenizerError) -> [(key: String, value: GGUFValue)] {
    var metadata: [(key: String, value: GGUFValue)]
    switch pipeline.model {
    case .bytePairs(let options) where options.isByteLevel: metadata = try byteLevelMetadata(options)
    case .bytePairs: metadata = try sentencePieceMetadata(scores: mergeScores())
    case .scoredPairs: metadata = try sentencePieceMetadata(scores: vocabulary.scores)
    case .unigram: metadata = try unigramMetadata()
    case .wordPiece(let marking, _): metadata = try wordPieceMetadata(marking)
    case .wordLevel: throw Self.noPlace(zh: "WordLevel 模型", en: "a WordLevel model")
    }
    metadata.append((Key.types, .int32s(vocabulary.kinds.map(\.rawValue))))
    for (key, id) in [(Key.bos, bos), (Key.eos, roles.eos), (Key.unknown, roles.unknown), (Key.padding, roles.padding)] {
      if let id { metadata.append((key, .uint32(id))) }
    }
    // Readers know some ends by their spelling: keys go to the others first.
    let ends = roles.furtherEnds.subtracting(roles.eos.map { [$0] } ?? [])
    let known = EndSpellings.ids(in: vocabulary)
    guard ends.subtracting(known).count <= Key.furtherEnds.count else {
      throw Self.noPlace(zh: "结束 token 太多", en: "it has too many tokens that end a text")
    }
    for (key, id) in zip(Key.furtherEnds, ends.subtracting(known).sorted() + ends.intersection(known).sorted()) {
      metadata.append((key, .uint32(id)))
    }
    try checkFlags()
    guard roles.opening.isEmpty else { throw Self.noPlace(zh: "文本前的多个 token", en: "several tokens before a text") }
    metadata.append((Key.addsBOS, .bool(addsBOS)))
    if addsEOS { metadata.append((Key.addsEOS, .bool(true))) }
    if let chatTemplate { metadata.append((Key.chatTemplate, .string(chatTemplate))) }
    return metadata
  }

  /// How added tokens are looked for has no keys. A special token that no template writes is never looked for.
  private func checkFlags() throws(GGUFTokenizerError) {
    for (id, flags) in added.flags.sorted(by: { $0.key < $1.key }) {
      let spelling = vocabulary.spellings[id]
      let isText = vocabulary.kinds[id] == .userDefined
      guard isText || chatTemplate?.contains(spelling) == true else { continue }
      // Space behind the special tokens of Phi-3 is a rule that readers of GGUF know by the model.
      guard !flags.stripsLeft, !flags.isSingleWord, !(isText && flags.stripsRight) else {
        throw Self.noPlace(
          zh: "“\(spelling)”带走旁边的空白，或只作为整个词", en: "“\(spelling)” takes white space with it or is a whole word only")
      }
    }
  }

  private static func noPlace(zh: String, en: String) -> GGUFTokenizerError { GGUFTokenizerError(part: Bilingual(zh: zh, en: en)) }

  /// The spellings, which must differ; an id that the vocabulary leaves out still needs one of its own.
  private func spellings(_ spelling: (Int) -> String) throws(GGUFTokenizerError) -> GGUFValue {
    let spellings = vocabulary.kinds.indices.map { vocabulary.kinds[$0] == .unused ? "[UNUSED\($0)]" : spelling($0) }
    let table = TokenTable(ByteStrings(spellings.map(\.utf8)))
    guard spellings.indices.allSatisfy({ table.index(of: spellings[$0].utf8) == Int32($0) }) else {
      throw Self.noPlace(zh: "两个 token 在那里拼写相同", en: "two of its tokens are spelled alike there")
    }
    return .strings(spellings)
  }

  private func byteLevelMetadata(_ options: BytePairOptions) throws(GGUFTokenizerError) -> [(key: String, value: GGUFValue)] {
    // llama.cpp's converter drops NFC as well: there is no key for it.
    guard pipeline.normalizer.steps.isEmpty || pipeline.normalizer.steps == [.form(.nfc)] else {
      throw Self.noPlace(zh: "规范化步骤", en: "its normalizer")
    }
    guard options.continuingPrefix.isEmpty, options.endSuffix.isEmpty else {
      throw Self.noPlace(zh: "子词前后缀", en: "its prefix or suffix of subwords")
    }
    guard let named = pipeline.preTokenizer.ggufName(ignoringMerges: options.ignoresMerges) else {
      throw Self.noPlace(zh: "这种切分方式没有名称", en: "its split has no name there")
    }
    let spellings = vocabulary.spellings
    return [
      (Key.model, .string("gpt2")), (Key.pre, .string(named.names[0])), (Key.tokens, try self.spellings { spellings[$0] }),
      (Key.merges, .strings(merges.map { "\(spellings[Int($0.left)]) \(spellings[Int($0.right)])" })),
    ]
  }

  private func sentencePieceMetadata(scores: [Float]) throws(GGUFTokenizerError) -> [(key: String, value: GGUFValue)] {
    let prepends = pipeline.normalizer == .sentencePiece(prependsSpace: true)
    guard prepends || pipeline.normalizer == .sentencePiece(prependsSpace: false), pipeline.preTokenizer.steps.isEmpty else {
      throw Self.noPlace(zh: "规范化或切分步骤", en: "its normalizer or pre-tokenizer")
    }
    return [
      (Key.model, .string("llama")), (Key.pre, .string("default")), (Key.tokens, try spellings { vocabulary.spellings[$0] }),
      (Key.scores, .float32s(scores)), (Key.addsSpace, .bool(prepends)),
    ]
  }

  /// Scores by which merging gives what merging by rank gives: of each token minus the rank of its merges, which must follow one another and be
  /// all that the vocabulary allows.
  private func mergeScores() throws(GGUFTokenizerError) -> [Float] {
    var scores = [Float](repeating: 0, count: vocabulary.count)
    var isDone = [Bool](repeating: false, count: vocabulary.count)
    var last: Int32 = -1
    var group: Float = 0
    for merge in merges where vocabulary.kinds[Int(merge.merged)].isText {
      if merge.merged != last {
        guard !isDone[Int(merge.merged)] else {
          throw Self.noPlace(zh: "合并规则的次序不能用分数表示", en: "the order of its merges is none of scores")
        }
        isDone[Int(merge.merged)] = true
        last = merge.merged
        group -= 1
      }
      scores[Int(merge.merged)] = group
    }
    guard splits().count == merges.count(where: { vocabulary.kinds[Int($0.merged)].isText }) else {
      throw Self.noPlace(zh: "词表允许合并规则之外的合并", en: "its vocabulary allows more merges than it has")
    }
    return scores
  }

  private func unigramMetadata() throws(GGUFTokenizerError) -> [(key: String, value: GGUFValue)] {
    var steps = pipeline.normalizer.steps
    var metadata: [(key: String, value: GGUFValue)] = [
      (Key.model, .string("t5")), (Key.tokens, try spellings { vocabulary.spellings[$0] }), (Key.scores, .float32s(vocabulary.scores)),
    ]
    if case .precompiled(let map) = steps.first {
      metadata.append((Key.characterMap, .integers(map.blob.map { Int($0) }, .uint8)))
      steps.removeFirst()
    }
    let isCollapsing = [true, false].first { Normalizer.sentencePiece(prependsSpace: true, collapsesSpaces: $0).steps == steps }
    guard let isCollapsing, pipeline.preTokenizer.steps.isEmpty, !pipeline.model.hasByteFallback else {
      throw Self.noPlace(zh: "规范化或切分步骤", en: "its normalizer or pre-tokenizer")
    }
    return metadata + [(Key.addsSpace, .bool(true)), (Key.removesExtraSpaces, .bool(isCollapsing))]
  }

  private func wordPieceMetadata(_ marking: WordPieceModel.Marking) throws(GGUFTokenizerError) -> [(key: String, value: GGUFValue)] {
    guard case .bert(true, true, let stripsAccents, let lowercases) = pipeline.normalizer.steps.first, pipeline.normalizer.steps.count == 1,
      pipeline.preTokenizer.steps == [.bert]
    else { throw Self.noPlace(zh: "规范化或切分步骤", en: "its normalizer or pre-tokenizer") }
    var metadata: [(key: String, value: GGUFValue)] = [
      (Key.model, .string("bert")),
      (
        Key.tokens,
        try spellings { id in
          guard vocabulary.kinds[id].isText else { return vocabulary.spellings[id] }
          let (word, begins) = marking.word(of: vocabulary.spellings[id])
          return (begins ? "\u{2581}" : "") + String(decoding: word, as: UTF8.self)
        }
      ),
      (Key.lowercases, .bool(lowercases)), (Key.stripsAccents, .bool(stripsAccents)),
    ]
    if let separator = roles.closing.first { metadata.append((Key.separator, .uint32(separator))) }
    return metadata
  }
}

extension Tokenizer {
  /// All ways in which a token of the vocabulary is two others: what may merge where scores decide.
  func splits() -> [Merge] {
    let strings = ByteStrings(vocabulary.spellings.map(\.utf8))
    let table = TokenTable(strings) { vocabulary.kinds[$0].isText }
    var merges: [Merge] = []
    for id in strings.indices where vocabulary.kinds[id].isText {
      let bytes = strings[id]
      // A long token of a hostile file must not cost its length squared.
      guard bytes.count <= SpecialMatcher.maximumLength else { continue }
      for cut in bytes.indices.dropFirst() where bytes[cut] & 0xC0 != 0x80 {
        guard let left = table.index(of: bytes[..<cut]), let right = table.index(of: bytes[cut...]) else { continue }
        merges.append(Merge(left: left, right: right, merged: Int32(id)))
      }
    }
    return merges
  }
}
