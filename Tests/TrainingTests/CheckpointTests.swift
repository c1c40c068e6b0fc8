// Checkpoints: resuming changes no bit, damage is passed over with the reason, failing writes leave what was there. Not here: kill −9 (KillTests).
import Foundation
import ModelFiles
import Models
import Testing

@testable import Training

@Suite struct CheckpointTests {
  let folder: TemporaryFolder
  let corpus: Corpus

  init() throws {
    folder = try TemporaryFolder()
    corpus = try Tiny.corpus()
  }

  private func trainer(_ changes: (inout Recipe) -> Void = { _ in }) throws -> Trainer {
    Trainer(try Tiny.recipe(changes), corpus, try Tiny.tokenizer(corpus))
  }

  /// A run of six steps with checkpoints at 2, 4 and 6, of which 4 and 6 stay.
  private func runSix(_ folder: String) throws {
    try trainer {
      $0.steps = 6
      $0.checkpointEvery = 2
      $0.evaluateEvery = 100
    }.losses(folder: folder)
  }

  @Test func resumingAtEveryCheckpointChangesNoBit() throws {
    let copies = try TemporaryFolder()
    let whole = try trainer()
    let losses = try whole.losses(folder: folder.path) { path in
      let name = path.split(separator: "/").last.map(String.init) ?? ""
      try FileManager.default.createDirectory(atPath: "\(copies.path)/from-\(name)", withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: path, toPath: "\(copies.path)/from-\(name)/\(name)")
    }
    #expect(losses.count == 12)
    #expect(copies.names == ["from-step-000003", "from-step-000006", "from-step-000009", "from-step-000012"])
    for name in copies.names {
      let path = "\(copies.path)/\(name)"
      let (found, skipped) = try Checkpoint.latest(in: path)
      let resumed = try #require(found).resume(corpus)
      #expect(skipped.isEmpty)
      #expect(resumed.recipe == whole.recipe)
      #expect(resumed.tokenizer.encode("小猫 the token") == whole.tokenizer.encode("小猫 the token"))
      let start = resumed.step
      let rest = try resumed.losses(folder: path)
      #expect(rest == losses.filter { $0.key > start }, "from step \(start)")
      #expect(resumed.state == whole.state, "from step \(start)")
    }
  }

  @Test func aCheckpointIsAModelFolder() throws {
    let trainer = try trainer()
    let path = try Checkpoint.save(trainer, in: folder.path)
    let model = try Transformer(huggingFace: HuggingFaceFolder(path: path))
    #expect(model.configuration == trainer.recipe.configuration)
    let modes = try FileManager.default.attributesOfItem(atPath: "\(path)/model.safetensors")[.posixPermissions] as? Int
    #expect(modes == 0o600)
  }

  // MARK: Damage

  static var damages: [(name: String, body: (String) throws -> Void)] {
    [
      "model.safetensors", "optimizer.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "recipe.yaml",
      "MANIFEST.json",
    ].flatMap { file -> [(String, (String) throws -> Void)] in
      [
        ("\(file) missing", { try FileManager.default.removeItem(atPath: "\($0)/\(file)") }),
        ("\(file) cut", { try change("\($0)/\(file)") { $0.removeLast() } }),
        ("\(file) empty", { try change("\($0)/\(file)") { $0 = [] } }),
        ("\(file) flipped", { try change("\($0)/\(file)") { $0[$0.count / 2] ^= 0x80 } }),
      ]
    } + [
      ("step changed", { try change("\($0)/MANIFEST.json", replacing: "\"step\": 6", with: "\"step\": 4") }),
      ("format changed", { try change("\($0)/MANIFEST.json", replacing: "\"format\": 1", with: "\"format\": 2") }),
      ("outside name", { try change("\($0)/MANIFEST.json", replacing: "\"config.json\"", with: "\"../../config.json\"") }),
      ("folder as file", { try change("\($0)/MANIFEST.json", replacing: "\"config.json\"", with: "\"..\"") }),
    ]
  }

  private static func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try WholeFile.bytes(path, limit: .max)
    body(&bytes)
    try AtomicFile.write(bytes, to: path)
  }

  private static func change(_ path: String, replacing old: String, with new: String) throws {
    let text = try WholeFile.text(path, limit: .max)
    try #require(text.contains(old))
    try AtomicFile.write(Array(text.replacingOccurrences(of: old, with: new).utf8), to: path)
  }

  @Test func aDamagedNewestCheckpointIsPassedOverWithTheReason() throws {
    try runSix(folder.path)
    #expect(folder.names == ["step-000004", "step-000006"])
    let newest = "\(folder.path)/step-000006"
    let safe = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: newest, toPath: "\(safe.path)/copy")
    for damage in Self.damages {
      try damage.body(newest)
      let (found, skipped) = try Checkpoint.latest(in: folder.path)
      #expect(found?.step == 4, "\(damage.name)")
      #expect(skipped.count == 1, "\(damage.name)")
      for reason in skipped { #expect(reason.zh != reason.en && reason.en.contains("step-000006"), "\(damage.name): \(reason.en)") }
      try FileManager.default.removeItem(atPath: newest)
      try FileManager.default.copyItem(atPath: "\(safe.path)/copy", toPath: newest)
    }
    #expect(try Checkpoint.latest(in: folder.path).found?.step == 6)
  }

  @Test func afterDamageTrainingReachesTheSameEnd() throws {
    let whole = try trainer()
    try whole.losses(folder: "\(folder.path)/whole")
    let path = "\(folder.path)/cut"
    let trainer = try trainer()
    _ = try trainer.run(folder: path, isCancelled: { trainer.step == 8 })
    try Self.change("\(path)/step-000008/model.safetensors") { $0[$0.count - 1] ^= 1 }
    let (found, skipped) = try Checkpoint.latest(in: path)
    let resumed = try #require(found).resume(corpus)
    #expect(resumed.step == 6 && skipped.count == 1)
    try resumed.losses(folder: path)
    #expect(resumed.state == whole.state)
  }

  /// Every checkpoint lost: the new run's checkpoints are not counted behind the damaged ones and thrown away.
  @Test func damagedNewerCheckpointsDoNotPushOutNewOnes() throws {
    try runSix(folder.path)
    for name in ["step-000004", "step-000006"] { try Self.change("\(folder.path)/\(name)/model.safetensors") { $0[9] ^= 1 } }
    let trainer = try trainer()
    let path = try trainer.run(folder: folder.path, isCancelled: { trainer.step == 2 })
    #expect(path.hasSuffix("step-000002"))
    #expect(folder.names == ["step-000002", "step-000004", "step-000006"])
    let (found, skipped) = try Checkpoint.latest(in: folder.path)
    #expect(found?.step == 2 && skipped.count == 2)
  }

  @Test func draftsOfACrashAreRemoved() throws {
    let stale = ["step-000001.tmp", "step-000900.tmp"]
    for name in stale {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
      try folder.write("half", to: "\(name)/model.safetensors")
    }
    for name in ["mine.tmp", "step-12", "step-0000012"] {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
    }
    #expect(try Checkpoint.latest(in: folder.path).found == nil)
    try runSix(folder.path)
    // What is not ours stays.
    #expect(folder.names == ["mine.tmp", "step-0000012", "step-000004", "step-000006", "step-12"])
  }

  @Test func theLastTwoAndTheBestStay() throws {
    let trainer = try trainer()
    var left: [[String]] = []
    // The third is not measured, the sixth is as good as the fourth.
    for score in [3, 1, nil, 0.5, 2, 0.5, 4, 0.25] as [Double?] {
      _ = try trainer.advance()
      if let score { trainer.evaluation = (trainer.step, score) }
      _ = try Checkpoint.save(trainer, in: folder.path)
      left.append(folder.names.map { String($0.suffix(1)) })
    }
    #expect(left == [["1"], ["1", "2"], ["2", "3"], ["3", "4"], ["4", "5"], ["4", "5", "6"], ["4", "6", "7"], ["7", "8"]])
  }

  @Test func theScoreOfTheSameStepIsRemembered() throws {
    var scores: [Int: Double] = [:]
    _ = try trainer().run(folder: folder.path, onEvent: { if case .evaluated(let step, _, let bits) = $0 { scores[step] = bits } })
    #expect(scores.keys.sorted() == [4, 8, 12])
    func score(_ name: String) throws -> JSON? { try JSON.parse(contentsOf: "\(folder.path)/\(name)/MANIFEST.json")["bitsPerByte"] }
    // Of the checkpoints at 3, 6, 9 and 12 only the last was measured.
    #expect(folder.names == ["step-000009", "step-000012"])
    #expect(try score("step-000009") == nil)
    #expect(try score("step-000012") == scores[12].map { .number($0) })
  }

  // MARK: What must not happen silently

  @Test func aFolderOfALongerRunIsRefused() throws {
    try runSix(folder.path)
    let error = TrainingError.folderInUse(path: "\(folder.path)/step-000006", step: 6)
    let fresh = try trainer()
    #expect(throws: error) { try fresh.run(folder: folder.path) }
    #expect(fresh.step == 0)
    #expect(folder.names == ["step-000004", "step-000006"])
    #expect(error.message.zh.contains("step-000006") && error.message.en.contains("step-000006"))
  }

  @Test func aFinishedRunFinishesAgainAtOnce() throws {
    try runSix(folder.path)
    let resumed = try #require(try Checkpoint.latest(in: folder.path).found).resume(corpus)
    #expect(try resumed.run(folder: folder.path).hasSuffix("step-000006"))
  }

  @Test func anotherCorpusIsRefused() throws {
    try runSix(folder.path)
    let other = try TemporaryFolder()
    try Tiny.writeCorpus(to: other)
    try other.write("{\"en\":\"blue\",\"zh\":\"蓝\"}", to: "pairs-a.jsonl")
    let checkpoint = try #require(try Checkpoint.latest(in: folder.path).found)
    let error = try #require(fileError { _ = try checkpoint.resume(Corpus(folder: other.path)) })
    #expect(error.place == "corpus" && error.file.hasSuffix("MANIFEST.json"))
  }

  @Test func foldersThatCannotBeWrittenAreTypedErrors() throws {
    try folder.write("a file", to: "file")
    for path in ["\(folder.path)/file", "\(folder.path)/file/below", "/proc/llmlab-nowhere"] {
      let trainer = try trainer { $0.checkpointEvery = 1 }
      let error = fileError { _ = try trainer.run(folder: path) }
      #expect(error != nil, "\(path)")
    }
    #expect(try Checkpoint.latest(in: "\(folder.path)/not-there").found == nil)
  }
}
