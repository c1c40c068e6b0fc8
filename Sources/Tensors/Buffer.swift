// Memory of tensors, recycled: a training step asks for the same sizes again and again, and fresh pages cost more than the arithmetic.
import Synchronization

/// One block of floats, returned to the free list when its last tensor goes.
final class Buffer {
  let memory: UnsafeMutablePointer<Float>
  let capacity: Int

  private init(memory: UnsafeMutablePointer<Float>, capacity: Int) {
    self.memory = memory
    self.capacity = capacity
  }

  private struct FreeList: @unchecked Sendable {
    var blocks: [Int: [UnsafeMutablePointer<Float>]] = [:]
    var floats = 0
  }

  /// At most 1 GiB waits for reuse; beyond that blocks go back to the system.
  private static let keptFloats = 1 << 28
  private static let free = Mutex(FreeList())

  static func take(_ count: Int) -> Buffer {
    // Powers of two in eighths: sequences of similar length share blocks, at most an eighth is wasted.
    let step = max(16, (1 << (Int.bitWidth - 1 - max(count, 1).leadingZeroBitCount)) / 8)
    let capacity = (max(count, 1) + step - 1) / step * step
    let reused = free.withLock { list -> SendablePointer? in
      guard let block = list.blocks[capacity]?.popLast() else { return nil }
      list.floats -= capacity
      return SendablePointer(pointer: block)
    }
    if let reused { return Buffer(memory: reused.pointer, capacity: capacity) }
    let raw = UnsafeMutableRawPointer.allocate(byteCount: capacity * 4, alignment: 64)
    return Buffer(memory: raw.bindMemory(to: Float.self, capacity: capacity), capacity: capacity)
  }

  deinit {
    let pointer = SendablePointer(pointer: memory)
    let capacity = capacity
    let kept = Self.free.withLock { list -> Bool in
      guard list.floats + capacity <= Self.keptFloats else { return false }
      list.blocks[capacity, default: []].append(pointer.pointer)
      list.floats += capacity
      return true
    }
    if !kept { UnsafeMutableRawPointer(memory).deallocate() }
  }

  private struct SendablePointer: @unchecked Sendable { let pointer: UnsafeMutablePointer<Float> }
}
