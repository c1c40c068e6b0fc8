// A program: the kernel calls of one forward pass, kept to run again over the same memory. Not here: what a pass computes (Models).
import CKernels

/// Recorded once, run for every token: no allocation, reference count, lock or decision between one kernel and the next.
///
/// What changes from run to run (token ids, angles, the attention span) lies in memory that the steps point to; whoever records keeps it alive.
/// Intermediate tensors live in the program's own pool: memory that one of them gave back during recording serves a later one in every run.
public final class Program {
  private var steps: [ck_step] = []
  let pool = BufferPool()

  public init() {}

  /// Computes everything once more.
  public func run() { steps.withUnsafeBufferPointer { ck_run($0.baseAddress, $0.count) } }

  func append(_ step: ck_step) { steps.append(step) }
}
