// Where the files that ship with the program lie: beside the executable, found without Foundation so that start-up stays short. Not here: reading them.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files that ship with the program. The paths are names only: nothing says that the files are there.
public enum Assets {
  /// The resource folder that SwiftPM puts beside the executable for a target of this package.
  public static func folder(of target: String) -> String {
    #if canImport(Darwin)
      let suffix = "bundle"
    #else
      let suffix = "resources"
    #endif
    return "\(executableFolder)/llmlab_\(target).\(suffix)"
  }

  /// The authored text that Sprout learned from.
  public static var corpus: String { folder(of: "Assets") + "/corpus" }
  /// Weights as GGUF files, and SHA256SUMS.
  public static var models: String { folder(of: "Assets") + "/models" }
  public static var recipes: String { folder(of: "Assets") + "/recipes" }

  /// The model that every command uses when none is named.
  public static let defaultModel = "sprout-nano"

  /// The folder of the running program, symbolic links resolved.
  private static var executableFolder: String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    #if canImport(Darwin)
      var size = UInt32(buffer.count)
      guard _NSGetExecutablePath(&buffer, &size) == 0, let resolved = realpath(buffer, nil) else { return "." }
      defer { free(resolved) }
      let path = String(cString: resolved)
    #else
      guard readlink("/proc/self/exe", &buffer, buffer.count - 1) > 0 else { return "." }
      let path = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    #endif
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return String(path[..<slash])
  }
}
