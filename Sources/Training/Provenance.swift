// Where weights come from: what a checkpoint says of its recipe and corpus, as metadata of the files that are made from it. Not here: writing them.
import ModelFiles

/// Recipe, corpus and step of a checkpoint.
public struct Provenance: Sendable {
  /// The recipe's name: what the model is called.
  public let name: String
  public let step: Int
  /// The recipe, written out in full, so that the run can be repeated from the weights alone.
  public let recipe: String
  /// SHA-256 of the corpus, as `llmlab corpus` prints it.
  public let corpus: String?

  /// Nil when the folder is no checkpoint. Throws when it is a damaged one.
  public init?(checkpoint path: String) throws(FileError) {
    let (manifest, recipe) = ("\(path)/MANIFEST.json", "\(path)/recipe.yaml")
    guard WholeFile.exists(manifest), WholeFile.exists(recipe) else { return nil }
    let root = try JSON.parse(contentsOf: manifest).cursor(file: manifest)
    self.recipe = try WholeFile.text(recipe, limit: 1 << 20)
    name = try Recipe(yaml: self.recipe, file: recipe).name
    step = try root.member("step").integer(in: 0...Int.max)
    corpus = try root.optional("corpus")?.string()
  }

  /// Keys of a GGUF file, all under `llmlab.`.
  public var ggufMetadata: [(key: String, value: GGUFValue)] {
    var metadata: [(key: String, value: GGUFValue)] = [
      ("llmlab.step", .uint32(min(step, Int(UInt32.max)))), ("llmlab.recipe", .string(recipe)),
      ("llmlab.recipe.sha256", .string(SHA256.hexadecimal(Array(recipe.utf8)))),
    ]
    if let corpus { metadata.append(("llmlab.corpus.sha256", .string(corpus))) }
    return metadata
  }
}
