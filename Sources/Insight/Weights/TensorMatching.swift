// Which tensor of one file is which of another: by name, or by what the name says. Not here: comparing their numbers (WeightsDifference).
import Languages

/// The tensors of two files side by side.
public struct TensorMatching: Sendable {
  /// The same parameter in both files, with equal shapes and readable types.
  public struct Pair: Sendable, Hashable {
    /// Indices into the tensors of the two catalogs.
    public let left: Int
    public let right: Int
    /// The size of the heads whose rows the two files keep in another order; nil where the order is the same.
    let headSize: Int?
    /// Whether it is the right file that keeps RoPE's pairs side by side.
    let isRightPaired: Bool
  }

  /// The same name and no comparison, with the reason.
  public struct Refusal: Sendable, Hashable {
    public let left: Int
    public let right: Int
    public let reason: Bilingual
  }

  public private(set) var pairs: [Pair] = []
  public private(set) var refusals: [Refusal] = []
  /// Indices of tensors that only one file has.
  public private(set) var onlyLeft: [Int] = []
  public private(set) var onlyRight: [Int] = []

  public init(_ left: WeightsCatalog, _ right: WeightsCatalog) {
    var rest: [String: Int] = [:]
    // The first of two spellings of one parameter in one file stands for it; the other stays without a partner.
    for (index, place) in right.places.enumerated() where rest[place.key] == nil { rest[place.key] = index }
    var taken: Set<Int> = []
    for (index, place) in left.places.enumerated() {
      guard let other = rest.removeValue(forKey: place.key) else {
        onlyLeft.append(index)
        continue
      }
      taken.insert(other)
      match(index, other, left, right)
    }
    onlyRight = right.tensors.indices.filter { !taken.contains($0) }
    matchTied(left, right)
  }

  private mutating func match(_ a: Int, _ b: Int, _ left: WeightsCatalog, _ right: WeightsCatalog) {
    let (first, second) = (left.tensors[a], right.tensors[b])
    if first.shape != second.shape {
      let (zh, en) = ("形状不同：\(first.shapeText) 与 \(second.shapeText)", "the shapes differ: \(first.shapeText) and \(second.shapeText)")
      refusals.append(Refusal(left: a, right: b, reason: Bilingual(zh: zh, en: en)))
    } else if let reason = first.unreadable ?? second.unreadable {
      refusals.append(Refusal(left: a, right: b, reason: reason))
    } else {
      pairs.append(
        Pair(left: a, right: b, headSize: Self.headSize(a, left, right), isRightPaired: right.format == .gguf))
    }
  }

  /// GGUF files of the `llama` architecture keep the two dimensions that RoPE turns together side by side; Hugging Face keeps them half a head
  /// apart (`permute` in llama.cpp's conversion).
  private static func headSize(_ tensor: Int, _ left: WeightsCatalog, _ right: WeightsCatalog) -> Int? {
    guard (left.format == .gguf) != (right.format == .gguf), (left.format == .gguf ? left : right).architecture == "llama",
      let heads = left.heads ?? right.heads
    else { return nil }
    let count: Int
    switch left.places[tensor].role {
    case .query: count = heads.query
    case .key: count = heads.keyValue
    default: return nil
    }
    let rows = left.tensors[tensor].shape.first ?? 0
    guard count > 0, rows % count == 0, rows / count % 2 == 0 else { return nil }
    return rows / count
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
      match(onlyLeft.remove(at: a), onlyRight.remove(at: b), left, right)
    }
  }
}
