// Changed values and the pass that follows from them: resumed passes equal full ones, and compute no more than they must.
import Tensors
import Testing

@testable import Models

@Suite struct ResumeTests {
  let model = Transformer(oddConfiguration, seed: 6)
  let tokens: [Int32] = [5, 0, 36, 7, 12]

  private func recorded(_ recorder: Recorder) throws -> Recorder {
    _ = try model.logits(tokens, Run(recorder: recorder))
    return recorder
  }

  private func doubled(_ tensor: Tensor) -> Tensor { Tensor(tensor.values.map { $0 * 2 }, tensor.shape) }

  @Test func hooksAreOrderedAsTheyAreComputed() throws {
    let hooks: [Hook] =
      HookTests.everyHook
    #expect(hooks.shuffled().sorted() == hooks)
  }

  @Test(arguments: [
    Hook.embed, .block(0, .norm1), .block(1, .query), .block(1, .value), .block(0, .maskedScores), .block(1, .pattern), .block(1, .mix),
    .block(2, .gate),
    .block(2, .up),
    .block(2, .residualPost), .finalNormalized, .logits,
  ])
  func aResumedPassEqualsAChangedOne(_ place: Hook) throws {
    let plain = try recorded(Recorder())
    let changes: [Hook: Recorder.Change] = [place: doubled]
    let full = try recorded(
      Recorder(changes: changes) { hook in
        if case .block(_, .headResult) = hook { false } else { true }
      })
    let resumed = try recorded(Recorder(resuming: plain, changes: changes))
    #expect(resumed.tensors.hooks == full.tensors.hooks)
    for hook in full.tensors.hooks { #expect(full.tensors[hook].map(bits) == resumed.tensors[hook].map(bits), "\(hook.name)") }
    for hook in plain.tensors.hooks where hook < place && hook.isComputed {
      #expect(resumed.tensors[hook] === plain.tensors[hook], "\(hook.name) was computed again")
    }
    #expect(resumed.tensors[place].map(bits) == plain.tensors[place].map { bits(doubled($0)) })
    if place != .logits { #expect(resumed.tensors[.logits].map(bits) != plain.tensors[.logits].map(bits), "the change has consequences") }
  }

  @Test func severalChangesApplyInOrder() throws {
    let changes: [Hook: Recorder.Change] = [.block(0, .activation): doubled, .block(2, .mix): { Tensor(repeating: 0, $0.shape) }]
    let full = try recorded(Recorder(changes: changes) { $0 != .block(0, .headResult) })
    let resumed = try recorded(Recorder(resuming: try recorded(Recorder()), changes: changes))
    #expect(resumed.tensors[.logits].map(bits) == full.tensors[.logits].map(bits))
    #expect(resumed.tensors[.block(2, .attentionOut)]?.values.allSatisfy { $0 == 0 } == true)
  }

  @Test func withoutChangesNothingMoves() throws {
    let plain = try recorded(Recorder())
    let again = try recorded(Recorder(resuming: plain, changes: [:]))
    for hook in plain.tensors.hooks { #expect(again.tensors[hook].map(bits) == plain.tensors[hook].map(bits)) }
  }
}

extension Hook {
  /// The mask is made when someone reads it.
  fileprivate var isComputed: Bool {
    if case .block(_, .maskedScores) = self { false } else { true }
  }
}
