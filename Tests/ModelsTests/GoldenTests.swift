// The Transformer against PyTorch: logits and intermediate values of a small random Llama. Not here: training (TrainingTests).
import ModelFiles
import Tensors
import Testing

@testable import Models

@Suite struct GoldenTests {
  @Test(arguments: Kernels.InstructionSet.allCases.filter(\.isSupported))
  func logitsAndHooksEqualPyTorch(_ set: Kernels.InstructionSet) throws {
    let before = Kernels.instructionSet
    Kernels.instructionSet = set
    defer { Kernels.instructionSet = before }
    let expected = try SafetensorsFile(path: "\(Golden.folder)/llama-small-expected.safetensors")
    let recorder = Recorder()
    _ = try Golden.model().logits(Golden.tokens(), Run(recorder: recorder))
    #expect(expected.tensors.count == 5 + HookTests.blockHooks.count - 2)
    for info in expected.tensors {
      let hook = try #require(Hook(name: info.name), "\(info.name)")
      let tensor = try #require(recorder.tensors[hook], "\(info.name) was not recorded")
      #expect(tensor.shape == info.shape, "\(info.name)")
      expectClose(tensor.values, try expected.floats(info), tolerance: 1e-4, "\(info.name), \(set.name)")
    }
  }

  @Test func lastLogitsAreTheLastRow() throws {
    let (model, tokens) = (try Golden.model(), try Golden.tokens())
    let all = try model.logits(tokens)
    #expect(all.shape == [17, 61])
    let last = try model.lastLogits(tokens)
    #expect(last.shape == [1, 61])
    expectClose(last.values, Array(all.values.suffix(61)), tolerance: 1e-6, "last row")
  }
}
