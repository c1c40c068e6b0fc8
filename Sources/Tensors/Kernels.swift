// The switches of the kernels: instruction set and threads.
import CKernels

/// How the kernels run on this machine.
public enum Kernels {
  public enum InstructionSet: Int32, CaseIterable, Sendable {
    case portable = 0
    case avx2 = 1
    case avx512 = 2

    public var isSupported: Bool { ck_isa_supported(rawValue) != 0 }
    public var name: String { String(cString: ck_isa_name(rawValue)) }
  }

  /// The best supported set, unless a test chose another. A choice holds for operations of the calling thread.
  public static var instructionSet: InstructionSet {
    get { InstructionSet(rawValue: ck_isa_current()) ?? .portable }
    set { precondition(ck_isa_select(newValue.rawValue) != 0, "this machine lacks \(newValue.name)") }
  }

  /// Threads of one operation, process-wide; results do not depend on it.
  public static var threadCount: Int {
    get { Int(ck_thread_count()) }
    set { ck_set_thread_count(Int32(clamping: newValue)) }
  }
}
