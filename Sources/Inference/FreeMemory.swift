// How much memory this machine, or the container in it, can still give. Not here: what a model needs (MemoryPlan).

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

public enum FreeMemory {
  /// Bytes that can be used without swapping; nil where the system does not say.
  public static func bytes() -> Int? {
    #if canImport(Glibc)
      [available(text(of: "/proc/meminfo")), left(inGroup: "/sys/fs/cgroup"), leftOfAddresses()].compactMap(\.self).min()
    #else
      var size: UInt64 = 0
      var length = MemoryLayout<UInt64>.size
      // What is free now cannot be asked simply; two thirds of what is built in is what programs can usually have.
      return sysctlbyname("hw.memsize", &size, &length, nil, 0) == 0 ? Int(clamping: size / 3 * 2) : nil
    #endif
  }

  /// `MemAvailable` of /proc/meminfo, which counts caches that can be dropped.
  static func available(_ text: String?) -> Int? {
    guard let line = text?.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }) else { return nil }
    let words = line.split(separator: " ")
    guard words.count == 3, words[2] == "kB", let kibibytes = Int(words[1]), kibibytes >= 0, kibibytes < 1 << 50 else { return nil }
    return kibibytes * 1024
  }

  /// What a control group of version 2 or 1 leaves; nil without a limit.
  static func left(inGroup folder: String) -> Int? {
    for (limit, used) in [("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")] {
      guard let limit = number(text(of: "\(folder)/\(limit)")), let used = number(text(of: "\(folder)/\(used)")), limit < 1 << 50 else {
        continue
      }
      return max(0, limit - used)
    }
    return nil
  }

  #if canImport(Glibc)
    /// What the process may still map (`ulimit -v`); nil without a limit.
    private static func leftOfAddresses() -> Int? {
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < 1 << 50 else { return nil }
      let pages = text(of: "/proc/self/statm").flatMap { Int($0.split(separator: " ").first ?? "") } ?? 0
      return max(0, Int(limit.rlim_cur) - pages * Int(getpagesize()))
    }
  #endif

  private static func number(_ text: String?) -> Int? { text.flatMap { Int($0.split(separator: "\n").first ?? "") } }

  /// The beginning of a small text file of the system.
  private static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = read(descriptor, &bytes, bytes.count)
    return count >= 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
