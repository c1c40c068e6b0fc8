// Files of families that store something else than what the model computes with: compared as the model reads them, and said so in words.
import Foundation
import ModelFiles
import Models
import Testing

@testable import Insight

@Suite struct FamilyDifferenceTests {
  /// Gains stored as what they are above 1, transposed matrices, pairs of RoPE in part of a head, tensors that hold several parameters.
  @Test(arguments: FamilyWeights.allCases, [true, false])
  func theSameModelInBothFormatsIsEqual(_ family: FamilyWeights, _ configured: Bool) throws {
    let folder = try WeightsFolder()
    let (gguf, hf) = (try family.gguf(folder), try family.huggingFace(folder, configured: configured))
    for (left, right) in [(gguf, hf), (hf, gguf), (gguf, gguf), (hf, hf)] {
      let difference = try WeightsDifference.all(left, right)
      #expect(difference.matching.refusals.isEmpty && difference.matching.onlyLeft.isEmpty && difference.matching.onlyRight.isEmpty)
      #expect(difference.differences.reduce(0) { $0 + $1.count } == left.parameters && difference.fraction == 1)
      // A gain that was stored as a distance from 1 comes back to the last bit or its neighbour.
      for one in difference.differences { #expect(one.relative < 1e-7, "\(difference.name(of: one.pair)) \(one.relative)") }
      if left.path == right.path { #expect(difference.differences.allSatisfy { $0.isEqual }) }
    }
  }

  /// The largest difference is found at its place in the left file, whatever the order and shape there.
  @Test(arguments: FamilyWeights.allCases) func theLargestDifferenceHasItsPlace(_ family: FamilyWeights) throws {
    let folder = try WeightsFolder()
    let (hf, rounded) = (try family.huggingFace(folder), try family.gguf(folder, .f16))
    for (left, right) in [(hf, rounded), (rounded, hf)] {
      let difference = try WeightsDifference.all(left, right)
      for one in difference.differences where one.largest > 0 {
        let (a, b) = (left.tensors[one.pair.left], right.tensors[one.pair.right])
        let element = try #require(one.largestElement)
        let value = try a.floats(element..<element + 1, OpenFile(path: a.file))[0]
        // The other file has a number that is as far from it.
        let others = try b.floats(0..<(b.elementCount ?? 0), OpenFile(path: b.file))
        let isThere = others.contains { ($0 - value).magnitude == one.largest }
        let isGain = left.places[one.pair.left].offset != right.places[one.pair.right].offset
        #expect(isThere || isGain, "\(difference.name(of: one.pair))")
      }
    }
  }

  /// A stretch ends in the middle of a transposed matrix, and a difference is told where it is.
  @Test func aTransposedMatrixIsReadInBands() throws {
    let (inputs, outputs) = (900, 1500)
    var random = RandomSource(seed: 5)
    let values = (0..<inputs * outputs).map { _ in random.normal() }
    let folder = try WeightsFolder()
    var c = FamilyWeights.gpt2.model.configuration
    (c.hiddenSize, c.intermediateSize, c.layerCount) = (inputs, outputs, 1)
    var other = [Float](repeating: 0, count: values.count)
    for input in 0..<inputs { for output in 0..<outputs { other[output * inputs + input] = values[input * outputs + output] } }
    other[1400 * inputs + 7] += 1
    let left = try folder.safetensors([TensorToWrite(name: "h.0.mlp.c_fc.weight", shape: [inputs, outputs], type: .f32, floats: values)])
    let right = try folder.gguf(
      [
        TensorToWrite(name: "blk.0.ffn_up.weight", shape: [outputs, inputs], type: .f32, floats: other),
        TensorToWrite(name: "token_embd.weight", shape: [300, inputs], type: .f32, floats: [Float](repeating: 0, count: 300 * inputs)),
      ],
      metadata: [
        ("gpt2.context_length", .uint32(8)), ("gpt2.embedding_length", .uint32(inputs)), ("gpt2.block_count", .uint32(1)),
        ("gpt2.feed_forward_length", .uint32(outputs)), ("gpt2.attention.head_count", .uint32(4)),
        ("gpt2.attention.layer_norm_epsilon", .float32(1e-5)),
      ], architecture: "gpt2")
    let difference = try WeightsDifference.all(left, right)
    #expect(difference.differences.count == 1 && difference.differences[0].largestElement == 7 * outputs + 1400)
    #expect(abs(difference.differences[0].largest - 1) < 1e-6)
  }

  @Test func wordsSayWhatTheFileStores() throws {
    let folder = try WeightsFolder()
    for family in [FamilyWeights.gemma2, .gemma3] {
      for catalog in [try family.gguf(folder), try family.huggingFace(folder)] {
        let norms = catalog.places.filter { $0.title?.en.contains("norm") == true }
        #expect(norms.count == (family == .gemma3 ? 13 : 9))
        for norm in norms {
          #expect(norm.sentence.en.contains("1 + number i") == (catalog.format == .huggingface), "\(norm.key)")
          #expect(norm.sentence.zh.contains("1 +") == (catalog.format == .huggingface))
        }
      }
    }
    // Whether GPT-2's matrices lie as [inputs, outputs] is known with the family only.
    func sentence(_ catalog: WeightsCatalog) -> String { catalog.places.first { $0.role == .up }?.sentence.en ?? "" }
    let gpt2 = FamilyWeights.gpt2
    let (known, gguf, bare) = (try gpt2.huggingFace(folder), try gpt2.gguf(folder), try gpt2.huggingFace(folder, configured: false))
    #expect(sentence(known).contains("one column per neuron") && sentence(gguf).contains("one row per neuron"))
    #expect(sentence(bare).contains("widens it.") && !sentence(bare).contains("neuron"))
    #expect(TensorPlace.places(["model.layers.0.pre_feedforward_layernorm.weight"])[0].sentence.en.contains("does not say"))
  }

  /// One name, two parameters: `ffn_up` of Phi-3 holds the gate too.
  @Test func tensorsThatHoldSeveralParametersSaySo() throws {
    let folder = try WeightsFolder()
    let gguf = try FamilyWeights.phi3.gguf(folder)
    #expect(gguf.places[try #require(gguf.index(ofTensor: "blk.0.ffn_up.weight"))].role == .gateUp)
    // Query, key and value in one tensor of the left file, in three of the right one: each pair has a name of its own.
    let difference = try WeightsDifference.all(FamilyWeights.glm.gguf(folder), FamilyWeights.glm.huggingFace(folder))
    let names = difference.differences.map { difference.name(of: $0.pair) }
    #expect(Set(names).count == names.count && names.contains("model.layers.1.self_attn.k_proj.weight"))
  }

  /// Two families, two sizes: what cannot be compared is named so that one knows which part of a tensor is meant.
  @Test func refusalsOfOneTensorHaveNamesOfTheirOwn() throws {
    let folder = try WeightsFolder()
    let (phi3, llama) = (try FamilyWeights.phi3.gguf(folder), try folder.model(.f32, asFolder: true))
    let difference = try WeightsDifference.all(phi3, llama)
    let names = difference.matching.refusals.map { difference.name(of: $0) }
    #expect(names.contains("model.layers.0.mlp.gate_proj.weight") && names.contains("model.layers.0.mlp.up_proj.weight"))
    #expect(Set(names).count == names.count && difference.matching.refusals.allSatisfy { $0.kind == .shape })
  }

  /// A checkpoint of llama2.c has the names of a folder and the order of GGUF.
  @Test func aCheckpointOfLlama2CEqualsItself() throws {
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("ModelFilesTests/Golden/llama2c-v0.bin").path
    let catalog = try WeightsCatalog(path: golden)
    let folder = try WeightsFolder()
    let model = try Transformer(llama2c: Llama2CFile(path: golden))
    let file = folder.path + "/model.safetensors"
    try SafetensorsWriter.write(model.tensorsToWrite(.f32), metadata: [], to: file)
    let difference = try WeightsDifference.all(catalog, try WeightsCatalog(path: file))
    #expect(difference.differences.count > 10 && difference.differences.allSatisfy { $0.isEqual })
  }

  /// Types in blocks read from the middle of a block on.
  @Test(arguments: [ElementType.f16, .q8_0, .q4_k]) func anyRangeOfATensorCanBeRead(_ type: ElementType) throws {
    let folder = try WeightsFolder()
    var random = RandomSource(seed: 9)
    let values = (0..<1024).map { _ in random.normal() }
    let catalog = try folder.gguf([TensorToWrite(name: "t", shape: [2, 512], type: type, floats: values)])
    let decoded = QuantizedBlocks.decode(QuantizedBlocks.encode(values, as: type), as: type)
    let file = try OpenFile(path: catalog.path)
    for range in [0..<1024, 5..<6, 255..<258, 31..<1024, 7..<7] {
      #expect(try catalog.tensors[0].floats(range, file) == Array(decoded[range]))
    }
  }
}
