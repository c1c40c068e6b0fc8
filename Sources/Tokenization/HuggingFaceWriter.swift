// Writes tokenizer.json and tokenizer_config.json so that the `tokenizers` and `transformers` libraries give equal ids. Not here: files on disk,
// the parts of the pipeline (HuggingFacePipelineWriter).
import ModelFiles

extension Tokenizer {
  /// The document of `tokenizer.json`.
  public func huggingFaceJSON() -> JSON {
    let kinds = vocabulary.kinds.indices.filter { [.control, .userDefined, .unknown].contains(vocabulary.kinds[$0]) }
    return [
      "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": .array(kinds.map(addedToken)),
      "normalizer": pipeline.normalizer.huggingFaceJSON, "pre_tokenizer": pipeline.preTokenizer.huggingFaceJSON,
      "post_processor": postProcessorJSON, "decoder": pipeline.decoding.huggingFaceJSON, "model": modelJSON,
    ]
  }

  /// The document of `tokenizer_config.json`.
  public func huggingFaceConfig() -> JSON {
    var config: JSONObject = [
      "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false, "add_bos_token": .bool(addsBOS),
    ]
    if addsEOS { config["add_eos_token"] = true }
    for (key, id) in [("bos_token", bos), ("eos_token", roles.eos), ("pad_token", roles.padding), ("unk_token", roles.unknown)] {
      if let id { config[key] = .string(spelling(id)) }
    }
    if let chatTemplate { config["chat_template"] = .string(chatTemplate) }
    return .object(config)
  }

  private func addedToken(_ id: Int) -> JSON {
    let flags = added.flags[id] ?? AddedTokenFlags()
    return [
      "id": .integer(id), "content": .string(vocabulary.spellings[id]), "single_word": .bool(flags.isSingleWord),
      "lstrip": .bool(flags.stripsLeft), "rstrip": .bool(flags.stripsRight), "normalized": .bool(flags.isNormalized),
      "special": .bool(vocabulary.kinds[id] != .userDefined),
    ]
  }

  // MARK: Model

  private var modelJSON: JSON {
    let unknown = roles.unknown.map { JSON.string(vocabulary.spellings[$0]) } ?? .null
    switch pipeline.model {
    case .bytePairs(let options): return bytePairsJSON(options, merges, unknown)
    case .scoredPairs(let hasByteFallback):
      let options = BytePairOptions(isByteLevel: false, hasByteFallback: hasByteFallback, fusesUnknown: !hasByteFallback)
      // Best score first; the ways to one token stay together.
      let ranked = splits().enumerated().sorted { a, b in
        let (x, y) = (vocabulary.scores[Int(a.element.merged)], vocabulary.scores[Int(b.element.merged)])
        return x != y ? x > y : a.offset < b.offset
      }
      return bytePairsJSON(options, ranked.map(\.element), unknown)
    case .unigram(let hasByteFallback, _):
      return [
        "type": "Unigram", "unk_id": roles.unknown.map(JSON.integer) ?? .null,
        "vocab": .array(
          vocabulary.spellings.indices.map { [.string(spelling($0)), .number(Double(vocabulary.scores[$0]))] }),
        "byte_fallback": .bool(hasByteFallback),
      ]
    case .wordPiece(let marking, let longestWord):
      let mark = if case .continuation(let mark) = marking { mark } else { "##" }
      return [
        "type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": .string(mark),
        "max_input_chars_per_word": .integer(longestWord), "vocab": vocabJSON,
      ]
    case .wordLevel: return ["type": "WordLevel", "vocab": vocabJSON, "unk_token": unknown]
    }
  }

  private func bytePairsJSON(_ options: BytePairOptions, _ merges: [Merge], _ unknown: JSON) -> JSON {
    func affix(_ text: String) -> JSON { text.isEmpty ? .null : .string(text) }
    return [
      "type": "BPE", "dropout": .null, "unk_token": unknown, "continuing_subword_prefix": affix(options.continuingPrefix),
      "end_of_word_suffix": affix(options.endSuffix), "fuse_unk": .bool(options.fusesUnknown),
      "byte_fallback": .bool(options.hasByteFallback), "ignore_merges": .bool(options.ignoresMerges), "vocab": vocabJSON,
      "merges": .array(mergeSpellings(merges)),
    ]
  }

  private var vocabJSON: JSON {
    var vocab = JSONObject()
    for id in vocabulary.spellings.indices where vocabulary.kinds[id] != .unused { vocab[spelling(id)] = .integer(id) }
    return .object(vocab)
  }

  /// The token as tokenizer.json has it: continuations of words are marked there, not their beginnings; ids without token get a name.
  private func spelling(_ id: Int) -> String {
    let spelling = vocabulary.spellings[id]
    if vocabulary.kinds[id] == .unused { return "[UNUSED\(id)]" }
    guard case .wordPiece(.beginning(let mark), _) = pipeline.model, vocabulary.kinds[id].isText else { return spelling }
    let (word, begins) = WordPieceModel.Marking.beginning(mark).word(of: spelling)
    return (begins ? "" : "##") + String(decoding: word, as: UTF8.self)
  }

  /// `"a b"`, which every version of the library reads; pairs where a token holds a space.
  private func mergeSpellings(_ merges: [Merge]) -> [JSON] {
    let parts = merges.map { (vocabulary.spellings[Int($0.left)], vocabulary.spellings[Int($0.right)]) }
    if parts.contains(where: { $0.utf8.contains(0x20) || $1.utf8.contains(0x20) }) { return parts.map { [.string($0), .string($1)] } }
    return parts.map { .string("\($0) \($1)") }
  }

  // MARK: Post-processor

  private var postProcessorJSON: JSON {
    let (before, after) = (opening, closing)
    guard !before.isEmpty || !after.isEmpty else { return .null }
    func special(_ type: Int) -> (Int) -> JSON {
      { ["SpecialToken": ["id": .string(self.vocabulary.spellings[$0]), "type_id": .integer(type)]] }
    }
    func sequence(_ name: String, _ type: Int) -> [JSON] { [["Sequence": ["id": .string(name), "type_id": .integer(type)]]] }
    let first = before.map(special(0)) + sequence("A", 0) + after.map(special(0))
    let second = before.map(special(1)) + sequence("B", 1) + after.map(special(1))
    var tokens = JSONObject()
    for id in before + after {
      let spelling = JSON.string(vocabulary.spellings[id])
      tokens[vocabulary.spellings[id]] = ["id": spelling, "ids": [.integer(id)], "tokens": [spelling]]
    }
    return [
      "type": "TemplateProcessing", "single": .array(first), "pair": .array(first + second), "special_tokens": .object(tokens),
    ]
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }
}
