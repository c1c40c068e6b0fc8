// Where the packed weights of a model lie: a few large pieces of memory, filled one weight after another.
import CKernels
import Synchronization

/// Memory that weights share; it goes with the last of them.
public final class WeightMemory: Sendable {
  private struct State: @unchecked Sendable {
    var pieces: [(map: UnsafeMutableRawPointer, size: Int)] = []
    var next: UnsafeMutableRawPointer?
    var left = 0
  }
  private let state = Mutex(State())

  /// Pieces are at least this large. What is not filled takes no memory.
  private static let pieceBytes = 64 << 20
  /// Where weights begin: a cache line, or two of the machines that fetch them in pairs.
  private static let alignment = 128

  public init() {}

  deinit {
    state.withLock { state in
      for (map, size) in state.pieces { ck_memory_unmap(map, size) }
    }
  }

  func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    let needed = (max(1, bytes) + Self.alignment - 1) / Self.alignment * Self.alignment
    let taken = state.withLock { state -> Taken in
      if state.left < needed {
        let size = max(needed, Self.pieceBytes)
        guard let map = ck_memory_map(size), let start = ck_memory_start(map) else {
          fatalError("no memory for \(needed) bytes of weights")
        }
        state.pieces.append((map, size))
        (state.next, state.left) = (start, size)
      }
      guard let start = state.next else { preconditionFailure("a piece was just added") }
      (state.next, state.left) = (start + needed, state.left - needed)
      return Taken(start: start)
    }
    return taken.start
  }

  private struct Taken: @unchecked Sendable { let start: UnsafeMutableRawPointer }
}
