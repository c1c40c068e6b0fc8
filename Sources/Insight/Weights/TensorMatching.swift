// Which tensor of one file is which of another: by the parameters in them where the families are known, else by what their names say. Not here:
// comparing their numbers (WeightsDifference).
import Languages
import Models

/// The tensors of two files side by side.
public struct TensorMatching: Sendable {
  /// The same parameters in both files, with equal shapes and readable types.
  public struct Pair: Sendable, Hashable {
    /// Indices into the tensors of the two catalogs.
    public let left: Int
    public let right: Int
    /// What both tensors hold; empty where that is not known: then element is compared with element.
    let parameters: [ParameterName]
    /// Whether the left tensor holds other parameters too.
    let isPartOfLeft: Bool
  }

  /// The same name or parameter and no comparison, with the reason.
  public struct Refusal: Sendable, Hashable {
    /// Raw values are the words of `llmlab inspect --json`.
    public enum Kind: String, Sendable { case shape, type }

    public let left: Int
    public let right: Int
    public let kind: Kind
    public let reason: Bilingual
    let isPartOfLeft: Bool
  }

  public private(set) var pairs: [Pair] = []
  public private(set) var refusals: [Refusal] = []
  /// Indices of tensors that only one file has.
  public private(set) var onlyLeft: [Int] = []
  public private(set) var onlyRight: [Int] = []
  /// Nil for both unless both are known.
  let maps: (left: ParameterMap, right: ParameterMap)?

  public init(_ left: WeightsCatalog, _ right: WeightsCatalog) {
    maps = if let a = left.map(like: right), let b = right.map(like: left) { (a, b) } else { nil }
    var (done, taken): (Set<Int>, Set<Int>) = ([], [])
    matchParameters(left, right, &done, &taken)
    matchNames(left, right, done, &taken)
    onlyRight = right.tensors.indices.filter { !taken.contains($0) }
    matchTied(left, right)
    pairs.sort { ($0.left, $0.right) < ($1.left, $1.right) }
  }

  /// Tensors that hold the same parameters, however they are called and whatever else is in them.
  private mutating func matchParameters(_ left: WeightsCatalog, _ right: WeightsCatalog, _ done: inout Set<Int>, _ taken: inout Set<Int>) {
    guard let maps else { return }
    var holders: [ParameterName: (tensor: Int, shape: [Int])] = [:]
    for (index, tensor) in right.tensors.enumerated() {
      for part in maps.right[tensor.name]?.parts ?? [] { holders[part.name] = (index, part.shape) }
    }
    for (index, tensor) in left.tensors.enumerated() {
      guard let parts = maps.left[tensor.name]?.parts else { continue }
      // Nearly always one tensor; three where the other file keeps query, key and value apart.
      let others = Set(parts.compactMap { holders[$0.name]?.tensor }).sorted()
      for other in others {
        let shared = parts.filter { holders[$0.name]?.tensor == other }
        let different = shared.first { holders[$0.name]?.shape != $0.shape }
        let shapes = different.map { ($0.shape, holders[$0.name]?.shape ?? []) }
        match(index, other, left, right, shapes, shared.map(\.name), isPart: shared.count < parts.count)
        taken.insert(other)
      }
      if !others.isEmpty { done.insert(index) }
    }
  }

  private mutating func matchNames(_ left: WeightsCatalog, _ right: WeightsCatalog, _ done: Set<Int>, _ taken: inout Set<Int>) {
    var rest: [String: Int] = [:]
    // The first of two spellings of one parameter in one file stands for it; the other stays without a partner.
    for (index, place) in right.places.enumerated() where !taken.contains(index) && rest[place.key] == nil { rest[place.key] = index }
    for (index, place) in left.places.enumerated() where !done.contains(index) {
      guard let other = rest.removeValue(forKey: place.key) else {
        onlyLeft.append(index)
        continue
      }
      taken.insert(other)
      matchWhole(index, other, left, right)
    }
  }

  private mutating func matchWhole(_ a: Int, _ b: Int, _ left: WeightsCatalog, _ right: WeightsCatalog) {
    let (first, second) = (left.tensors[a].shape, right.tensors[b].shape)
    match(a, b, left, right, first == second ? nil : (first, second), [], isPart: false)
  }

  /// - Parameter shapes: what is different.
  private mutating func match(
    _ a: Int, _ b: Int, _ left: WeightsCatalog, _ right: WeightsCatalog, _ shapes: ([Int], [Int])?, _ parameters: [ParameterName],
    isPart: Bool
  ) {
    if let shapes {
      let (first, second) = (StoredTensor.text(shapes.0), StoredTensor.text(shapes.1))
      let reason = Bilingual(zh: "形状不同：\(first) 与 \(second)", en: "the shapes differ: \(first) and \(second)")
      refusals.append(Refusal(left: a, right: b, kind: .shape, reason: reason, isPartOfLeft: isPart))
    } else if let reason = left.tensors[a].unreadable ?? right.tensors[b].unreadable {
      refusals.append(Refusal(left: a, right: b, kind: .type, reason: reason, isPartOfLeft: isPart))
    } else {
      pairs.append(Pair(left: a, right: b, parameters: parameters, isPartOfLeft: isPart))
    }
  }

  /// A table that embedding and unembedding share is stored under either name.
  private mutating func matchTied(_ left: WeightsCatalog, _ right: WeightsCatalog) {
    func place(_ list: [Int], _ catalog: WeightsCatalog, _ role: TensorRole) -> Int? {
      list.firstIndex { catalog.places[$0].role == role && catalog.places[$0].part == "weight" }
    }
    for (first, second) in [(TensorRole.embedding, TensorRole.unembedding), (.unembedding, .embedding)] {
      guard let a = place(onlyLeft, left, first), let b = place(onlyRight, right, second),
        left.tensors[onlyLeft[a]].shape == right.tensors[onlyRight[b]].shape
      else { continue }
      matchWhole(onlyLeft.remove(at: a), onlyRight.remove(at: b), left, right)
    }
  }
}
