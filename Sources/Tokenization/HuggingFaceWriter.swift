// Writes tokenizer.json and tokenizer_config.json so that the `tokenizers` and `transformers` libraries give equal ids. Not here: files on disk.
import ModelFiles

extension Tokenizer {
  /// The document of `tokenizer.json`.
  public func huggingFaceJSON() -> JSON {
    var model: JSONObject = [
      "type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": .null, "end_of_word_suffix": .null,
      "fuse_unk": false,
      "byte_fallback": false, "ignore_merges": false,
    ]
    if let unknown = roles.unknown { model["unk_token"] = .string(vocabulary.spellings[unknown]) }
    if case .sentencePiece(let rules) = scheme {
      model["fuse_unk"] = .bool(rules.fusesUnknown)
      model["byte_fallback"] = .bool(rules.hasByteFallback)
    }
    var vocab = JSONObject()
    for (id, spelling) in vocabulary.spellings.enumerated() where vocabulary.kinds[id] != .unused { vocab[spelling] = .integer(id) }
    model["vocab"] = .object(vocab)
    model["merges"] = .array(mergeSpellings())

    return [
      "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": .array(addedTokens()), "normalizer": normalizerJSON,
      "pre_tokenizer": preTokenizerJSON, "post_processor": postProcessorJSON, "decoder": decoderJSON, "model": .object(model),
    ]
  }

  /// The document of `tokenizer_config.json`.
  public func huggingFaceConfig() -> JSON {
    var config: JSONObject = [
      "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false, "add_bos_token": .bool(addsBOS),
    ]
    for (key, id) in [("bos_token", bos), ("eos_token", roles.eos), ("pad_token", roles.padding), ("unk_token", roles.unknown)] {
      if let id { config[key] = .string(vocabulary.spellings[id]) }
    }
    if let chatTemplate { config["chat_template"] = .string(chatTemplate) }
    return .object(config)
  }

  private func addedTokens() -> [JSON] {
    vocabulary.kinds.indices.filter { [.control, .userDefined, .unknown].contains(vocabulary.kinds[$0]) }.map { id in
      [
        "id": .integer(id), "content": .string(vocabulary.spellings[id]), "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": .bool(vocabulary.kinds[id] != .userDefined),
      ]
    }
  }

  /// `"a b"`, which every version of the library reads; pairs where a token holds a space.
  private func mergeSpellings() -> [JSON] {
    let parts = merges.pairs.map { (vocabulary.spellings[Int($0.left)], vocabulary.spellings[Int($0.right)]) }
    if parts.contains(where: { $0.utf8.contains(0x20) || $1.utf8.contains(0x20) }) { return parts.map { [.string($0), .string($1)] } }
    return parts.map { .string("\($0) \($1)") }
  }

  private var normalizerJSON: JSON {
    guard case .sentencePiece(let rules) = scheme else { return .null }
    let replace: JSON = ["type": "Replace", "pattern": ["String": " "], "content": "\u{2581}"]
    guard rules.prependsSpace else { return replace }
    return ["type": "Sequence", "normalizers": [["type": "Prepend", "prepend": "\u{2581}"], replace]]
  }

  private var preTokenizerJSON: JSON {
    let byteLevel: JSON = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true]
    switch scheme {
    case .sentencePiece: return .null
    case .byteLevel(.gpt2): return byteLevel
    case .byteLevel(.smollm):
      return ["type": "Sequence", "pretokenizers": [["type": "Digits", "individual_digits": true], byteLevel]]
    }
  }

  private var postProcessorJSON: JSON {
    guard addsBOS, let bos else { return .null }
    let spelling = JSON.string(vocabulary.spellings[bos])
    func special(_ type: Int) -> JSON { ["SpecialToken": ["id": spelling, "type_id": .integer(type)]] }
    func sequence(_ name: String, _ type: Int) -> JSON { ["Sequence": ["id": .string(name), "type_id": .integer(type)]] }
    var tokens = JSONObject()
    tokens[vocabulary.spellings[bos]] = ["id": spelling, "ids": [.integer(bos)], "tokens": [spelling]]
    return [
      "type": "TemplateProcessing", "single": [special(0), sequence("A", 0)],
      "pair": [special(0), sequence("A", 0), special(1), sequence("B", 1)], "special_tokens": .object(tokens),
    ]
  }

  private var decoderJSON: JSON {
    guard case .sentencePiece(let rules) = scheme else {
      return ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true]
    }
    let strip: [JSON] = rules.stripsLeadingSpace ? [["type": "Strip", "content": " ", "start": 1, "stop": 0]] : []
    return .object([
      "type": "Sequence",
      "decoders": .array(
        [["type": "Replace", "pattern": ["String": "\u{2581}"], "content": " "], ["type": "ByteFallback"], ["type": "Fuse"]] + strip),
    ])
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }
}
