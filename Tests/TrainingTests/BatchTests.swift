// Batches: a pure function of seed and step, packed whole, and the loss on the right tokens. Not here: the corpus reader.
import ModelFiles
import Models
import Testing
import Tokenization

@testable import Training

@Suite struct BatchTests {
  private func source(_ changes: (inout Recipe) -> Void = { _ in }) throws -> BatchSource { try Tiny.trainer(changes).source }

  private func parts(_ batch: Batch) -> [(inputs: [Int], targets: [Int], weights: [Float])] {
    var start = 0
    return batch.documents.map { length in
      defer { start += length }
      let range = start..<start + length
      return (batch.inputs[range].map(Int.init), batch.targets[range].map(Int.init), Array(batch.weights[range]))
    }
  }

  @Test func aBatchIsAPureFunctionOfSeedAndStep() throws {
    let (a, b, other) = (try source(), try source(), try source { $0.seed = 8 })
    func ids(_ source: BatchSource, _ step: Int, _ pass: Int) -> [Int32] { source.batch(step: step, pass: pass).inputs }
    for step in [5, 0, 11, 5] { for pass in 0..<2 { #expect(ids(a, step, pass) == ids(b, step, pass)) } }
    var seen: Set<[Int32]> = []
    for step in 0..<12 { for pass in 0..<2 { seen.insert(ids(a, step, pass)) } }
    #expect(seen.count == 24)
    #expect(ids(a, 3, 1) != ids(other, 3, 1))
  }

  @Test func documentsArePackedWhole() throws {
    let source = try source()
    for step in 0..<12 {
      let batch = source.batch(step: step, pass: 0)
      #expect(batch.inputs.count >= 96 && batch.inputs.count < 96 + 64)
      #expect(batch.documents.reduce(0, +) == batch.inputs.count)
      #expect(batch.targets.count == batch.inputs.count && batch.weights.count == batch.inputs.count)
      for part in parts(batch) {
        #expect(part.inputs.count <= 64)
        #expect(part.inputs[0] == 0, "every document begins with <|bos|>")
        #expect(part.inputs.dropFirst() == part.targets.dropLast())
      }
    }
  }

  /// A chat beyond what a template may write counts as empty; a part with nothing else must end all the same.
  @Test func chatsThatCannotBeWrittenDoNotHang() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "a", count: Limits.templateOutputBytes + 1)
    try folder.write(
      "{\"turns\":[{\"role\":\"user\",\"content\":\"\(long)\"},{\"role\":\"assistant\",\"content\":\"b\"}]}", to: "dialogues-x.jsonl")
    let corpus = try withExtendedLifetime(folder) { try Corpus(folder: folder.path) }
    let recipe = try Tiny.recipe { $0.stages = [.init(share: 1, mixture: ["dialogues": 1], promptLoss: 0)] }
    let source = BatchSource(corpus, try Tiny.tokenizer(Tiny.corpus()), recipe)
    #expect(source.batch(step: 0, pass: 0).inputs.isEmpty)
  }

  @Test func documentsAreCutToTheContext() throws {
    let source = try source { $0.shape.context = 8 }
    let batch = source.batch(step: 0, pass: 0)
    #expect(batch.documents.max() == 8)
  }

  /// The targets with each weight, decoded: what the loss of a stage looks at.
  private func counted(_ part: (inputs: [Int], targets: [Int], weights: [Float]), _ tokenizer: Tokenizer, _ weight: Float) -> String {
    tokenizer.decode(zip(part.targets, part.weights).filter { $0.1 == weight }.map(\.0))
  }

  @Test func theLastStageCountsAnswersOnlyAndToolResultsNever() throws {
    let source = try source { $0.shape.context = 512 }
    var found: Set<String> = []
    for step in 6..<12 {
      for pass in 0..<8 {
        for part in parts(source.batch(step: step, pass: pass)) {
          #expect(part.weights.allSatisfy { $0 == 0 || $0 == 1 })
          found.insert(counted(part, source.tokenizer, 1))
        }
      }
    }
    #expect(found == ["你好！<|end|>", "Hello!<|end|>", "Hi.<|end|>", "<|tool|>calc 48*17<|result|>It is 816.<|end|>Bye.<|end|>"])
  }

  @Test func theFirstStageCountsPromptsInPart() throws {
    let source = try source { $0.shape.context = 512 }
    var prompts: Set<String> = []
    for step in 0..<6 {
      for pass in 0..<8 {
        for part in parts(source.batch(step: step, pass: pass)) {
          #expect(part.weights.allSatisfy { $0 == 0.5 || $0 == 1 })
          prompts.insert(counted(part, source.tokenizer, 0.5))
        }
      }
    }
    #expect(prompts.contains("<|user|>hi<|end|><|bot|>"))
    // Plain text is the model's own from its first token to its end.
    #expect(prompts.contains(""))
    #expect(prompts.contains("<|user|>48*17?<|end|><|bot|>816<|user|>ok<|end|><|bot|>"))
  }

  @Test func partsAreMixedByTheirWeights() throws {
    let source = try source {
      $0.stages[0].mixture = ["smalltalk": 3, "dialogues": 1]
      $0.batchTokens = 20_000
    }
    let documents = parts(source.batch(step: 0, pass: 0))
    let dialogues = documents.count { counted($0, source.tokenizer, 1).contains("Bye.") }
    #expect(documents.count > 500)
    #expect(abs(Double(dialogues) / Double(documents.count) - 0.25) < 0.05)
  }

  @Test func evaluationLooksAtAnswersOfHeldOutQuestions() throws {
    let trainer = try Tiny.trainer()
    let (corpus, packing) = (trainer.source.corpus, Packing(trainer.tokenizer, context: 64))
    let answers = packing.heldOut(corpus, limit: 2_000).flatMap { parts($0) }.map { counted($0, trainer.tokenizer, 1) }
    for answer in ["一段字。<|end|>", "I do not know that.<|end|>"] { #expect(answers.contains(answer) == true, "\(answer)") }
    #expect(packing.heldOut(corpus, limit: 2).count == 2)
    #expect(packing.heldOut(corpus, limit: 0).isEmpty)
    // A question that fills the context leaves nothing to measure, and no crash.
    #expect(Packing(trainer.tokenizer, context: 8).heldOut(corpus, limit: 200).allSatisfy { $0.weights.contains(1) })
  }
}
