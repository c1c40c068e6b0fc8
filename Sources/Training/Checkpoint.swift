// Checkpoints on disk: written beside, verified by a manifest, renamed into place; resumed only when every byte is as it was written.
import Languages
import ModelFiles
import Models
import Tensors
import Tokenization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder `step-000500` below a run's folder. It is a Hugging Face folder as well, so every command opens it with --model.
public struct Checkpoint: Sendable {
  public let path: String
  public let step: Int

  /// The newest checkpoints that stay; beside them stays the one with the fewest bits per byte on held-out answers.
  static let kept = 2

  /// Writes the trainer's state and prunes older checkpoints.
  /// - Returns: the path of the new checkpoint.
  static func save(_ trainer: TrainingRun, in folder: String) throws(FileError) -> String {
    try WholeFile.makeFolder(folder)
    let name = folderName(trainer.step)
    let (target, draft) = ("\(folder)/\(name)", "\(folder)/\(name).tmp")
    try WholeFile.removeFolder(draft)
    do throws(FileError) {
      try write(trainer, to: draft)
      // A checkpoint of this step from an earlier attempt goes only now, when its successor is complete.
      try WholeFile.removeFolder(target)
      try AtomicFile.rename(draft, to: target)
    } catch {
      // On a full disk the room is worth more than half a checkpoint; that it cannot be removed would be no news.
      try? WholeFile.removeFolder(draft)
      throw error
    }
    try prune(folder, newest: trainer.step, CheckpointSpread(count: trainer.keep, total: trainer.schedule.steps))
    return target
  }

  private static func write(_ trainer: TrainingRun, to draft: String) throws(FileError) {
    try WholeFile.makeFolder(draft)
    try trainer.task.write(trainer.parameters, to: draft)
    let (means, variances) = (trainer.parameters.means, trainer.parameters.variances)
    try SafetensorsWriter.write(
      [
        TensorToWrite(name: "mean", shape: means.shape, type: .f32) { () throws(FileError) in means.values },
        TensorToWrite(name: "variance", shape: variances.shape, type: .f32) { () throws(FileError) in variances.values },
      ], to: "\(draft)/optimizer.safetensors")
    try writeManifest(trainer, to: draft)
  }

  /// The step says everything about the position in data and randomness, because batches are a function of seed and step.
  private static func writeManifest(_ trainer: TrainingRun, to draft: String) throws(FileError) {
    var files = JSONObject()
    for name in try WholeFile.names(in: draft) {
      let bytes = try WholeFile.bytes("\(draft)/\(name)", limit: .max)
      files[name] = ["bytes": .integer(bytes.count), "sha256": .string(SHA256.hexadecimal(bytes))]
    }
    var manifest: JSONObject = [
      "format": 1, "step": .integer(trainer.step), "corpus": .string(trainer.task.fingerprint), "files": .object(files),
    ]
    if trainer.keep > 0 { manifest["keep"] = .integer(trainer.keep) }
    if let evaluation = trainer.evaluation, evaluation.step == trainer.step, evaluation.bitsPerByte.isFinite {
      manifest["bitsPerByte"] = .number(evaluation.bitsPerByte)
    }
    try AtomicFile.write(Array(JSON.object(manifest).serialized(pretty: true).utf8), to: "\(draft)/MANIFEST.json")
    try AtomicFile.syncFolder(draft)
  }

  /// The newest checkpoint that verifies, and why newer ones were passed over.
  public static func latest(in folder: String) throws(FileError) -> (found: Checkpoint?, skipped: [Bilingual]) {
    guard access(folder, F_OK) == 0 else { return (nil, []) }
    var skipped: [Bilingual] = []
    let steps = try WholeFile.names(in: folder).compactMap { name in stepNumber(name).map { (name, $0) } }.sorted { $0.1 > $1.1 }
    for (name, step) in steps {
      do throws(FileError) {
        try verify("\(folder)/\(name)", step: step)
        return (Checkpoint(path: "\(folder)/\(name)", step: step), skipped)
      } catch {
        skipped.append(error.message)
      }
    }
    return (nil, skipped)
  }

  static func manifest(_ path: String) throws(FileError) -> JSONCursor {
    let file = "\(path)/MANIFEST.json"
    return try JSON.parse(contentsOf: file).cursor(file: file)
  }

  private static func verify(_ path: String, step: Int) throws(FileError) {
    let root = try manifest(path)
    _ = try root.member("format").integer(in: 1...1)
    _ = try root.member("step").integer(in: step...step)
    for (name, entry) in try root.member("files").members() {
      guard !name.contains("/") else { throw entry.error(Bilingual(zh: "文件名不合法", en: "bad file name"), retrain) }
      let bytes = try WholeFile.bytes("\(path)/\(name)", limit: .max)
      guard try entry.member("bytes").integer(in: 0...Int.max) == bytes.count,
        try entry.member("sha256").string() == SHA256.hexadecimal(bytes)
      else { throw entry.error(Bilingual(zh: "内容与清单不符", en: "the content differs from the manifest"), retrain) }
    }
  }

  private static let retrain = Bilingual(zh: "会再试更早的检查点", en: "Earlier checkpoints are tried")

  /// The trainer as it was when the checkpoint was written, on the same corpus.
  public func resume(_ corpus: Corpus) throws(FileError) -> Trainer {
    try check(corpus.fingerprint)
    let recipe = try Recipe(yaml: try WholeFile.text("\(path)/recipe.yaml", limit: 1 << 20), file: "\(path)/recipe.yaml")
    let folder = try HuggingFaceFolder(path: path)
    let file = "\(path)/tokenizer.json"
    guard let json = folder.tokenizerJSON else {
      throw FileError(
        file: path, place: "tokenizer.json", problem: Bilingual(zh: "缺少分词器", en: "the tokenizer is missing"), mend: Checkpoint.retrain)
    }
    let tokenizer = try Tokenizer(huggingFace: json, tokenizerConfig: folder.tokenizerConfig, file: file)
    let parameters = FlatParameters(try Transformer(huggingFace: folder))
    try restoreOptimizer(of: parameters)
    let trainer = Trainer(recipe, corpus, tokenizer, parameters: parameters, step: step)
    trainer.keep = try keep
    return trainer
  }

  /// Refuses other data than that of the run's beginning.
  func check(_ fingerprint: String) throws(FileError) {
    guard let known = try Checkpoint.manifest(path).optional("corpus"), try known.string() != fingerprint else { return }
    throw known.error(
      Bilingual(zh: "语料与开始训练时不同", en: "the corpus is not the one that the run began with"),
      Bilingual(zh: "请恢复原来的语料，或在新目录里重新训练", en: "Bring the corpus back, or train anew in another folder"))
  }

  func restoreOptimizer(of parameters: FlatParameters) throws(FileError) {
    let state = try SafetensorsFile(path: "\(path)/optimizer.safetensors")
    for (name, tensor) in [("mean", parameters.means), ("variance", parameters.variances)] {
      let info = try state.required(name, shape: tensor.shape)
      try state.read(info, into: UnsafeMutableBufferPointer(start: tensor.data, count: tensor.count))
    }
  }

  /// Removes drafts that a crash left, and old checkpoints. Those of later steps did not verify when this run began; they are not its to count,
  /// or they would push out the new ones.
  private static func prune(_ folder: String, newest: Int, _ spread: CheckpointSpread) throws(FileError) {
    var old: [(name: String, step: Int)] = []
    for name in try WholeFile.names(in: folder) {
      if name.hasSuffix(".tmp"), stepNumber(String(name.dropLast(4))) != nil { try WholeFile.removeFolder("\(folder)/\(name)") }
      if let step = stepNumber(name), step <= newest { old.append((name, step)) }
    }
    old.sort { $0.step < $1.step }
    let scores = old.map { bitsPerByte("\(folder)/\($0.name)") ?? .infinity }
    let best = scores.indices.min { scores[$0] < scores[$1] }
    let marks = spread.kept(of: old.map(\.step))
    for (i, checkpoint) in old.dropLast(kept).enumerated() where (i != best || scores[i] == .infinity) && !marks.contains(checkpoint.step) {
      try WholeFile.removeFolder("\(folder)/\(checkpoint.name)")
    }
  }

  static func bitsPerByte(_ path: String) -> Double? { try? manifest(path).optional("bitsPerByte")?.number() }

  private static func folderName(_ step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  static func stepNumber(_ name: String) -> Int? {
    guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0, folderName(step) == name else { return nil }
    return step
  }
}
