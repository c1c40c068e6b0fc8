// A run with the shapes and the inner consistency of the lessons' model but invented weights: enough to compute every query.
import Course

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct SproutLikeRun: TraceValues {
  static let count = 9
  static let (layers, heads, groups, size, width, feedForward, vocabulary) = (4, 8, 4, 16, 128, 352, 6144)

  let cursor: LabCursor
  let tokens: [Int]

  init(_ state: LabState) {
    cursor = state.cursor
    tokens = (0..<Self.count).map { ($0 * 37 + 300) % Self.vocabulary }
  }

  func text(ofToken id: Int) -> String { "t\(id)" }
  func tokenID(of text: String) -> Int? { text.utf8.count == 1 ? Int(text.utf8.first!) : nil }

  func fact(_ fact: ModelFact) -> Double? {
    switch fact {
    case .layers: Double(Self.layers)
    case .heads: Double(Self.heads)
    case .keyValueHeads: Double(Self.groups)
    case .headSize: Double(Self.size)
    case .width: Double(Self.width)
    case .feedForward: Double(Self.feedForward)
    case .vocabulary: Double(Self.vocabulary)
    case .parameters: 1_526_000
    case .context: 512
    case .epsilon: 1e-5
    }
  }

  /// Numbers from −2 to 2 that depend on the name alone.
  private func noise(_ name: String, _ count: Int) -> [Float] {
    var state = name.utf8.reduce(UInt64(17)) { $0 &* 31 &+ UInt64($1) }
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) * 4 - 2
    }
  }

  func tensor(hook: String) -> TraceTensor? {
    let n = Self.count
    let parts = hook.split(separator: ".", maxSplits: 2)
    let name = parts.count == 3 && parts[0] == "blocks" ? String(parts[2]) : hook
    if parts.count == 3, let layer = Int(parts[1]), layer >= Self.layers { return nil }
    func made(_ shape: Int...) -> TraceTensor { TraceTensor(shape: shape, values: noise(hook, shape.reduce(1, *))) }
    switch name {
    case "logits": return made(n, Self.vocabulary)
    case "attn.hook_q", "attn.hook_rot_q", "attn.hook_z": return made(n, Self.heads, Self.size)
    case "attn.hook_k", "attn.hook_v", "attn.hook_rot_k": return made(n, Self.groups, Self.size)
    case "attn.hook_scores": return made(Self.heads, n, n)
    case "attn.hook_attn_scores": return masked("blocks.\(parts[1]).attn.hook_scores")
    case "attn.hook_pattern":
      guard let scores = masked("blocks.\(parts[1]).attn.hook_scores") else { return nil }
      var values = scores.values
      for row in 0..<Self.heads * n {
        let exps = values[row * n..<(row + 1) * n].map { exp($0) }
        let sum = exps.reduce(0, +)
        for key in 0..<n { values[row * n + key] = exps[key] / sum }
      }
      return TraceTensor(shape: scores.shape, values: values)
    case "mlp.hook_pre", "mlp.hook_pre_linear", "mlp.hook_post": return made(n, Self.feedForward)
    default: return made(n, Self.width)
    }
  }

  private func masked(_ hook: String) -> TraceTensor? {
    tensor(hook: hook).map { scores in
      let n = Self.count
      return TraceTensor(
        shape: scores.shape, values: scores.values.enumerated().map { $0.offset % n > $0.offset / n % n ? -.infinity : $0.element })
    }
  }
}
