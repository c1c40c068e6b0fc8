import Testing
@testable import ModelFiles
@Suite struct SpeedScratch {
  @Test func speed() throws {
    for n in ["bert-bge","deepseek-coder","gpt-2","llama-spm"] {
      let p = fixture("gguf-vocab/ggml-vocab-\(n).gguf")
      for _ in 0..<3 { let c = ContinuousClock().measure { _ = try? GGUFFile(path: p) }; print(n, c) }
    }
    for n in ["tokenizers/gpt2/tokenizer.json","hf-tinystories-656k/tokenizer.json"] where exists(fixture(n)) { print(n, ContinuousClock().measure { _ = try? JSON.parse(contentsOf: fixture(n)) }) }
    print("hf", ContinuousClock().measure { let f = try! HuggingFaceFolder(path: fixture("hf-tinystories-656k")); for t in f.weights.tensors { _ = try! f.weights.floats(t) } })
    let v = (0..<1<<20).map { Float($0 % 977) * 0.01 - 4 }
    for t in ElementType.allCases { var b: [UInt8] = []
      print(t, "encode 1Mi", ContinuousClock().measure { b = QuantizedBlocks.encode(v, as: t) }, "decode", ContinuousClock().measure { _ = QuantizedBlocks.decode(b, as: t) }) }
  }
}
