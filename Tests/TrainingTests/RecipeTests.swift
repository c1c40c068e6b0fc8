// Recipes: the built-in ones are read, everything out of range and every unknown key is named. Not here: what the numbers do (TrainerTests).
import Foundation
import ModelFiles
import Models
import Testing

@testable import Training

@Suite struct RecipeTests {
  @Test func builtInRecipesAreReadAndWrittenBack() throws {
    let folder = testFolder.appendingPathComponent("../../Assets/recipes").standardizedFileURL.path
    let names = try WholeFile.names(in: folder).filter { $0.hasSuffix(".yaml") }
    #expect(!names.isEmpty)
    for name in names {
      let path = "\(folder)/\(name)"
      let recipe = try Recipe(yaml: WholeFile.text(path, limit: 1 << 20), file: path)
      #expect("\(recipe.name).yaml" == name)
      #expect(try Recipe(yaml: recipe.yaml(), file: path) == recipe)
    }
  }

  @Test func everyBitSurvivesWriting() throws {
    let recipe = try Tiny.recipe {
      $0.seed = .max
      $0.optimizer.rate = 0.1 + 0.2
      $0.optimizer.epsilon = .leastNonzeroMagnitude
      $0.optimizer.beta2 = 1 - 0x1p-53
      $0.shape.ropeBase = 1e12.nextDown
      $0.stages[0].mixture["concepts"] = 1.0 / 3
    }
    let text = try recipe.yaml()
    #expect(try Recipe(yaml: text, file: "x") == recipe)
    #expect(try Recipe(yaml: text, file: "x").yaml() == text)
  }

  @Test func precisionIsFloat32UnlessTheRecipeSays() throws {
    #expect(try Tiny.recipe().precision == .float32)
    for precision in Recipe.Precision.allCases {
      let recipe = try Recipe(yaml: Tiny.recipeText + "precision: \(precision.rawValue)\n", file: "x")
      #expect(recipe.precision == precision)
      #expect(try Recipe(yaml: recipe.yaml(), file: "x") == recipe)
    }
  }

  /// With a share for the fall, what comes before it does not depend on the length of the run.
  @Test func theRateStandsStillAndThenFallsInALine() throws {
    func recipe(_ steps: Int) throws -> Recipe {
      try Tiny.recipe {
        $0.steps = steps
        $0.optimizer.decayShare = 0.5
        $0.optimizer.warmup = 0.1
      }
    }
    let (short, long) = (try recipe(20), try recipe(100))
    #expect(abs(short.rate(at: 0) - 0.005) < 1e-12 && short.rate(at: 1) == 0.01 && short.rate(at: 10) == 0.01)
    #expect(abs(short.rate(at: 15) - 0.01 * (0.1 + 0.9 * 0.5)) < 1e-12, "half of the fall")
    #expect(short.rate(at: 19) > 0.001 && short.rate(at: 19) < 0.002)
    for step in 10..<51 { #expect(long.rate(at: step) == 0.01) }
    #expect(long.rate(at: 52) < 0.01)
  }

  static let refused: [(old: String, new: String, place: String)] = [
    ("vocabulary: 288", "vocabulary: 271", "shape.vocabulary"), ("hidden: 16", "hidden: 15", "shape.heads"),
    ("hidden: 16", "hidden: 1", "shape.hidden"), ("hidden: 16", "hidden: 2", "shape.heads"), ("layers: 2", "layers: 0", "shape.layers"),
    ("layers: 2", "layers: 100000", "shape.layers"), (" heads: 2", " heads: 0", "shape.heads"), (" heads: 2", " heads: -2", "shape.heads"),
    ("keyValueHeads: 1", "keyValueHeads: 0", "shape.keyValueHeads"), ("keyValueHeads: 1", "keyValueHeads: 4", "shape.keyValueHeads"),
    ("feedForward: 24", "feedForward: 0", "shape.feedForward"), ("context: 64", "context: 7", "shape.context"),
    ("context: 64", "context: 1.5", "shape.context"), ("ropeBase: 10000", "ropeBase: 0", "shape.ropeBase"),
    ("ropeBase: 10000", "ropeBase: .nan", "shape.ropeBase"), ("normEpsilon: 1.0e-5", "normEpsilon: 0", "shape.normEpsilon"),
    ("hidden: 16, layers: 2", "hidden: 16384, layers: 1024", "shape"), ("steps: 12", "steps: 0", "steps"),
    ("steps: 12", "steps: 99999999999999999999", "steps"), ("steps: 12", "steps: many", "steps"),
    ("batchTokens: 96", "batchTokens: 1", "batchTokens"),
    ("batches: 2", "batches: 0", "batches"), ("rate: 1.0e-2", "rate: 0", "optimizer.rate"),
    ("rate: 1.0e-2", "rate: .inf", "optimizer.rate"),
    ("warmup: 0.2", "warmup: 2", "optimizer.warmup"), ("floor: 0.1", "floor: -1", "optimizer.floor"),
    ("beta1: 0.9", "beta1: 1", "optimizer.beta1"), ("clip: 1.0", "clip: 1.0, decayShare: 1.5", "optimizer.decayShare"),
    ("clip: 1.0", "clip: 1.0, muon: { momentum: 1, rateFactor: 1 }", "optimizer.muon.momentum"),
    ("clip: 1.0", "clip: 1.0, muon: { momentum: 0.9, rateFactor: -1 }", "optimizer.muon.rateFactor"),
    ("clip: 1.0", "clip: 1.0, muon: { momentum: 0.9 }", "optimizer.muon.rateFactor"),
    ("clip: 1.0", "clip: 1.0, muon: { momentum: 0.9, rateFactor: 1, nesterov: false }", "optimizer.muon.nesterov"),
    ("beta2: 0.95", "beta2: .nan", "optimizer.beta2"), ("epsilon: 1.0e-8", "epsilon: 0", "optimizer.epsilon"),
    ("weightDecay: 0.1", "weightDecay: -1", "optimizer.weightDecay"), ("clip: 1.0", "clip: 0", "optimizer.clip"),
    ("clip: 1.0", "clip: .inf", "optimizer.clip"), ("share: 0.5", "share: 0.6", "stages.share"), ("share: 0.5", "share: 0", "stages.share"),
    ("promptLoss: 0.5", "promptLoss: 2", "stages[0].promptLoss"), ("promptLoss: 0\n", "promptLoss: -1\n", "stages[1].promptLoss"),
    ("{ smalltalk: 50, dialogues: 50 }", "{}", "stages[1].mixture"), ("dialogues: 50", "dialogues: -1", "stages[1].mixture.dialogues"),
    ("dialogues: 50", "dialogs: 50", "stages[1].mixture.dialogs"), ("logEvery: 1", "logEvery: 0", "logEvery"),
    ("checkpointEvery: 3", "checkpointEvery: -3", "checkpointEvery"), ("evaluateEvery: 4", "evaluateEvery: 0", "evaluateEvery"),
    ("name: tiny", "name: ../up", "name"), ("name: tiny", "name: \"\"", "name"), ("seed: 7", "seed: -7", "seed"),
    ("seed: 7", "seed: 7\nprecision: float16", "precision"), ("seed: 7", "seed: 7\nprecision: 32", "precision"),
    // Unknown and missing keys, at every depth.
    ("seed: 7", "seed: 7\nsped: 8", "sped"), ("clip: 1.0", "clip: 1.0, momentum: 1", "optimizer.momentum"),
    ("    promptLoss: 0\n", "    promptLoss: 0\n    note: x\n", "stages[1].note"), ("seed: 7", "1: 2\nseed: 7", "1"),
    ("steps: 12\n", "", "steps"), ("clip: 1.0", "", "optimizer.clip"), ("warmup: 0.2, ", "", "optimizer.warmup"),
    // YAML that is none, or is a trap.
    ("seed: 7", "seed: 7\nseed: 8", "YAML"), ("seed: 7", "seed: [", "YAML"), ("name: tiny", "name: &a tiny", "line 1"),
    ("seed: 7", "seed: *a", "line 2"), ("stages:\n", "stages: x\nstage:\n", "stages"),
  ]

  @Test(arguments: refused.indices)
  func everythingUnusableIsNamed(_ index: Int) throws {
    let (old, new, place) = Self.refused[index]
    let range = try #require(Tiny.recipeText.range(of: old), "\(old)")
    let text = Tiny.recipeText.replacingCharacters(in: range, with: new)
    let error = try #require(fileError { _ = try Recipe(yaml: text, file: "r.yaml") }, "\(new) was accepted")
    #expect(error.place == place, "\(new): \(error.message.en)")
    #expect(error.file == "r.yaml")
    #expect(error.problem.zh != error.problem.en)
  }

  @Test(arguments: ["", "- 1", "12", "null", "\u{0}", "{", "---\n---\n"])
  func whatIsNoRecipeIsAnError(_ text: String) { #expect(fileError { _ = try Recipe(yaml: text, file: "r") } != nil) }

  @Test func hugeAndDeepTextsEndAtOnce() {
    let deep = String(repeating: "[", count: 60_000)
    let long = "name: " + String(repeating: "a", count: 1 << 20)
    for text in [deep, "mixture: " + deep, long, String(repeating: "- ", count: 30_000), String(repeating: "a: {", count: 15_000)] {
      let clock = ContinuousClock()
      let time = clock.measure { #expect(fileError { _ = try Recipe(yaml: text, file: "r") } != nil) }
      #expect(time < .seconds(5))
    }
  }

  @Test func stagesShareTheSteps() throws {
    let recipe = try Tiny.recipe()
    #expect((0..<12).map { recipe.stage(at: $0).promptLoss } == Array(repeating: 0.5, count: 6) + Array(repeating: 0, count: 6))
    #expect(recipe.stage(at: 1000) == recipe.stages[1])
  }

  @Test func theConfigurationIsTheShape() throws {
    let configuration = try Tiny.recipe().configuration
    #expect(configuration.headSize == 8 && configuration.tiesEmbeddings && configuration.vocabularySize == 288)
    #expect(
      try Tiny.trainer().parameters.transformer.parameters.reduce(0) { $0 + $1.weight.count }
        == configuration.layout.reduce(0) { $0 + $1.shape.reduce(1, *) })
  }
}
