// Mutated files: every one opens as a sound file or ends in a complete error, in bounded time. Not here: the mutator.
//
// 2,000 files by default; `LLMLAB_FUZZ=200000 swift test --filter FuzzTests` for long runs.
import Testing

@testable import ModelFiles

@Suite struct FuzzTests {
  private static let json =
    #"{"model": {"type": "BPE", "vocab": {"a": 0, "Ġb": 1, "汉": 2, "\u0041\n": 3}, "merges": [["a", "b"], ["c", "d"]]},"#
    + #" "added_tokens": [{"id": 4, "content": "<|end|>", "special": true, "rate": 1.5e-3}], "none": null, "big": -9007199254740993}"#

  @Test func mutatedGGUF() throws {
    try fuzz(seed: 1, [GGUFImage.valid.bytes], share: 5) { path in
      let file = try GGUFFile(path: path)
      for (key, _) in file.metadata.entries {
        for access in [{ _ = try file.integer(key, in: 0...9) }, { _ = try file.number(key, in: 0...1) }, { _ = try file.strings(key) }] {
          do { try access() } catch let error as FileError { #expect(isComplete(error)) }
        }
      }
      try check(file)
    }
  }

  @Test func mutatedSafetensors() throws {
    try fuzz(seed: 2, [validSafetensors], share: 5) { path in try check(SafetensorsFile(path: path)) }
  }

  /// What parses must be written as text that parses to the same value.
  @Test func mutatedJSON() throws {
    let cursor = { (value: JSON) in value.cursor(file: "f") }
    try fuzz(seed: 3, [Array(Self.json.utf8)], share: 10) { path in
      let value = try JSON.parse(contentsOf: path)
      #expect(try JSON.parse(Array(value.serialized().utf8), file: "again") == value)
      for body in [
        { _ = try cursor(value).member("model").member("vocab").members() }, { _ = try cursor(value).member("big").integer(in: 0...1) },
      ] {
        do { try body() } catch let error as FileError { #expect(isComplete(error)) }
      }
    }
  }

  /// - Parameter share: this part in ten of all mutated files.
  private func fuzz(seed: UInt64, _ originals: [[UInt8]], share: Int, _ open: (String) throws -> Void) throws {
    let folder = try TemporaryFolder()
    var mutator = Mutator(seed: seed)
    var slowest = Duration.zero
    var accepted = 0
    let count = max(1, fuzzCount(2000) * share / 20)
    for i in 0..<count {
      let bytes = mutator.mutate(originals[i % originals.count])
      let path = try folder.write(bytes, "mutated")
      let start = ContinuousClock.now
      do {
        try open(path)
        accepted += 1
      } catch let error as FileError {
        #expect(isComplete(error) && error.file == path, "case \(i) of seed \(seed): \(error)")
      }
      slowest = max(slowest, ContinuousClock.now - start)
    }
    #expect(slowest < .seconds(2), "seed \(seed)")
    // A mutator that breaks everything at the first byte, or nothing, would test little.
    #expect(count < 100 || (accepted > 0 && accepted < count), "\(accepted) of \(count) accepted")
  }

  private func check(_ file: some WeightsFile) throws {
    for tensor in file.tensors {
      #expect(tensor.type.byteCount(tensor.elementCount) == tensor.byteCount)
      #expect(try file.floats(tensor).count == tensor.elementCount)
    }
    #expect(file.tensors.allSatisfy { file.tensor(named: $0.name) == $0 })
  }
}
