// How the program fails: exit codes, one line on standard error in the user's language, nothing on standard output; hostile arguments and files, pipes.
import Foundation
import ModelFiles
import Testing

@Suite struct FailureTests {
  static let model = "--model=\(SmallModel.path)"

  static let failures: [(arguments: [String], code: Int32)] = [
    (["run", "--bogus", "x"], 64), (["run", "a", "b"], 64), (["run", "--temperature=-1", "a"], 64),
    (["run", "--max-tokens", "0", "a"], 64),
    (["run", "--seed", "x", "a"], 64), (["run", "--stream", "a"], 64), (["run", "--lang", "fr", "a"], 64),
    (["run", "--threads", "0", "a"], 64),
    (["tokens", "--decode", model, "1,x"], 64), (["tokens", "--decode", model, "99999999"], 64),
    (["tokens", "--decode", model, "9e9"], 64),
    (["trace", model, "--hook", "nope", "a"], 64), (["trace", model, "--hook", "blocks.2.hook_mlp_out", "a"], 64),
    (["export", model], 64), (["export", SmallModel.path, "--to", "hf", "--type", "q8_0", "--out", "x"], 64),
    (["bench", "--runs", "1"], 64),
    (["run", "--model", "/nonexistent", "a"], 2), (["inspect", "/dev/null"], 2), (["inspect", "/"], 2), (["inspect", "/etc/passwd"], 2),
    (["train", "/nonexistent.yaml"], 2), (["train", SmallModel.recipe, "--corpus", "/nonexistent"], 2), (["train", "nope"], 2),
    (["course", "check", "/nonexistent"], 2), (["run", model, "--raw", String(repeating: "long ", count: 100)], 1),
    (["export", SmallModel.path, "--out", "/nonexistent/x.gguf"], 1),
  ]

  @Test(arguments: failures)
  func exitCodes(_ arguments: [String], _ code: Int32) throws {
    for language in ["en", "zh"] {
      let outcome = try Program.run(arguments + (arguments.contains("--lang") ? [] : ["--lang", language]))
      #expect(outcome.code == code, "\(outcome.errors)")
      #expect(outcome.bytes.isEmpty)
      #expect(outcome.errors.hasPrefix("llmlab: ") && outcome.errors.dropLast().contains("\n") == false && outcome.errors.hasSuffix("\n"))
      if !arguments.contains("--lang") { #expect(hasChinese(outcome.errors) == (language == "zh"), "\(outcome.errors)") }
    }
  }

  private func hasChinese(_ text: String) -> Bool { text.unicodeScalars.contains { ("\u{4E00}"..."\u{9FFF}").contains($0) } }

  @Test(arguments: [
    (["LC_ALL": "zh_CN.UTF-8"], true), (["LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "en_US.UTF-8"], true),
    (["LC_ALL": "", "LANG": "zh_CN"], true), (["LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"], false),
    (["LC_ALL": "", "LANG": "C"], false),
  ])
  func languageOfTheLocale(_ environment: [String: String], _ isChinese: Bool) throws {
    #expect(hasChinese(try Program.run("inspect", "/dev/null", environment: environment).errors) == isChinese)
    #expect(hasChinese(try Program.run("inspect", "/dev/null", "--lang", "zh", environment: environment).errors))
    #expect(!hasChinese(try Program.run("--lang=en", "inspect", "/dev/null", environment: environment).errors))
  }

  @Test func helpVersionAndCompletion() throws {
    for arguments in [["--help"], ["help", "run"], ["train", "--help"], ["course", "check", "--help"]] {
      let outcome = try Program.run(arguments)
      #expect(outcome.code == 0 && outcome.output.contains("USAGE") && hasChinese(outcome.output) && outcome.errors.isEmpty)
    }
    #expect(try Program.run("--version").code == 0)
    for shell in ["bash", "zsh", "fish"] {
      let outcome = try Program.run("--generate-completion-script", shell)
      #expect(outcome.code == 0 && outcome.output.contains("max-tokens"))
    }
  }

  @Test func inputThatIsNoText() throws {
    let outcome = try Program.run(["tokens", Self.model], input: [0x61, 0xFF, 0xFE])
    #expect(outcome.code == 2 && outcome.errors.contains("UTF-8"))
    #expect(try Program.run(["tokens", Self.model, "--json"], input: [UInt8](repeating: 0x61, count: (16 << 20) + 1)).code == 2)
    #expect(try Program.run(["tokens", Self.model, "--json"], input: [0x61, 0x00, 0x1B, 0x5D]).code == 0)
  }

  /// Nothing that acts on a terminal leaves as it is, and JSON parsers still get the same text.
  @Test func nothingActsOnATerminal() throws {
    let text = "a\u{1B}[31m\u{7F}\u{9B}x\u{202E}\u{200B}\u{2028}\u{E0041}"
    let outcome = try Program.run(["tokens", Self.model, "--json"], input: Array(text.utf8))
    #expect(outcome.output.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value < 0x7F) || $0.value == 0xFFFD })
    let bytes = try outcome.json()["bytes"]?.array.dropFirst().flatMap(\.integers)
    #expect(bytes == text.utf8.map(Int.init))
    let errors = try Program.run(["inspect", "/nonexistent\u{1B}]0;x\u{7}\nfile"]).errors
    #expect(errors.dropLast().unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  @Test func damagedModels() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: SmallModel.path)))
    var random = SeededGenerator(state: 11)
    for i in 0..<24 {
      var damaged = bytes
      if i % 2 == 0 {
        damaged.removeLast(Int.random(in: 1..<damaged.count, using: &random))
      } else {
        for _ in 0..<8 { damaged[Int.random(in: 0..<min(6000, damaged.count), using: &random)] = UInt8.random(in: 0...255, using: &random) }
      }
      let path = Program.temporary("damaged.gguf")
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      let outcome = try Program.run(["run", "--raw", "--json", "--max-tokens", "2", "--model", path, "a"])
      #expect([0, 1, 2].contains(outcome.code), "\(i): \(outcome.code) \(outcome.errors)")
      if i % 2 == 0 { #expect(outcome.code == 2) }
    }
  }

  @Test func hostileArguments() throws {
    let words = [
      "run", "tokens", "logits", "trace", "inspect", "paths", "lessons", "--json", "--raw", "--", "-", "--model", "--hook", "--seed", "-9",
      "1e400", "",
      "\u{202E}", "--lang", "zh", "%s%n", String(repeating: "A", count: 50_000), "--max-tokens", "3", Self.model, "--temperature", "nan",
      "--top-p", "inf",
      "18446744073709551616", "../..", "--stop", "--logprobs", "💥",
    ]
    var random = SeededGenerator(state: 12)
    for _ in 0..<60 {
      let arguments = (0..<Int.random(in: 1...6, using: &random)).map { _ in words.randomElement(using: &random)! }
      // Alone, the program opens the lab; the commands are what is meant here.
      let outcome = try Program.run(["run", "tokens", "trace", "inspect"].randomElement(using: &random).map { [$0] + arguments }!)
      #expect([0, 1, 2, 64].contains(outcome.code), "\(arguments.map { $0.prefix(40) }) → \(outcome.code) \(outcome.errors)")
    }
  }

  @Test func readersThatLeave() throws {
    let pipe = Pipe()
    let command = "\"$0\" logits --json --raw \(Self.model) 'Once upon a time' 2>\"$1\" | head -c 8 >/dev/null; echo ${PIPESTATUS[0]}"
    let errors = Program.temporary("err")
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["-c", command, Program.path, errors]
    shell.standardOutput = pipe
    try shell.run()
    shell.waitUntilExit()
    let status = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(["0", "141"].contains(status))
    #expect(try String(contentsOfFile: errors, encoding: .utf8).isEmpty)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"))) func fullDisk() throws {
    let outcome = try Program.run(["tokens", Self.model, "--json", "a"], output: "/dev/full")
    #expect(outcome.code == 1 && outcome.errors.hasPrefix("llmlab: "))
  }
}

/// SplitMix64, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
