// A small run with known values, so that queries and checks can be tested without a model.
import Course

/// Five tokens, two layers, two heads, a vocabulary of six.
struct FakeRun: TraceValues {
  var tokens = [0, 1, 2, 3, 4]
  var cursor = LabCursor(operation: "attn.hook_pattern", layer: 1, head: 0, query: 3, key: 2)
  static let words = ["<|bos|>", "Once", " upon", " a", " time", " cat"]

  func text(ofToken id: Int) -> String { Self.words.indices.contains(id) ? Self.words[id] : "?" }
  func tokenID(of text: String) -> Int? { Self.words.firstIndex(of: text) }

  /// Head 1 of layer 0 looks at the previous token alone; every other head evenly at all that it may see.
  private func pattern(layer: Int) -> TraceTensor {
    var values: [Float] = []
    for head in 0..<2 {
      for query in 0..<5 {
        for key in 0..<5 {
          let previous = layer == 0 && head == 1
          if previous { values.append(key == max(0, query - 1) ? 1 : 0) } else { values.append(key <= query ? 1 / Float(query + 1) : 0) }
        }
      }
    }
    return TraceTensor(shape: [2, 5, 5], values: values)
  }

  func tensor(hook: String) -> TraceTensor? {
    switch hook {
    case "blocks.0.attn.hook_pattern": pattern(layer: 0)
    case "blocks.1.attn.hook_pattern": pattern(layer: 1)
    case "blocks.0.attn.hook_attn_scores", "blocks.1.attn.hook_attn_scores":
      TraceTensor(shape: [2, 5, 5], values: (0..<50).map { $0 % 5 > $0 / 5 % 5 ? -.infinity : Float($0) })
    case "blocks.0.hook_resid_pre": TraceTensor(shape: [5, 2], values: [3, 4, 0, 0, 1, 1, 2, 0, 0, -1])
    case "blocks.0.attn.hook_scores": TraceTensor(shape: [2, 5, 5], values: (0..<50).map(Float.init))
    case "blocks.1.attn.hook_rot_q": TraceTensor(shape: [5, 2, 2], values: (0..<20).map(Float.init))
    case "logits":
      // Position p: the next token gets logit ln 5, the others 0: probability 5/10.
      TraceTensor(shape: [5, 6], values: (0..<30).map { $0 % 6 == $0 / 6 + 1 ? 1.609_437_9 : 0 })
    default: nil
    }
  }

  func fact(_ fact: ModelFact) -> Double? {
    switch fact {
    case .layers, .heads: 2
    case .headSize: 16
    case .epsilon: 1e-5
    default: nil
    }
  }
}
