// The evaluator on a model that knows nothing: what is asked, counted, cancelled. Not here: judging (JudgeTests).
import Inference
import Models
import Testing
import Tokenization

@testable import Training

@Suite struct EvaluatorTests {
  private func loaded(_ trainer: Trainer) -> LoadedModel {
    LoadedModel(
      name: "tiny", path: "", transformer: Transformer(trainer.recipe.configuration, seed: 7), tokenizer: trainer.tokenizer,
      chatTemplate: .sprout)
  }

  @Test func everyProbeIsAskedAndCounted() throws {
    let trainer = try Tiny.trainer { $0.shape.context = 128 }
    let corpus = trainer.source.corpus
    var asked: [Int] = []
    let report = try Evaluator(loaded(trainer), corpus, limit: 3).run(progress: { done, _ in asked.append(done) })
    let probes = corpus.probes(limit: 3)
    #expect(asked == Array(0...probes.count))
    for line in report.lines where line.name != "language" && line.name != "well-formed" {
      let count = probes.filter { $0.skill.rawValue == line.name }.count
      #expect(line.score.count == count, "\(line.name)")
    }
    #expect(report.lines.first { $0.name == "well-formed" }?.score.count == probes.count)
    // A model that learned nothing answers nothing right, and its failures can be read.
    let sums = report.lines.filter { $0.name.hasPrefix("sums") }
    #expect(sums.count == 2 && sums.allSatisfy { $0.score.passed == 0 })
    let concept = try #require(report.failures.first { $0.skill == "concepts" })
    #expect(concept.question == "词元是啥？" && concept.expected == "一段字。")
    #expect(try #require(report.bitsPerByte) > 1)
  }

  @Test func skillsAreChosen() throws {
    let trainer = try Tiny.trainer { $0.shape.context = 128 }
    let report = try Evaluator(loaded(trainer), trainer.source.corpus, limit: 2).run(skills: [.calculator])
    #expect(report.lines.map(\.name).filter { $0 != "language" } == ["calculator", "well-formed"])
  }

  @Test func whatDoesNotFitTheModelIsAFailureNotAnEnd() throws {
    let trainer = try Tiny.trainer { $0.shape.context = 8 }
    let report = try Evaluator(loaded(trainer), trainer.source.corpus, limit: 2).run(skills: [.sums3])
    #expect(report.lines.first { $0.name == "sums-3-digits" }?.score == Score(passed: 0, count: 2))
  }

  @Test func cancellingEndsIt() throws {
    let trainer = try Tiny.trainer()
    #expect(throws: Run.Cancelled.self) {
      _ = try Evaluator(loaded(trainer), trainer.source.corpus, limit: 2).run(isCancelled: { true })
    }
  }

  @Test func probesAreTheSameEveryTime() throws {
    let (a, b) = (try Tiny.corpus().probes(limit: 20), try Tiny.corpus().probes(limit: 20))
    #expect(a.map(\.question) == b.map(\.question) && a.count > 20)
  }
}
