// The built program as a subprocess: arguments and standard input in; exit code, output and errors out. Files instead of pipes, so that nothing can
// block. Not here: what is expected of it.
import Foundation
import ModelFiles
import Testing

struct Outcome {
  /// As a shell shows it: 128 + n after signal n.
  let code: Int32
  let bytes: [UInt8]
  let errors: String

  var output: String { String(decoding: bytes, as: UTF8.self) }

  /// The one document on standard output.
  func json(_ location: SourceLocation = #_sourceLocation) throws -> JSON {
    try #require(code == 0, "\(errors)", sourceLocation: location)
    return try JSON.parse(bytes, file: "stdout")
  }

  /// One document a line.
  func lines() throws -> [JSON] { try output.split(separator: "\n").map { try JSON.parse(Array($0.utf8), file: "stdout") } }
}

enum Program {
  /// Beside the test bundle.
  static let path: String = {
    #if os(Linux)
      let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    #else
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? CommandLine.arguments[0]
    #endif
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("llmlab").path
  }()

  /// A folder for this run of the tests, removed at its end.
  static let folder: String = {
    let path = NSTemporaryDirectory() + "llmlab-tests-\(getpid())"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: NSTemporaryDirectory() + "llmlab-tests-\(getpid())") }
    return path
  }()

  static func temporary(_ name: String) -> String { "\(folder)/\(UUID().uuidString)-\(name)" }

  static func run(_ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:], output: String? = nil) throws -> Outcome
  {
    let process = try Running(arguments, input: input, environment: environment, output: output)
    return try process.outcome()
  }

  static func run(_ arguments: String..., input: String = "", environment: [String: String] = [:]) throws -> Outcome {
    try run(arguments, input: Array(input.utf8), environment: environment)
  }
}

/// A program that has been started.
final class Running {
  let id: pid_t
  private let outputPath: String
  private let errorPath: String
  private var status: Int32?

  /// - Parameter output: where standard output goes; a file of its own by default.
  init(_ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:], output: String? = nil) throws {
    let inputPath = Program.temporary("in")
    outputPath = output ?? Program.temporary("out")
    errorPath = Program.temporary("err")
    try Data(input).write(to: URL(fileURLWithPath: inputPath))
    var variables = [
      "PATH": "/usr/bin:/bin", "HOME": Program.folder, "LLMLAB_HOME": Program.folder + "/home", "LC_ALL": "C.UTF-8", "TERM": "xterm",
    ]
    variables.merge(environment) { _, new in new }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Test runners ignore and block some signals; the program shall meet them as from a shell.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    let argv = ([Program.path] + arguments).map { strdup($0) } + [nil]
    let envp = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var id: pid_t = 0
    let failure = posix_spawn(&id, Program.path, &actions, &attributes, argv, envp)
    try #require(failure == 0, "\(Program.path): \(String(cString: strerror(failure)))")
    self.id = id
  }

  /// What has been written so far.
  var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }

  func send(_ signal: Int32) { kill(id, signal) }

  /// Waits for the end, or ends it after a minute.
  func outcome() throws -> Outcome {
    var status: Int32 = 0
    let deadline = Date(timeIntervalSinceNow: 60)
    while waitpid(id, &status, WNOHANG) == 0 {
      if Date() > deadline { kill(id, SIGKILL) }
      usleep(2000)
    }
    let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    let bytes = outputPath.hasPrefix("/dev/") ? [] : [UInt8](try Data(contentsOf: URL(fileURLWithPath: outputPath)))
    return Outcome(code: code, bytes: bytes, errors: try String(contentsOfFile: errorPath, encoding: .utf8))
  }
}
