// Memory of tensors, recycled: a training step asks for the same sizes again and again, and fresh pages cost more than the arithmetic.
import Synchronization

/// Where buffers come from and where they return.
final class BufferPool: Sendable {
  private struct FreeList: @unchecked Sendable {
    var blocks: [Int: [UnsafeMutablePointer<Float>]] = [:]
    var floats = 0
  }

  /// What waits for reuse at most; beyond that blocks go back to the system.
  private let keptFloats: Int
  private let free = Mutex(FreeList())

  /// Of everything that has no pool of its own: at most 1 GiB waits.
  static let shared = BufferPool(keptFloats: 1 << 28)

  init(keptFloats: Int = .max) { self.keptFloats = keptFloats }

  deinit {
    free.withLock { list in
      for block in list.blocks.values.joined() { UnsafeMutableRawPointer(block).deallocate() }
    }
  }

  fileprivate func take(_ capacity: Int) -> UnsafeMutablePointer<Float> {
    let reused = free.withLock { list -> SendablePointer? in
      guard let block = list.blocks[capacity]?.popLast() else { return nil }
      list.floats -= capacity
      return SendablePointer(pointer: block)
    }
    if let reused { return reused.pointer }
    let raw = UnsafeMutableRawPointer.allocate(byteCount: capacity * 4, alignment: 64)
    return raw.bindMemory(to: Float.self, capacity: capacity)
  }

  fileprivate func give(_ memory: UnsafeMutablePointer<Float>, _ capacity: Int) {
    let pointer = SendablePointer(pointer: memory)
    let kept = free.withLock { list -> Bool in
      guard capacity <= keptFloats - list.floats else { return false }
      list.blocks[capacity, default: []].append(pointer.pointer)
      list.floats += capacity
      return true
    }
    if !kept { UnsafeMutableRawPointer(memory).deallocate() }
  }

  private struct SendablePointer: @unchecked Sendable { let pointer: UnsafeMutablePointer<Float> }
}

/// One block of floats, returned to its pool when its last tensor goes.
final class Buffer {
  let memory: UnsafeMutablePointer<Float>
  let capacity: Int
  private let pool: BufferPool

  init(_ count: Int, from pool: BufferPool = .shared) {
    // Powers of two in eighths: sequences of similar length share blocks, at most an eighth is wasted.
    let step = max(16, (1 << (Int.bitWidth - 1 - max(count, 1).leadingZeroBitCount)) / 8)
    capacity = (max(count, 1) + step - 1) / step * step
    memory = pool.take(capacity)
    self.pool = pool
  }

  deinit { pool.give(memory, capacity) }
}
