// The tensors of a file as a tree: one branch per block, with sums, and what stands outside the blocks. Not here: folding and drawing (LabScreens).

/// Branches and single tensors in the order in which a token meets them: embedding, blocks, final norm, unembedding, the rest.
public struct WeightTree: Sendable {
  /// The tensors of one block.
  public struct Group: Sendable, Hashable {
    /// What stands before the number in the names: "blk", "model.layers".
    public let stack: String
    public let block: Int
    /// Indices into the catalog's tensors, in the order of the computation.
    public internal(set) var tensors: [Int]
    public internal(set) var byteCount: Int
    /// Saturates: shapes of empty tensors may be absurd.
    public internal(set) var elementCount: Int
  }

  public enum Node: Sendable, Hashable {
    /// Index into `groups`.
    case group(Int)
    /// Index into the catalog's tensors.
    case tensor(Int)
  }

  public let groups: [Group]
  public let nodes: [Node]

  public init(_ catalog: WeightsCatalog) { self.init(catalog.tensors, catalog.places) }

  init(_ tensors: [StoredTensor], _ places: [TensorPlace]) {
    var positions: [String: Int] = [:]
    var groups: [Group] = []
    var single: [(rank: Int, tensor: Int)] = []
    for (index, place) in places.enumerated() {
      guard let block = place.block else {
        single.append((Self.rank(place.role), index))
        continue
      }
      let key = "\(block) \(place.stack)"
      let position = positions[key] ?? groups.count
      if position == groups.count {
        positions[key] = position
        groups.append(Group(stack: place.stack, block: block, tensors: [], byteCount: 0, elementCount: 0))
      }
      groups[position].tensors.append(index)
      groups[position].byteCount += tensors[index].byteCount
      let (sum, overflow) = groups[position].elementCount.addingReportingOverflow(tensors[index].elementCount ?? .max)
      groups[position].elementCount = overflow ? .max : sum
    }
    for index in groups.indices {
      groups[index].tensors.sort { (Self.order(places[$0]), $0) < (Self.order(places[$1]), $1) }
    }
    groups.sort { ($0.stack, $0.block) < ($1.stack, $1.block) }
    single.sort { ($0.rank, $0.tensor) < ($1.rank, $1.tensor) }
    self.groups = groups
    nodes =
      single.filter { $0.rank < 0 }.map { .tensor($0.tensor) } + groups.indices.map { .group($0) }
      + single.filter { $0.rank >= 0 }.map { .tensor($0.tensor) }
  }

  /// The group of a tensor; nil outside the blocks.
  public func group(of tensor: Int) -> Int? { groups.firstIndex { $0.tensors.contains(tensor) } }

  /// Whether blocks of more than one stack must be told apart by its name.
  public var hasSeveralStacks: Bool { Set(groups.map(\.stack)).count > 1 }

  /// Negative before the blocks.
  private static func rank(_ role: TensorRole?) -> Int {
    switch role {
    case .embedding: -2
    case .positionEmbedding: -1
    case .finalNorm: 0
    case .unembedding: 1
    default: 2
    }
  }

  /// The order of the computation, a bias behind its weight.
  private static func order(_ place: TensorPlace) -> Int {
    let position = place.role.flatMap { TensorRole.allCases.firstIndex(of: $0) } ?? TensorRole.allCases.count
    return 2 * position + (place.part == "bias" ? 1 : 0)
  }
}
