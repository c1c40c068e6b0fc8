// Batches: presentations drawn from the corpus by the mixture. A batch is a pure function of seed and number, so resuming needs no state.
// Not here: how presentations become tokens (Packing).
import Inference
import Languages
import ModelFiles
import Models
import Tokenization

/// Draws presentations and packs them.
struct BatchSource: TrainingTask {
  let corpus: Corpus
  let tokenizer: Tokenizer
  let recipe: Recipe
  private let packing: Packing

  init(_ corpus: Corpus, _ tokenizer: Tokenizer, _ recipe: Recipe) {
    self.corpus = corpus
    self.tokenizer = tokenizer
    self.recipe = recipe
    packing = Packing(tokenizer, context: recipe.shape.context)
  }

  var schedule: Schedule { recipe.schedule }
  var fingerprint: String { corpus.fingerprint }

  func heldOutLoss(of transformer: Transformer, limit: Int) throws -> HeldOutLoss? {
    try HeldOutLoss.measure(transformer, tokenizer, corpus, limit: limit)
  }

  /// A folder that opens as a model, with the recipe beside it.
  func write(_ parameters: FlatParameters, to folder: String) throws(FileError) {
    try HuggingFaceWriter.write(parameters.transformer, tokenizer, to: folder)
    let text: String
    do { text = try recipe.yaml() } catch {
      throw FileError(
        file: "\(folder)/recipe.yaml", place: "YAML", problem: Bilingual(zh: "配方无法写成 YAML", en: "the recipe cannot be written as YAML"),
        mend: Bilingual(zh: "请检查配方中的数值", en: "Check the recipe's numbers"))
    }
    try AtomicFile.write(Array(text.utf8), to: "\(folder)/recipe.yaml")
  }

  /// Throws when corpus, tokenizer and recipe do not belong together.
  func check() throws(TrainingError) {
    if tokenizer.vocabulary.count > recipe.shape.vocabulary {
      throw .vocabularyTooLarge(tokenizer: tokenizer.vocabulary.count, model: recipe.shape.vocabulary)
    }
    if let token = packing.missingToken { throw .missingSpecialToken(token) }
    for (i, stage) in recipe.stages.enumerated() where parts(of: stage).isEmpty { throw .emptyMixture(stage: i + 1) }
  }

  /// The parts that a stage draws from, with their weights. Only parts that exist count; the order is the corpus', not the dictionary's.
  private func parts(of stage: Recipe.Stage) -> [(part: any CorpusPart, weight: Double)] {
    corpus.parts.compactMap { name, part in stage.mixture[name].map { (part, $0) } }
  }

  /// The batch of one pass of one step. Recipe and corpus must have passed `check`.
  func batch(step: Int, pass: Int) -> Batch {
    var random = RandomSource(seed: recipe.seed &+ UInt64(step) &* 0x1_0000_0001 &+ UInt64(pass) &* 0x9E37_79B9)
    let stage = recipe.stage(at: step)
    let parts = parts(of: stage)
    let total = parts.reduce(0) { $0 + $1.weight }
    var batch = Batch()
    // A draw adds a token at least, or nothing where a chat is longer than templates may write: a part of only such must not go on for ever.
    for _ in 0..<recipe.batchTokens where batch.inputs.count < recipe.batchTokens {
      var point = random.uniform() * total
      let part =
        parts.first { part in
          point -= part.weight
          return point < 0
        }?.part ?? parts[parts.count - 1].part
      packing.append(packing.encoded(part.draw(&random)), promptLoss: Float(stage.promptLoss), to: &batch)
    }
    return batch
  }
}
