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

  /// Checkpoints that stay after a newer one is complete.
  static let kept = 2

  /// Writes the trainer's state and prunes older checkpoints.
  /// - Returns: the path of the new checkpoint.
  static func save(_ trainer: Trainer, in folder: String) throws(FileError) -> String {
    try WholeFile.makeFolder(folder)
    let name = folderName(trainer.step)
    let (target, draft) = ("\(folder)/\(name)", "\(folder)/\(name).tmp")
    try WholeFile.removeFolder(draft)
    try WholeFile.makeFolder(draft)
    let model = trainer.parameters.transformer
    let tokenizer = trainer.tokenizer
    try SafetensorsWriter.write(model.tensorsToWrite(.f32), to: "\(draft)/model.safetensors")
    let (means, variances) = (trainer.parameters.means, trainer.parameters.variances)
    try SafetensorsWriter.write(
      [
        TensorToWrite(name: "mean", shape: means.shape, type: .f32) { () throws(FileError) in means.values },
        TensorToWrite(name: "variance", shape: variances.shape, type: .f32) { () throws(FileError) in variances.values },
      ], to: "\(draft)/optimizer.safetensors")
    let texts: [(String, String)] = [
      ("config.json", model.huggingFaceConfig(bos: tokenizer.bos, eos: tokenizer.roles.eos, type: .f32).serialized(pretty: true)),
      ("tokenizer.json", tokenizer.huggingFaceJSON().serialized()),
      ("tokenizer_config.json", tokenizer.huggingFaceConfig().serialized(pretty: true)),
      ("recipe.yaml", trainer.recipe.yaml()),
    ]
    for (name, text) in texts { try AtomicFile.write(Array(text.utf8), to: "\(draft)/\(name)") }
    try writeManifest(draft, step: trainer.step)
    // A checkpoint of this step from an earlier attempt goes only now, when its successor is complete.
    try WholeFile.removeFolder(target)
    try AtomicFile.rename(draft, to: target)
    try prune(folder)
    return target
  }

  private static func writeManifest(_ draft: String, step: Int) throws(FileError) {
    var files = JSONObject()
    for name in try WholeFile.names(in: draft) {
      let bytes = try WholeFile.bytes("\(draft)/\(name)", limit: .max)
      files[name] = ["bytes": .integer(bytes.count), "sha256": .string(SHA256.hexadecimal(bytes))]
    }
    let manifest: JSON = ["format": 1, "step": .integer(step), "files": .object(files)]
    try AtomicFile.write(Array(manifest.serialized(pretty: true).utf8), to: "\(draft)/MANIFEST.json")
    try AtomicFile.syncFolder(draft)
  }

  /// The newest checkpoint that verifies, and why newer ones were passed over.
  public static func latest(in folder: String) throws(FileError) -> (found: Checkpoint?, skipped: [String]) {
    guard access(folder, F_OK) == 0 else { return (nil, []) }
    var skipped: [String] = []
    let steps = try WholeFile.names(in: folder).compactMap { name in stepNumber(name).map { (name, $0) } }.sorted { $0.1 > $1.1 }
    for (name, step) in steps {
      do throws(FileError) {
        try verify("\(folder)/\(name)", step: step)
        return (Checkpoint(path: "\(folder)/\(name)", step: step), skipped)
      } catch {
        skipped.append(error.message.en)
      }
    }
    return (nil, skipped)
  }

  private static func verify(_ path: String, step: Int) throws(FileError) {
    let file = "\(path)/MANIFEST.json"
    let root = try JSON.parse(contentsOf: file).cursor(file: file)
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

  private static let retrain = Bilingual(zh: "将改用更早的检查点", en: "An earlier checkpoint is used instead")

  /// The trainer as it was when the checkpoint was written.
  public func resume(_ corpus: Corpus) throws(FileError) -> Trainer {
    let recipe = try Recipe(yaml: try WholeFile.text("\(path)/recipe.yaml", limit: 1 << 20), file: "\(path)/recipe.yaml")
    let folder = try HuggingFaceFolder(path: path)
    let file = "\(path)/tokenizer.json"
    guard let json = folder.tokenizerJSON else {
      throw FileError(
        file: path, place: "tokenizer.json", problem: Bilingual(zh: "缺少分词器", en: "the tokenizer is missing"), mend: Checkpoint.retrain)
    }
    let tokenizer = try Tokenizer(huggingFace: json, tokenizerConfig: folder.tokenizerConfig, file: file)
    let parameters = FlatParameters(try Transformer(huggingFace: folder))
    let state = try SafetensorsFile(path: "\(path)/optimizer.safetensors")
    for (name, tensor) in [("mean", parameters.means), ("variance", parameters.variances)] {
      let info = try state.required(name, shape: tensor.shape)
      try state.read(info, into: UnsafeMutableBufferPointer(start: tensor.data, count: tensor.count))
    }
    return Trainer(recipe, corpus, tokenizer, parameters: parameters, step: step)
  }

  private static func prune(_ folder: String) throws(FileError) {
    let names = try WholeFile.names(in: folder)
    for name in names where name.hasSuffix(".tmp") && stepNumber(String(name.dropLast(4))) != nil { try WholeFile.removeFolder("\(folder)/\(name)") }
    let steps = names.filter { stepNumber($0) != nil }
    for name in steps.dropLast(kept) { try WholeFile.removeFolder("\(folder)/\(name)") }
  }

  private static func folderName(_ step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  private static func stepNumber(_ name: String) -> Int? {
    guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0, folderName(step) == name else { return nil }
    return step
  }
}
