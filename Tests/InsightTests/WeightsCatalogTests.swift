// What a file holds: sums, metadata, names and the tree, also where names are hostile.
import Foundation
import ModelFiles
import Testing

@testable import Insight

@Suite struct WeightsCatalogTests {
  @Test(arguments: [true, false]) func sumsAreThoseOfTheFile(_ asFolder: Bool) throws {
    let folder = try WeightsFolder()
    let catalog = try folder.model(.f16, asFolder: asFolder)
    let model = Samples.model(hidden: 32, heads: 4, keyValueHeads: 2, headSize: 8, intermediate: 64).transformer
    #expect(catalog.parameters == model.parameterCount && catalog.architecture == "llama")
    #expect(catalog.byteCount == catalog.tensors.reduce(0) { $0 + $1.byteCount })
    #expect(catalog.types.reduce(0) { $0 + $1.bytes } == catalog.byteCount)
    #expect(catalog.types.reduce(0) { $0 + $1.elements } == catalog.parameters)
    #expect(catalog.types.reduce(0) { $0 + $1.tensors } == catalog.tensors.count)
    let tree = WeightTree(catalog)
    #expect(tree.groups.map(\.block) == [0, 1])
    // Every tensor once, and the branches weigh what their tensors weigh.
    let inTree = tree.nodes.flatMap { node -> [Int] in
      switch node {
      case .group(let group): tree.groups[group].tensors
      case .tensor(let tensor): [tensor]
      }
    }
    #expect(inTree.sorted() == Array(catalog.tensors.indices))
    for group in tree.groups {
      #expect(group.byteCount == group.tensors.reduce(0) { $0 + catalog.tensors[$1].byteCount })
      #expect(group.elementCount == group.tensors.reduce(0) { $0 + (catalog.tensors[$1].elementCount ?? 0) })
    }
    // In the order of the computation.
    let roles = tree.groups[1].tensors.map { catalog.places[$0].role }
    #expect(roles == [.attentionNorm, .query, .key, .value, .attentionOutput, .feedForwardNorm, .gate, .up, .down])
    #expect(inTree.first == catalog.places.firstIndex { $0.role == .embedding })
    let bits = try #require(catalog.bitsPerWeight)
    #expect(bits >= 16 && bits < 17, "vectors of the GGUF file are f32")
  }

  @Test func metadataIsTypedAndShortened() throws {
    let tokens = (0..<1000).map { "t\($0)" }
    let metadata: [(key: String, value: GGUFValue)] = [
      ("a.count", .uint32(3)), ("a.ratio", .float32(0.1)), ("a.nan", .float32(.nan)), ("a.flag", .bool(true)),
      ("tokenizer.ggml.tokens", .strings(tokens)), ("a.few", .int32s([1, 2, 3])), ("a.text", .string("é\u{1B}[2J")),
    ]
    let folder = try WeightsFolder()
    let catalog = try folder.gguf([], metadata: metadata)
    let entries = Dictionary(uniqueKeysWithValues: catalog.metadata.map { ($0.key, $0) })
    #expect(entries["a.count"]?.typeName == "uint32" && entries["a.ratio"]?.text() == "0.1" && entries["a.nan"]?.text() == "NaN")
    #expect(entries["a.flag"]?.text() == "true" && entries["a.few"]?.text() == "1, 2, 3" && entries["a.few"]?.typeName == "[int32]")
    let long = try #require(entries["tokenizer.ggml.tokens"])
    #expect(
      long.count == 1000 && !long.isWhole && long.text() == #""t0", "# + (1..<16).map { #""t\#($0)""# }.joined(separator: ", ") + ", …")
    #expect(long.text(limit: 8).count < 24)
    let whole = try WeightsCatalog(path: catalog.path, keepsArrays: true).metadata.first { $0.key == long.key }
    #expect(whole?.isWhole == true && whole?.value == .array(tokens.map { .string($0) }))
    #expect(catalog.tensors.isEmpty && catalog.parameters == 0 && catalog.bitsPerWeight == nil && WeightTree(catalog).nodes.isEmpty)
  }

  @Test(arguments: [
    ("blk.3.attn_q.weight", "model.layers.3.self_attn.q_proj.weight", TensorRole.query),
    ("token_embd.weight", "model.embed_tokens.weight", .embedding),
    ("output.weight", "lm_head.weight", .unembedding), ("output_norm.weight", "model.norm.weight", .finalNorm),
    ("blk.11.ffn_down.weight", "model.layers.11.mlp.down_proj.weight", .down),
    ("blk.0.attn_k.bias", "model.layers.0.self_attn.k_proj.bias", .key),
    ("blk.0.attn_qkv.weight", "h.0.attn.c_attn.weight", .queryKeyValue),
    ("blk.7.attn_norm.weight", "model.layers.7.input_layernorm.weight", .attentionNorm),
  ])
  func bothSpellingsMeanTheSame(_ gguf: String, _ huggingFace: String, _ role: TensorRole) {
    let (a, b) = (TensorPlace(gguf), TensorPlace(huggingFace))
    #expect(a.role == role && b.role == role && a.key == b.key && a.block == b.block)
    #expect(a.title?.zh.isEmpty == false && a.sentence.en.hasSuffix("."))
  }

  @Test func namesThatMeanNothingAreHarmless() throws {
    let names = [
      "", ".", "..", "blk", "blk.", "blk.0", "blk..attn_q.weight", "blk.00000000000000000001.attn_q.weight", "blk.-1.x.weight", "1",
      "1.weight",
      "blk.99999.attn_q.weight", "blk.٣.attn_q.weight", "\u{1B}[2J", "a\nb", "vision.layers.0.self_attn.q_proj.weight", "weight", "0.0.0.0",
    ]
    for name in names {
      let place = TensorPlace(name)
      #expect(place.role == nil || name == "blk.99999.attn_q.weight", "\(name.debugDescription)")
      #expect(!place.sentence.zh.isEmpty)
    }
    let folder = try WeightsFolder()
    let real = names.filter { !$0.isEmpty }
    let catalog = try folder.gguf(real.map { TensorToWrite(name: $0, shape: [1], type: .f32, floats: [1]) })
    let tree = WeightTree(catalog)
    let inGroups = tree.groups.reduce(0) { $0 + $1.tensors.count }
    #expect(inGroups + tree.nodes.count - tree.groups.count == real.count)
    #expect(tree.hasSeveralStacks)
  }

  @Test func normsOnBothSidesAreToldApart() {
    let gemma = TensorPlace.places(
      ["post_attention", "pre_feedforward", "post_feedforward"].map { "model.layers.0.\($0)_layernorm.weight" })
    #expect(gemma.map(\.role) == [.postAttentionNorm, .feedForwardNorm, .postFeedForwardNorm])
    let glm = TensorPlace.places(["post_self_attn", "post_attention", "post_mlp"].map { "model.layers.0.\($0)_layernorm.weight" })
    #expect(glm.map(\.role) == [.postAttentionNorm, .feedForwardNorm, .postFeedForwardNorm])
  }

  @Test func shardsKeepTheirFiles() throws {
    let folder = try WeightsFolder()
    _ = try folder.safetensors([TensorToWrite(name: "b", shape: [2], type: .f32, floats: [1, 2])], as: "one.safetensors")
    _ = try folder.safetensors([TensorToWrite(name: "a", shape: [2], type: .f32, floats: [3, 4])], as: "two.safetensors")
    let index = folder.path + "/model.safetensors.index.json"
    try Data(#"{"weight_map": {"b": "one.safetensors", "a": "two.safetensors"}}"#.utf8).write(to: URL(fileURLWithPath: index))
    let catalog = try WeightsCatalog(path: index)
    #expect(catalog.tensors.map(\.name) == ["b", "a"])
    #expect(try catalog.tensors.map { try TensorSurvey.summary($0).first } == [[1, 2], [3, 4]])
  }
}
