// What the weights view knows and where it stands: the open file, the row of the tree, the element under the cursor, what has been measured.
// Not here: what keys do (UpdateWeights), drawing (Views), reading files (WeightsWork).
import Insight
import Languages

/// The weights view.
public struct WeightsState: Sendable {
  /// What fills the pane.
  public enum Page: Sendable, Hashable { case browse, block, metadata, difference }

  /// On the first page: the tree, or the elements of the chosen tensor.
  public enum Focus: Sendable, Hashable { case tree, tensor }

  /// A line of the tree.
  public enum Row: Sendable, Hashable {
    case file
    /// Index into the tree's groups.
    case group(Int)
    /// Index into the catalog's tensors.
    case tensor(Int)
  }

  /// The file that is or will be shown; nil before the view was opened.
  public internal(set) var path: String?
  public internal(set) var contents: WeightsContents?
  /// Why the file cannot be shown.
  public internal(set) var problem: Bilingual?

  public internal(set) var page = Page.browse
  public internal(set) var focus = Focus.tree
  public internal(set) var unfolded: Set<Int> = []
  public internal(set) var row = Row.file
  /// Row-major place in the chosen tensor.
  public internal(set) var element = 0
  public internal(set) var metadataRow = 0
  public internal(set) var differenceRow = 0

  /// Counts files, tensors to read and comparisons, so that an answer to something older is recognised.
  var file = 0
  var request = 0
  var comparison = 0
  /// The tensor that is being read, and how far.
  var measuring: (tensor: Int, fraction: Double)?
  var summaries = SummaryCache()
  var block: BlockDecode?
  /// The tensor that `block` belongs to.
  var blockTensor: Int?
  /// Why the bytes at the cursor could not be read.
  var blockProblem: Bilingual?
  /// The second file while it is read; this goes on while one looks at tensors.
  var comparing: String?
  var difference: WeightsDifference?

  public init() {}

  /// Nothing but the file that is to be opened.
  mutating func restart(_ path: String?) {
    let (file, request, comparison) = (file + 1, request + 1, comparison + 1)
    self = WeightsState()
    (self.path, self.file, self.request, self.comparison) = (path, file, request, comparison)
  }

  /// Every line of the tree as it is folded now.
  public var rows: [Row] {
    guard let contents else { return [] }
    return [.file]
      + contents.tree.nodes.flatMap { node -> [Row] in
        switch node {
        case .tensor(let tensor): [.tensor(tensor)]
        case .group(let group): [.group(group)] + (unfolded.contains(group) ? contents.tree.groups[group].tensors.map { .tensor($0) } : [])
        }
      }
  }

  /// Index of the chosen tensor.
  public var tensorIndex: Int? { if case .tensor(let index) = row { index } else { nil } }

  var tensor: StoredTensor? { tensorIndex.flatMap { contents?.catalog.tensors[$0] } }

  /// The block that holds the element under the cursor, once it has been read.
  var currentBlock: BlockDecode? {
    guard let block, blockTensor == tensorIndex, block.range.contains(element) else { return nil }
    return block
  }

  /// Why it could not be read.
  var currentBlockProblem: Bilingual? { blockTensor == tensorIndex ? blockProblem : nil }

  /// Whether the elements take the keys.
  var isOnElements: Bool { page == .block || (page == .browse && focus == .tensor) }
}

/// A catalog with its tree, made once.
public struct WeightsContents: Sendable {
  public let catalog: WeightsCatalog
  public let tree: WeightTree

  public init(path: String) throws {
    catalog = try WeightsCatalog(path: path)
    tree = WeightTree(catalog)
  }

  /// Every tensor in the order of the tree.
  var order: [Int] {
    tree.nodes.flatMap { node in
      switch node {
      case .tensor(let tensor): [tensor]
      case .group(let group): tree.groups[group].tensors
      }
    }
  }
}

/// Summaries of the tensors looked at last, or why there is none.
struct SummaryCache: Sendable {
  /// A summary takes up to 70 KB.
  static let limit = 64

  private var results: [Int: Result<TensorSummary, SummaryProblem>] = [:]
  private var order: [Int] = []

  subscript(tensor: Int) -> Result<TensorSummary, SummaryProblem>? { results[tensor] }

  mutating func keep(_ result: Result<TensorSummary, SummaryProblem>, _ tensor: Int) {
    order.removeAll { $0 == tensor }
    order.append(tensor)
    results[tensor] = result
    if order.count > Self.limit { results[order.removeFirst()] = nil }
  }
}

struct SummaryProblem: Error {
  let message: Bilingual
}
