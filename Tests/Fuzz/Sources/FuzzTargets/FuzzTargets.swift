// The fuzz targets by name, and libFuzzer's two entries. Not here: what a target does with an input (a file each).

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a target does with one input. Any result is right but a crash, a hang, or an error that does not say where and what to do.
typealias FuzzTarget = @Sendable (_ input: FuzzInput) throws -> Void

let targets: [String: FuzzTarget] = [
  "gguf": fuzzGGUF, "safetensors": fuzzSafetensors, "json": fuzzJSON, "llama2c": fuzzLlama2C, "source": fuzzModelSource,
]

nonisolated(unsafe) private var chosen: FuzzTarget = fuzzJSON

/// Chooses the target: `--target=NAME`, which libFuzzer itself passes over.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
)
  -> CInt
{
  let option = "--target="
  for index in 0..<Int(count.pointee) {
    guard let argument = arguments.pointee[index].map({ String(cString: $0) }), argument.hasPrefix(option) else { continue }
    if let target = targets[String(argument.dropFirst(option.count))] {
      chosen = target
      return 0
    }
  }
  let usage = "Fuzz --target=\(targets.keys.sorted().joined(separator: "|")) [options of libFuzzer] [folders of inputs]\n"
  _ = write(STDERR_FILENO, usage, usage.utf8.count)
  exit(2)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzInput(bytes: UnsafeBufferPointer(start: data, count: count)).check(chosen)
  return 0
}
