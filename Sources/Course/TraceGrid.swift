// The sources of queries as arrays that are computed on demand: attention of all blocks as one array, probabilities from logits,
// head scores from patterns. Not here: indices and stages (TraceEvaluator).
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The two transcendental functions that queries need.
enum RealMath {
  static func exp(_ x: Double) -> Double {
    #if canImport(Glibc)
      Glibc.exp(x)
    #else
      Darwin.exp(x)
    #endif
  }
  static func log2(_ x: Double) -> Double {
    #if canImport(Glibc)
      Glibc.log2(x)
    #else
      Darwin.log2(x)
    #endif
  }
}

extension TraceSource {
  /// Hook of one block, for sources that join the blocks to one array.
  fileprivate var blockHook: String? {
    switch self {
    case .attention, .previous, .first, .own: "attn.hook_pattern"
    case .scores: "attn.hook_attn_scores"
    case .raw: "attn.hook_scores"
    default: nil
    }
  }

  var isWhole: Bool {
    switch self {
    case .tokens, .rank: true
    case .fact(let fact): fact != .epsilon
    default: false
    }
  }

  var defaultField: TraceField? {
    switch self {
    case .top: .prob
    case .token: .token
    default: nil
    }
  }

  func isVocabulary(axis: Int) -> Bool {
    axis == 1 && (self == .probability || self == .logit || self == .rank || self == .hook("logits"))
  }
}

struct TraceGrid {
  let run: any TraceValues
  private var tensors: [String: TraceTensor] = [:]
  /// Last row of probabilities and of the ranking, by position: queries ask for one row again and again.
  private var probabilities: (position: Int, values: [Double])?
  private var ranking: (position: Int, ids: [Int])?

  init(run: any TraceValues) { self.run = run }

  mutating func shape(of source: TraceSource) throws(TraceError) -> [Int] {
    switch source {
    case .hook(let name): return try tensor(hook(name)).shape
    case .attention, .scores, .raw: return [try layers()] + (try blockTensor(source, layer: 0).shape)
    case .previous, .first, .own: return [try layers(), try blockTensor(source, layer: 0).shape[0]]
    case .probability, .logit, .rank, .top: return try logits().shape
    case .surprise, .token:
      if run.tokens.isEmpty { throw .missing("tokens") }
      return [run.tokens.count]
    case .tokens, .fact: return []
    }
  }

  mutating func element(_ source: TraceSource, _ at: [Int], field: TraceField?) throws(TraceError) -> Double {
    switch source {
    case .hook(let name): return try Self.element(try tensor(hook(name)), at[...], name)
    case .attention, .scores, .raw:
      return try Self.element(try blockTensor(source, layer: at[0]), at.dropFirst(), source.blockHook ?? "")
    case .previous, .first, .own: return try headScore(source, layer: at[0], head: at[1])
    case .logit: return try Self.element(try logits(), at[...], "logits")
    case .probability: return try probabilityRow(at[0])[at[1]]
    case .rank:
      let logits = try logits()
      let row = logits.shape[1] * at[0]
      let own = logits.values[row + at[1]]
      // Ties go to the lower id, as in a stable sort.
      return Double(1 + (0..<logits.shape[1]).count { logits.values[row + $0] > own || (logits.values[row + $0] == own && $0 < at[1]) })
    case .top:
      let id = try rankedIDs(at[0])[at[1]]
      switch field {
      case .id, .token: return Double(id)
      case .logit: return try element(.logit, [at[0], id], field: nil)
      case .prob, nil: return try probabilityRow(at[0])[id]
      }
    case .surprise:
      guard try logits().shape[1] > run.tokens[at[0]], run.tokens[at[0]] >= 0 else { throw .outOfRange("token id") }
      return -RealMath.log2(try probabilityRow(at[0] - 1)[run.tokens[at[0]]])
    case .token: return Double(run.tokens[at[0]])
    case .tokens: return Double(run.tokens.count)
    case .fact(let fact):
      guard let value = run.fact(fact) else { throw .missing("model.\(fact.rawValue)") }
      return value
    }
  }

  /// Mean attention over the queries from 1 on: to the token before, to the first, to the token itself.
  private mutating func headScore(_ source: TraceSource, layer: Int, head: Int) throws(TraceError) -> Double {
    let pattern = try blockTensor(source, layer: layer)
    let (queries, keys) = (pattern.shape[1], pattern.shape[2])
    guard queries > 1, queries <= keys, head < pattern.shape[0] else { throw .outOfRange("\(queries) tokens") }
    var total = 0.0
    for query in 1..<queries {
      let key =
        switch source {
        case .previous: query - 1
        case .own: query
        default: 0
        }
      total += Double(pattern.values[(head * queries + query) * keys + key])
    }
    return total / Double(queries - 1)
  }

  private mutating func probabilityRow(_ position: Int) throws(TraceError) -> [Double] {
    if let probabilities, probabilities.position == position { return probabilities.values }
    let logits = try logits()
    let width = logits.shape[1]
    let row = logits.values[position * width..<(position + 1) * width]
    guard let highest = row.max() else { throw .missing("logits") }
    var values = row.map { RealMath.exp(Double($0) - Double(highest)) }
    let total = values.reduce(0, +)
    for index in values.indices { values[index] /= total }
    probabilities = (position, values)
    return values
  }

  private mutating func rankedIDs(_ position: Int) throws(TraceError) -> [Int] {
    if let ranking, ranking.position == position { return ranking.ids }
    let logits = try logits()
    let start = position * logits.shape[1]
    let ids = (0..<logits.shape[1]).sorted { (a: Int, b: Int) in
      let (x, y) = (logits.values[start + a], logits.values[start + b])
      return x > y || (x == y && a < b)
    }
    ranking = (position, ids)
    return ids
  }

  // MARK: tensors

  private mutating func logits() throws(TraceError) -> TraceTensor {
    let logits = try tensor("logits")
    guard logits.shape.count == 2, logits.shape[0] >= run.tokens.count else { throw .mismatch("logits") }
    return logits
  }

  private func layers() throws(TraceError) -> Int {
    guard let layers = run.fact(.layers).flatMap({ Int(exactly: $0) }), 1...1024 ~= layers else { throw .missing("model.layers") }
    return layers
  }

  private mutating func blockTensor(_ source: TraceSource, layer: Int) throws(TraceError) -> TraceTensor {
    let name = "blocks.\(layer).\(source.blockHook ?? "")"
    let tensor = try tensor(name)
    guard tensor.shape.count == 3 else { throw .mismatch(name) }
    return tensor
  }

  private func hook(_ name: String) -> String {
    guard name.hasPrefix("blocks.layer.") else { return name }
    return "blocks.\(run.cursor.layer)." + name.dropFirst("blocks.layer.".count)
  }

  private mutating func tensor(_ name: String) throws(TraceError) -> TraceTensor {
    if let known = tensors[name] { return known }
    guard let tensor = run.tensor(hook: name) else { throw .missing(name) }
    guard tensor.shape.allSatisfy({ $0 > 0 && $0 <= 1 << 24 }), tensor.shape.count <= 4,
      tensor.shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) == tensor.values.count
    else { throw .mismatch(name) }
    tensors[name] = tensor
    return tensor
  }

  private static func element(_ tensor: TraceTensor, _ at: ArraySlice<Int>, _ name: String) throws(TraceError) -> Double {
    var flat = 0
    for (index, size) in zip(at, tensor.shape) {
      // Blocks of one model have one shape; a trace that says otherwise must not read past its end.
      guard index < size else { throw .outOfRange(name) }
      flat = flat * size + index
    }
    guard flat < tensor.values.count else { throw .outOfRange(name) }
    return Double(tensor.values[flat])
  }
}
