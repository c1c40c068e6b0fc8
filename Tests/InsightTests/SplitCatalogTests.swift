// What several files or none of the usual ones hold: split GGUF models and llama2.c checkpoints in the catalog. Not here: their readers (ModelFiles).
import Foundation
import ModelFiles
import Testing

@testable import Insight

@Suite struct SplitCatalogTests {
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("ModelFilesTests/Golden").path

  @Test func everyTensorOfASplitModelIsReadFromItsPart() throws {
    let path = "\(Self.golden)/split-00002-of-00003.gguf"
    let catalog = try WeightsCatalog(path: path)
    let file = try GGUFFile(path: path)
    #expect(Set(catalog.tensors.map(\.file)).count > 1)
    for tensor in catalog.tensors {
      var survey = try TensorSurvey(tensor)
      var summary: TensorSummary?
      while summary == nil { summary = try survey.advance() }
      let values = try file.floats(file.required(tensor.name))
      #expect(summary?.minimum == values.min() && summary?.maximum == values.max(), "\(tensor.name)")
    }
  }

  @Test func aCheckpointOfLlama2CHasACatalog() throws {
    let catalog = try WeightsCatalog(path: "\(Self.golden)/llama2c-v0.bin")
    #expect(catalog.format == .llama2c && catalog.architecture == "llama")
    #expect(catalog.metadata.map(\.key) == ["dim", "hidden_dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size", "seq_len"])
    #expect(catalog.tensors.contains { $0.name == "model.layers.0.self_attn.q_proj.weight" })
  }
}
