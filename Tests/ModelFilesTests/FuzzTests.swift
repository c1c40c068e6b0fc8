// Mutated files of all formats: every one opens as a sound file or ends in a complete error, in bounded time and memory. Not here: the mutator,
// coverage-guided fuzzing (Tests/Fuzz).
//
// 2,000 files by default; `LLMLAB_FUZZ=500000` for long runs, which print what they did. Tests/Fuzz/README.md has the command with the address sanitizer.
import Foundation
import Testing

@testable import ModelFiles

/// One after another, so that the time of a case is its own.
@Suite(.serialized) struct FuzzTests {
  private static let json =
    #"{"model": {"type": "BPE", "vocab": {"a": 0, "Ġb": 1, "汉": 2, "\u0041\n": 3}, "merges": [["a", "b"], ["c", "d"]]},"#
    + #" "added_tokens": [{"id": 4, "content": "<|end|>", "special": true, "rate": 1.5e-3}], "none": null, "big": -9007199254740993}"#
  private static let config =
    #"{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,"#
    + #" "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0, "rope_type": "llama3"}, "tie_word_embeddings": true, "vocab_size": 512}"#
  private static let index =
    #"{"metadata": {"total_size": 38}, "weight_map": {"a": "m-1.safetensors", "b": "m-1.safetensors", "c": "m-1.safetensors","#
    + #" "empty": "m-1.safetensors", "other": "m-2.safetensors"}}"#
  private static let templates =
    #"{"chat_template": [{"name": "default", "template": "{{ messages }}"}, {"name": "rag", "template": "r"}], "bos_token": "<s>"}"#
  private static let small = safetensorsImage(#"{"other":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}}"#, data: 8)

  @Test func mutatedGGUF() throws {
    try fuzz("gguf", seed: 1, ["m.gguf": GGUFImage.valid.bytes], share: 5) { (folder, _) in
      let file = try GGUFFile(path: folder.file("m.gguf"))
      for (key, _) in file.metadata.entries {
        for access in [{ _ = try file.integer(key, in: 0...9) }, { _ = try file.number(key, in: 0...1) }, { _ = try file.strings(key) }] {
          do { try access() } catch let error as FileError { #expect(isComplete(error)) }
        }
      }
      try check(file)
    }
  }

  @Test func mutatedSplits() throws {
    let parts = (0..<3).map { (SplitTests.name($0 + 1), SplitTests.part(UInt16($0)).bytes) }
    try fuzz("gguf splits", seed: 4, Dictionary(uniqueKeysWithValues: parts), share: 2) { (folder, _) in
      try check(GGUFFile(path: folder.file(SplitTests.name(2))))
    }
  }

  @Test func mutatedSafetensors() throws {
    try fuzz("safetensors", seed: 2, ["m.safetensors": validSafetensors], share: 2) { (folder, _) in
      try check(SafetensorsFile(path: folder.file("m.safetensors")))
    }
  }

  @Test func mutatedShards() throws {
    let files = ["m.safetensors.index.json": Array(Self.index.utf8), "m-1.safetensors": validSafetensors, "m-2.safetensors": Self.small]
    try fuzz("safetensors index", seed: 5, files, share: 2) { (folder, _) in
      try check(ShardedSafetensors(index: folder.file("m.safetensors.index.json")))
    }
  }

  @Test(arguments: 0...2) func mutatedLlama2C(version: Int) throws {
    try fuzz("llama2.c version \(version)", seed: 6 + UInt64(version), ["m.bin": Llama2CImage(version: version).bytes], share: 1) {
      (folder, _) in
      try check(Llama2CFile(path: folder.file("m.bin")))
    }
  }

  @Test func mutatedFolders() throws {
    let files = [
      "config.json": Array(Self.config.utf8), "model.safetensors": validSafetensors, "tokenizer_config.json": Array(Self.templates.utf8),
      "tokenizer.json": Array(Self.json.utf8), "added_tokens.json": Array(#"{"<extra>": 7}"#.utf8),
      "chat_template.jinja": Array("{{ a }}".utf8),
    ]
    try fuzz("folders", seed: 9, files, share: 1) { (folder, _) in
      guard case .huggingFace(let model) = try ModelSource.open(folder.path) else { return }
      #expect(model.chatTemplates.count <= Limits.chatTemplates)
      try check(model.weights)
    }
  }

  /// Header text under the length that fits it: mutations reach what comes after the JSON.
  @Test func mutatedSafetensorsHeaders() throws {
    let header = Array(validSafetensors.dropFirst(8).dropLast(30))
    let finish = { (bytes: [UInt8]) in littleEndian(UInt64(bytes.count)) + bytes + [UInt8](repeating: 0, count: 30) }
    try fuzz("safetensors headers", seed: 10, ["m.safetensors": header], share: 2, finish: finish) { (folder, _) in
      try check(SafetensorsFile(path: folder.file("m.safetensors")))
    }
  }

  /// What is no model, and what is, under names that say nothing.
  @Test func mutatedStrangers() throws {
    let files = ModelSourceTests.strangers.map(\.bytes) + [GGUFImage.valid.bytes, Llama2CImage().bytes]
    let named = files.enumerated().map { ("m\($0)", $1) }
    try fuzz("strangers", seed: 11, Dictionary(uniqueKeysWithValues: named), share: 1) { (folder, name) in
      switch try ModelSource.open(folder.file(name)) {
      case .gguf(let file): try check(file)
      case .llama2c(let file): try check(file)
      case .huggingFace(let model): try check(model.weights)
      }
    }
  }

  /// What parses must be written as text that parses to the same value.
  @Test(arguments: [json, config]) func mutatedJSON(text: String) throws {
    let cursor = { (value: JSON) in value.cursor(file: "f") }
    try fuzz("json", seed: 3, ["m.json": Array(text.utf8)], share: 1) { (folder, _) in
      let value = try JSON.parse(contentsOf: folder.file("m.json"))
      #expect(try JSON.parse(Array(value.serialized().utf8), file: "again") == value)
      for body in [
        { _ = try cursor(value).member("model").member("vocab").members() }, { _ = try cursor(value).member("big").integer(in: 0...1) },
      ] {
        do { try body() } catch let error as FileError { #expect(isComplete(error)) }
      }
    }
  }

  /// What coverage-guided fuzzing begins with (Tests/Fuzz) must be accepted, or it starts at the first check.
  @Test func seedsOfTheFuzzTargetsAreValid() throws {
    let seeds = testsFolder.deletingLastPathComponent().appendingPathComponent("Fuzz/Seeds").path
    try check(GGUFFile(path: "\(seeds)/gguf/small.gguf"))
    try check(SafetensorsFile(path: "\(seeds)/safetensors/small.safetensors"))
    for version in 0...2 { #expect(try Llama2CFile(path: "\(seeds)/llama2c/version\(version).bin").header.version.rawValue == version) }
    _ = try JSON.parse(contentsOf: "\(seeds)/json/tokenizer.json")
  }

  /// Mutates one of the files at a time and opens what they make together.
  /// - Parameters:
  ///   - share: this part in twenty of all mutated files.
  ///   - finish: what a mutated file becomes before it is written.
  ///   - open: gets the folder and the name of the mutated file.
  private func fuzz(
    _ name: String, seed: UInt64, _ originals: [String: [UInt8]], share: Int, finish: ([UInt8]) -> [UInt8] = { $0 },
    _ open: (TemporaryFolder, String) throws -> Void
  ) throws {
    let folder = try TemporaryFolder(inMemory: true)
    var mutator = Mutator(seed: seed)
    var (slowest, accepted) = (Duration.zero, 0)
    let files = originals.sorted { $0.key < $1.key }
    for file in files { try folder.write(finish(file.value), file.key) }
    let count = max(1, fuzzCount(2000) * share / 20)
    let begin = ContinuousClock.now
    for i in 0..<count {
      let file = files[i % files.count]
      try folder.write(finish(mutator.mutate(file.value)), file.key)
      let start = ContinuousClock.now
      do {
        try open(folder, file.key)
        accepted += 1
      } catch let error as FileError {
        #expect(isComplete(error) && error.file.hasPrefix(folder.path), "case \(i) of seed \(seed): \(error)")
      }
      slowest = max(slowest, ContinuousClock.now - start)
      if files.count > 1 { try folder.write(finish(file.value), file.key) }
    }
    #expect(slowest < .seconds(2), "seed \(seed)")
    // A mutator that breaks everything at the first byte, or nothing, would test little.
    #expect((accepted > 0 || count < 500) && (accepted < count || count < 100), "\(accepted) of \(count) accepted")
    if fuzzCount(0) > 0 {
      print(
        "fuzz: \(name): \(count) files, \(accepted) accepted, \(ContinuousClock.now - begin), slowest \(slowest), \(peakMemory) MiB at most so far"
      )
    }
  }

  private var peakMemory: Int {
    var usage = rusage()
    #if canImport(Darwin)
      _ = getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss >> 20
    #else
      _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss >> 10
    #endif
  }

  private func check(_ file: some WeightsFile) throws {
    for tensor in file.tensors {
      #expect(tensor.type.byteCount(tensor.elementCount) == tensor.byteCount)
      #expect(try file.floats(tensor).count == tensor.elementCount)
      #expect(try file.mappedBytes(of: tensor)?.owner == nil)
    }
    #expect(file.tensors.allSatisfy { file.tensor(named: $0.name) == $0 })
  }
}
