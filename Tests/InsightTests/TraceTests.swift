// Traces: the recorded pass is the run, costs are counted, memory is bounded, bad input is refused.
import Inference
import Insight
import Models
import Testing

@Suite struct TraceTests {
  @Test func theTraceIsTheRun() throws {
    let model = Samples.model(seed: 3)
    let trace = try Samples.trace(model)
    let logits = try model.transformer.logits(trace.ids.map(Int32.init))
    #expect(trace.tensor(.logits)?.values == logits.values)
    #expect(trace.logits(at: 3) == Array(logits.values[900..<1200]) && trace.lastLogits == Array(logits.values.suffix(300)))
    #expect(trace.logits(at: 14).isEmpty && trace.logits(at: -1).isEmpty)
    #expect(trace.operations == model.transformer.operations && trace.nonFinite.isEmpty)
    #expect(trace.tokens == trace.ids.map(model.tokenizer.displayText(of:)))
    for operation in trace.operations where operation.kind != .sample {
      #expect(trace.output(of: operation) != nil && (operation.kind == .mask || (trace.nanoseconds(of: operation) ?? -1) >= 0))
      #expect(operation.output.flatMap { trace.operation(making: $0) } == operation)
    }
    #expect(trace.operation(making: .block(0, .residualPre))?.kind == .embed)
    #expect(trace.operation(making: .block(1, .residualPre)) == trace.operation(making: .block(0, .residualPost)))
    #expect(trace.totalNanoseconds > 0)
  }

  @Test func memoryIsEstimatedAndBounded() throws {
    for (model, tokens) in [(Samples.model(), 14), (Samples.model(heads: 4, keyValueHeads: 4, tied: false), 40)] {
      let trace = try Samples.trace(model, tokens: tokens)
      let c = model.transformer.configuration
      // Masked scores take memory once they are read.
      let masked = 4 * c.layerCount * c.headCount * tokens * tokens
      #expect(trace.byteCount + masked == Trace.byteEstimate(c, tokens: tokens))
    }
    var huge = Samples.model().transformer.configuration
    huge.layerCount = .max / 2
    #expect(Trace.byteEstimate(huge, tokens: 1 << 40) == .max)
    #expect(throws: TraceError.self) { try Trace.record(Samples.model(), ids: [1, 2, 3], byteLimit: 1000) }
  }

  @Test func badInputIsRefused() {
    let model = Samples.model()
    #expect(throws: GenerationError.emptyPrompt) { try Trace.record(model, ids: []) }
    #expect(throws: GenerationError.unknownToken(300, vocabularySize: 300)) { try Trace.record(model, ids: [300]) }
    #expect(throws: GenerationError.unknownToken(-1, vocabularySize: 300)) { try Trace.record(model, ids: [-1]) }
    #expect(throws: GenerationError.promptTooLong(tokens: 161, contextLength: 160)) {
      try Trace.record(model, ids: [Int](repeating: 1, count: 161))
    }
    #expect(throws: Run.Cancelled.self) { try Trace.record(model, ids: [1], isCancelled: { true }) }
  }

  @Test func costsAreCounted() throws {
    let trace = try Samples.trace(Samples.model())
    func operation(_ kind: OperationKind) throws -> Operation { try #require(trace.operations.first { $0.kind == kind }) }
    // 14 rows of 24 in and out, a matrix of 24 × 24.
    #expect(try trace.bytesMoved(of: operation(.query)) == 4 * (14 * 24 + 24 * 24 + 14 * 24))
    #expect(try trace.bytesMoved(of: operation(.softmax)) == 4 * 2 * 4 * 14 * 14)
    #expect(try trace.bytesMoved(of: operation(.embed)) == 4 * 2 * 14 * 24)
    #expect(try trace.bytesMoved(of: operation(.sample)) == 4 * 300)
    #expect(try trace.floatingPointOperations(of: operation(.query)) == 2 * 14 * 24 * 24)
    #expect(trace.totalFloatingPointOperations == trace.operations.reduce(0) { $0 + trace.floatingPointOperations(of: $1) })
    #expect(trace.totalBytesMoved > trace.model.transformer.parameterCount * 4 - 300 * 24 * 4)
  }

  @Test func everyOperationHasWords() {
    for model in [Samples.model()] + Samples.families {
      let configuration = model.transformer.configuration
      for kind in OperationKind.allCases {
        let (title, explanation) = (kind.title(in: configuration), kind.explanation(in: configuration))
        for text in [title.zh, title.en, explanation.zh, explanation.en, kind.formula(in: configuration), kind.label] {
          #expect(!text.isEmpty)
        }
        #expect(explanation.zh.hasSuffix("。") && explanation.en.hasSuffix("."))
      }
    }
    func strip(_ model: LoadedModel) -> String {
      var configuration = model.transformer.configuration
      configuration.layerCount = 1
      return configuration.operations.map(\.kind.label).joined(separator: " ")
    }
    #expect(strip(Samples.model()) == "emb norm q k v rope rope score mask softmax mix proj + norm gate up act down + norm logits sample")
    #expect(strip(Samples.families[0]) == "emb pos + norm q k v score mask softmax mix proj + norm up act down + norm logits sample")
    #expect(
      strip(Samples.families[1])
        == "emb norm q k v rope rope score cap mask softmax mix proj norm + norm gate up act down norm + norm logits cap sample")
    #expect(
      strip(Samples.families[2])
        == "emb norm q k v qnorm knorm rope rope score mask softmax mix proj + norm gate up act down + norm logits sample")
  }
}
