// The thread pool: every index exactly once, for any count, from several callers, while the thread count changes.
import CKernels
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Serialized because these tests change the process's thread count; results never depend on it, so others may run beside them.
@Suite(.serialized) struct ThreadPoolTests {
  /// Counts visits of each index of one parallel call.
  private static func visits(_ count: Int) -> [Int32] {
    var visits = [Int32](repeating: 0, count: count)
    visits.withUnsafeMutableBufferPointer { buffer in
      ck_parallel(
        Int32(count), { context, index in context!.assumingMemoryBound(to: Int32.self)[Int(index)] += 1 },
        buffer.baseAddress.map { UnsafeMutableRawPointer($0) })
    }
    return visits
  }

  @Test(arguments: [1, 2, 3, 8])
  func everyIndexOnce(_ threads: Int32) {
    let before = ck_thread_count()
    defer { ck_set_thread_count(before) }
    ck_set_thread_count(threads)
    #expect(ck_thread_count() == threads)
    for count in [0, 1, 2, 3, 7, 64, 1000] {
      for _ in 0..<20 { #expect(Self.visits(count) == [Int32](repeating: 1, count: count)) }
    }
  }

  @Test func countsAreClamped() {
    let before = ck_thread_count()
    defer { ck_set_thread_count(before) }
    ck_set_thread_count(0)
    #expect(ck_thread_count() == 1)
    ck_set_thread_count(-5)
    #expect(ck_thread_count() == 1)
    ck_set_thread_count(1000)
    #expect(ck_thread_count() == 64)
  }

  /// Two engines in one process, one of them changing the thread count all the time. Pauses let the workers fall asleep, so that
  /// waking is hammered too.
  @Test func twoCallersAtOnce() {
    let before = ck_thread_count()
    defer { ck_set_thread_count(before) }
    ck_set_thread_count(3)
    final class Tally: Sendable { let wrong = Atomic<Int>(0) }
    let tally = Tally()
    let threads = (0..<2).map { caller in
      start {
        for round in 0..<1500 {
          let count = 1 + (round * 7 + caller * 3) % 90
          if Self.visits(count).contains(where: { $0 != 1 }) { tally.wrong.add(1, ordering: .relaxed) }
          if caller == 1 { ck_set_thread_count(Int32(1 + round % 4)) }
          if round % 100 == 99 { usleep(300) }
        }
      }
    }
    for thread in threads { pthread_join(thread, nil) }
    #expect(tally.wrong.load(ordering: .relaxed) == 0)
  }

  /// Products and reductions give the same bits with one thread and with many, alone and beside another caller.
  @Test(arguments: supportedSets)
  func sameBits(_ set: Int32) {
    let before = ck_thread_count()
    defer { ck_set_thread_count(before) }
    func compute() -> [Float] {
      onInstructionSet(set) {
        var noise = Noise(11)
        let (m, n, k) = (130, 170, 300)
        let (a, b) = (noise.floats(m * k), noise.floats(n * k))
        var c = [Float](repeating: 0, count: m * n)
        ck_gemm(m, n, k, a, k, 1, b, 1, k, &c, n, 0)
        var narrow = [Float](repeating: 0, count: 3 * n)
        ck_gemm(3, n, k, a, k, 1, b, 1, k, &narrow, n, 0)
        var (inverse, norm, dweight) = ([Float](repeating: 0, count: m), c, [Float](repeating: 0, count: n))
        ck_rms_norm(c, Array(b[..<n]), &norm, &inverse, m, n, 1e-5)
        var dx = c
        ck_rms_norm_backward(c, Array(b[..<n]), inverse, Array(norm), &dx, 0, &dweight, m, n)
        return c + narrow + norm + dx + dweight
      }
    }
    ck_set_thread_count(1)
    let alone = compute()
    for threads: Int32 in [2, 3, 5] {
      ck_set_thread_count(threads)
      for _ in 0..<3 { expectSame(compute(), alone, "\(threads) threads") }
    }
  }

  private func start(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let failed = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    precondition(failed == 0, "a thread must start")
    return thread
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
