// Normalizer, pre-tokenizer and decoder as parts of a tokenizer.json. Not here: reading them (HuggingFacePipeline, HuggingFaceDecoder).
import ModelFiles

/// One part as it is, several as a `Sequence`, none as null.
private func sequence(_ parts: [JSON], _ key: String) -> JSON {
  if parts.count < 2 { return parts.first ?? .null }
  var sequence: JSONObject = ["type": "Sequence"]
  sequence[key] = .array(parts)
  return .object(sequence)
}

extension SplitPattern {
  fileprivate var huggingFaceJSON: JSON { isLiteral ? ["String": .string(source)] : ["Regex": .string(source)] }
}

extension Normalizer {
  var huggingFaceJSON: JSON { sequence(steps.map(Self.json), "normalizers") }

  private static func json(_ step: Step) -> JSON {
    switch step {
    case .form(let form): ["type": .string(form.rawValue)]
    case .lowercase: ["type": "Lowercase"]
    case .stripAccents: ["type": "StripAccents"]
    case .replace(let pattern, let content): ["type": "Replace", "pattern": pattern.huggingFaceJSON, "content": .string(content)]
    case .prepend(let text): ["type": "Prepend", "prepend": .string(text)]
    case .strip(let left, let right): ["type": "Strip", "strip_left": .bool(left), "strip_right": .bool(right)]
    case .bert(let cleansText, let separatesChinese, let stripsAccents, let lowercases):
      [
        "type": "BertNormalizer", "clean_text": .bool(cleansText), "handle_chinese_chars": .bool(separatesChinese),
        "strip_accents": .bool(stripsAccents), "lowercase": .bool(lowercases),
      ]
    case .precompiled(let map): ["type": "Precompiled", "precompiled_charsmap": .string(Base64.encoded(map.blob))]
    }
  }
}

extension PreTokenizer {
  var huggingFaceJSON: JSON { sequence(steps.map(Self.json), "pretokenizers") }

  private static func json(_ step: Step) -> JSON {
    switch step {
    case .split(let pattern, let behavior, let isInverted):
      [
        "type": "Split", "pattern": pattern.huggingFaceJSON, "behavior": .string(behavior.rawValue), "invert": .bool(isInverted),
      ]
    case .byteLevel(let addsPrefixSpace, let usesPattern):
      ["type": "ByteLevel", "add_prefix_space": .bool(addsPrefixSpace), "trim_offsets": true, "use_regex": .bool(usesPattern)]
    case .metaspace(let replacement, let scheme, let splits):
      [
        "type": "Metaspace", "replacement": .string(String(replacement)), "prepend_scheme": .string(scheme.rawValue),
        "split": .bool(splits),
      ]
    case .digits(let isIndividual): ["type": "Digits", "individual_digits": .bool(isIndividual)]
    case .punctuation(let behavior): ["type": "Punctuation", "behavior": .string(behavior.rawValue)]
    case .whitespace: ["type": "Whitespace"]
    case .whitespaceSplit: ["type": "WhitespaceSplit"]
    case .bert: ["type": "BertPreTokenizer"]
    }
  }
}

extension Decoding {
  var huggingFaceJSON: JSON {
    switch spelling {
    case .byteAlphabet: return ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true]
    case .words(let marking, let cleansUp):
      let mark = if case .continuation(let mark) = marking { mark } else { "##" }
      return ["type": "WordPiece", "prefix": .string(mark), "cleanup": .bool(cleansUp)]
    case .text(let replacements):
      var steps: [JSON] = replacements.map {
        ["type": "Replace", "pattern": ["String": .string($0.from)], "content": .string($0.to)]
      }
      steps += [["type": "ByteFallback"], ["type": "Fuse"]]
      if stripsLeadingSpace { steps.append(["type": "Strip", "content": " ", "start": 1, "stop": 0]) }
      return sequence(steps, "decoders")
    }
  }
}
