// Cards of models whose weights are smaller than f32: their arithmetic is that of the run, which reads its inputs rounded.
import Foundation
import Inference
import Insight
import ModelFiles
import Models
import Testing

@Suite struct StoredWeightCardTests {
  /// What an adapter adds is a line of its own.
  @Test(arguments: [ElementType.f32, .q8_0])
  func cardsOfAdaptedModelsAddUpToo(_ type: ElementType) throws {
    let base = try Self.model(type)
    let c = base.transformer.configuration
    let adapter = Adapter(AdapterSettings(rank: 3, alpha: 6, targets: [.query, .output, .down]), for: c, seed: 1)
    var random = RandomSource(seed: 3)
    for module in adapter.modules {
      for (_, up) in module.ups { for i in 0..<up.count { up[i] = random.normal() } }
    }
    let trace = try Samples.trace(base.with(base.transformer.with(adapter)), tokens: 5)
    var (cards, deviations) = (0, 0)
    for operation in trace.operations where [.query, .key, .project, .up, .down].contains(operation.kind) {
      for _ in 0..<20 {
        let card = try #require(trace.card(operation: operation.index, at: Samples.cell(operation, of: trace, &random)))
        cards += 1
        if card.deviation != nil { deviations += 1 }
        let saysSo = card.lines.contains { $0.label.en.hasPrefix("plus the adapter") }
        #expect(saysSo == [.query, .project, .down].contains(operation.kind))
      }
    }
    #expect(deviations * 50 < cards, "\(deviations) of \(cards) cards differ from the run")
  }

  private static func model(_ type: ElementType) throws -> LoadedModel {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-\(UUID().uuidString).gguf").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let dense = Samples.model(hidden: 32, heads: 4, keyValueHeads: 2, headSize: 8, intermediate: 64)
    try dense.transformer.writeGGUF(to: path, name: "stored", type: type, tokenizer: [])
    return LoadedModel(
      name: "stored", path: "", transformer: try Transformer(gguf: GGUFFile(path: path)), tokenizer: dense.tokenizer, chatTemplate: nil)
  }

  /// Few tokens and many take different kernels. K types need wider rows than a small model has.
  @Test(arguments: ElementType.allCases.filter { $0.blockSize <= 32 }, [5, 30])
  func cardsAddUpToTheRun(_ type: ElementType, _ tokens: Int) throws {
    let trace = try Samples.trace(try Self.model(type), tokens: tokens)
    let products: Set<OperationKind> = [.query, .key, .value, .project, .gate, .up, .down, .logits]
    var random = RandomSource(seed: 3)
    var (cards, deviations) = (0, 0)
    for operation in trace.operations where products.contains(operation.kind) {
      for _ in 0..<20 {
        let card = try #require(trace.card(operation: operation.index, at: Samples.cell(operation, of: trace, &random)))
        cards += 1
        // Four digits of the card against the run: with the input as it was before rounding most cards would differ.
        if card.deviation != nil { deviations += 1 }
        let saysSo = card.lines.contains { $0.label.en.hasPrefix("input rounded") }
        #expect(saysSo == (type == .bf16 || type.isQuantized))
      }
    }
    #expect(deviations * 50 < cards, "\(deviations) of \(cards) cards differ from the run")
  }
}
