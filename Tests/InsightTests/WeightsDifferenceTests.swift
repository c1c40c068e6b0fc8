// Two files compared: with themselves, across types and across formats; what has no partner is named.
import Foundation
import ModelFiles
import Models
import Testing

@testable import Insight

@Suite struct WeightsDifferenceTests {
  @Test func aFileAndItselfAreEqual() throws {
    let folder = try WeightsFolder()
    for type in ElementType.allCases {
      let catalog = try folder.model(type, asFolder: false)
      let difference = try WeightsDifference.all(catalog, catalog)
      #expect(difference.differences.count == catalog.tensors.count && difference.fraction == 1)
      #expect(difference.differences.allSatisfy { $0.isEqual && $0.relative == 0 && $0.cosine == 1 && $0.largestElement == nil })
      #expect(difference.matching.onlyLeft.isEmpty && difference.matching.onlyRight.isEmpty && difference.matching.refusals.isEmpty)
    }
  }

  /// Queries and keys lie in another order of rows in GGUF.
  @Test(arguments: [true, false]) func theSameModelInBothFormatsIsEqual(_ tied: Bool) throws {
    let folder = try WeightsFolder()
    let (gguf, hf) = (try folder.model(.f32, asFolder: false, tied: tied), try folder.model(.f32, asFolder: true, tied: tied))
    for (left, right) in [(gguf, hf), (hf, gguf)] {
      let difference = try WeightsDifference.all(left, right)
      #expect(difference.differences.count == left.tensors.count)
      for one in difference.differences { #expect(one.isEqual, "\(left.tensors[one.pair.left].name)") }
    }
  }

  @Test func quantizationShowsItsError() throws {
    let folder = try WeightsFolder()
    let exact = try folder.model(.f32, asFolder: true)
    var errors: [ElementType: Double] = [:]
    for type in [ElementType.f16, .q8_0, .q4_0] {
      let difference = try WeightsDifference.all(exact, try folder.model(type, asFolder: false))
      let relative = difference.differences.map(\.relative)
      #expect(relative == relative.sorted(by: >))
      let query = try #require(difference.differences.first { exact.places[$0.pair.left].role == .query })
      errors[type] = query.relative
      // The naive twin of one tensor.
      let values = try exact.tensors[query.pair.left].floats(0..<query.count, OpenFile(path: exact.tensors[query.pair.left].file))
      let stored = QuantizedBlocks.decode(QuantizedBlocks.encode(values, as: type), as: type)
      let distances = zip(values, stored).map { (Double($0) - Double($1)).magnitude }
      #expect(query.largest == Float(distances.max() ?? 0) && query.largestElement == distances.firstIndex(of: distances.max() ?? 0))
      #expect(abs(query.meanAbsolute - distances.reduce(0, +) / Double(distances.count)) < 1e-12)
    }
    let (half, eight, four) = (errors[.f16] ?? 1, errors[.q8_0] ?? 1, errors[.q4_0] ?? 0)
    #expect(half < 0.001 && half < eight && eight < 0.01 && eight < four && four < 0.2)
  }

  @Test func whatHasNoPartnerIsNamed() throws {
    let folder = try WeightsFolder()
    func tensor(_ name: String, _ shape: [Int]) -> TensorToWrite {
      TensorToWrite(name: name, shape: shape, type: .f32, floats: [Float](repeating: 1, count: shape.reduce(1, *)))
    }
    let left = try folder.gguf([tensor("both", [2]), tensor("left", [1]), tensor("shape", [2, 3]), tensor("lm_head.weight", [3, 2])])
    let right = try folder.gguf(
      [tensor("both", [2]), tensor("right", [1]), tensor("shape", [3, 2]), tensor("token_embd.weight", [3, 2])], as: "right.gguf")
    let difference = try WeightsDifference.all(left, right)
    let names = difference.differences.map { (left.tensors[$0.pair.left].name, right.tensors[$0.pair.right].name) }
    // A tied table goes by either name.
    #expect(
      names.contains { $0 == ("both", "both") } && names.contains { $0 == ("lm_head.weight", "token_embd.weight") } && names.count == 2)
    #expect(difference.matching.onlyLeft.map { left.tensors[$0].name } == ["left"])
    #expect(difference.matching.onlyRight.map { right.tensors[$0].name } == ["right"])
    #expect(
      difference.matching.refusals.count == 1 && difference.matching.refusals[0].reason.en.contains("2×3")
        && difference.matching.refusals[0].kind == .shape)
  }

  @Test func zerosAndNumbersThatAreNone() throws {
    let folder = try WeightsFolder()
    func catalog(_ name: String, _ values: [[Float]]) throws -> WeightsCatalog {
      try folder.gguf(values.enumerated().map { TensorToWrite(name: "t\($0)", shape: [$1.count], type: .f32, floats: $1) }, as: name)
    }
    let left = try catalog("l", [[0, 0], [.nan, 1], [1, 2], [3, .infinity]])
    let right = try catalog("r", [[0, 1], [.nan, 1], [-1, -2], [.nan, .nan]])
    let all = try WeightsDifference.all(left, right).differences
    let by = Dictionary(uniqueKeysWithValues: all.map { (left.tensors[$0.pair.left].name, $0) })
    #expect(by["t0"]?.relative == .infinity && by["t0"]?.cosine == nil && by["t0"]?.largestElement == 1)
    #expect(by["t1"]?.nonFiniteCount == 1 && by["t1"]?.relative == 0 && by["t1"]?.isEqual == false)
    #expect(by["t2"]?.relative == 2 && by["t2"]?.cosine == -1 && by["t2"]?.largest == 4)
    #expect(by["t3"]?.nonFiniteCount == 2 && by["t3"]?.relative.isNaN == true && by["t3"]?.meanAbsolute.isNaN == true)
    // What cannot be told comes first.
    #expect(all.map { left.tensors[$0.pair.left].name } == ["t3", "t0", "t2", "t1"])
  }
}
