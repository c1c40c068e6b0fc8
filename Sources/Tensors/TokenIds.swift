// The token ids of a pass in fixed memory, so that a program reads new ids where the old ones lay.

/// Token ids that the embedding reads.
public final class TokenIds: RandomAccessCollection, @unchecked Sendable {
  let memory: UnsafeMutablePointer<Int32>
  public let count: Int

  public init(_ ids: [Int32]) {
    count = ids.count
    memory = .allocate(capacity: Swift.max(1, ids.count))
    for (i, id) in ids.enumerated() { memory[i] = id }
  }

  deinit { memory.deallocate() }

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }

  public subscript(index: Int) -> Int32 {
    get {
      precondition((0..<count).contains(index), "id \(index) of \(count)")
      return memory[index]
    }
    set {
      precondition((0..<count).contains(index), "id \(index) of \(count)")
      memory[index] = newValue
    }
  }
}
