// Statistics that stream: against a naive twin in memory, and where numbers are extreme.
import Foundation
import ModelFiles
import Models
import Testing

@testable import Insight

@Suite struct TensorSurveyTests {
  private static func summary(_ values: [Float], _ shape: [Int], _ type: ElementType = .f32) throws -> (TensorSummary, StoredTensor) {
    let folder = try WeightsFolder()
    let catalog = try folder.gguf([TensorToWrite(name: "t", shape: shape, type: type, floats: values)])
    return (try TensorSurvey.summary(catalog.tensors[0]), catalog.tensors[0])
  }

  private static func random(_ count: Int, seed: UInt64) -> [Float] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in random.normal() }
  }

  /// More elements than a stretch, rows that straddle its end, more rows and columns than the tile has.
  @Test(arguments: [[1], [7], [3, 5], [1100, 1000], [3, 700_001], [2, 3, 64], [3000, 1]])
  func equalTheNaiveTwin(_ shape: [Int]) throws {
    let values = Self.random(shape.reduce(1, *), seed: 3)
    let (summary, tensor) = try Self.summary(values, shape)
    #expect(summary.count == values.count && summary.finiteCount == values.count && summary.zeroCount == values.count { $0 == 0 })
    #expect(summary.minimum == values.min() && summary.maximum == values.max())
    // The same sums in the same order: row by row.
    let rows = stride(from: 0, to: values.count, by: tensor.columns).map { Array(values[$0..<$0 + tensor.columns]) }
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    #expect(summary.mean == mean)
    let squares = rows.map { $0.reduce(0) { $0 + Double($1) * Double($1) } }
    #expect(summary.rootMeanSquare == (squares.reduce(0, +) / Double(values.count)).squareRoot())
    let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
    #expect(summary.standardDeviation == variance.squareRoot())
    let order = values.indices.sorted { (values[$1].magnitude, $0) < (values[$0].magnitude, $1) }
    #expect(summary.largest.map(\.element) == Array(order.prefix(5)) && summary.largest.allSatisfy { values[$0.element] == $0.value })
    #expect(summary.first == Array(values.prefix(8)))
    if rows.count > 1 {
      let norms = squares.map { $0.squareRoot() }
      #expect(summary.smallestRow == TensorSummary.RowNorm(row: norms.firstIndex(of: norms.min() ?? 0) ?? -1, norm: norms.min() ?? 0))
      #expect(summary.largestRow == TensorSummary.RowNorm(row: norms.firstIndex(of: norms.max() ?? 0) ?? -1, norm: norms.max() ?? 0))
    } else {
      #expect(summary.smallestRow == nil && summary.largestRow == nil)
    }
    #expect(summary.histogram.counts.reduce(0, +) == values.count)
    for width in [1, 7, 24, 50, 96, 200] {
      let merged = summary.histogram.merged(to: width)
      #expect(merged.count <= width && merged.reduce(0, +) == values.count)
    }
    check(summary.tile, values, tensor)
  }

  private func check(_ tile: PooledTile, _ values: [Float], _ tensor: StoredTensor) {
    #expect(tile.rows <= 96 && tile.columns <= 2048 && tile.values.count == tile.rows * tile.columns)
    #expect(tile.rows * tile.rowFactor >= tensor.rows && tile.columns * tile.columnFactor >= tensor.columns)
    for cell in stride(from: 0, to: tile.values.count, by: max(1, tile.values.count / 50)) {
      let (row, column) = (cell / tile.columns * tile.rowFactor, cell % tile.columns * tile.columnFactor)
      let block = (row..<min(tensor.rows, row + tile.rowFactor)).flatMap { y in
        (column..<min(tensor.columns, column + tile.columnFactor)).map { values[y * tensor.columns + $0] }
      }
      #expect(tile.values[cell].magnitude == block.map(\.magnitude).max())
    }
  }

  @Test(arguments: ElementType.allCases) func everyTypeIsRead(_ type: ElementType) throws {
    let folder = try WeightsFolder()
    let values = Self.random(4 * 512, seed: 9)
    let catalog = try folder.gguf([TensorToWrite(name: "t", shape: [4, 512], type: type, floats: values)])
    let decoded = QuantizedBlocks.decode(QuantizedBlocks.encode(values, as: type), as: type)
    let summary = try TensorSurvey.summary(catalog.tensors[0])
    #expect(summary.minimum == decoded.min() && summary.maximum == decoded.max() && summary.first == Array(decoded.prefix(8)))
    for element in [0, 1, 31, 700, 2047] {
      let block = try #require(try BlockDecode.read(catalog.tensors[0], element: element))
      #expect(block.elements[element - block.range.lowerBound].value == decoded[element])
    }
    for element in [-1, 2048] { #expect(try BlockDecode.read(catalog.tensors[0], element: element) == nil) }
  }

  @Test func numbersThatAreNone() throws {
    let (some, _) = try Self.summary([1, .nan, -3, .infinity, 0, -.infinity, -0.0, 2], [2, 4])
    #expect(some.nanCount == 1 && some.infiniteCount == 2 && some.zeroCount == 2 && some.finiteCount == 5)
    #expect(some.minimum == -3 && some.maximum == 2 && some.mean == 0 && some.largest.map(\.value) == [-3, 2, 1, 0, 0])
    #expect(some.histogram.counts.reduce(0, +) == 5 && some.tile.values[1].isNaN && some.tile.values[3] == .infinity)
    let (none, _) = try Self.summary([.nan, .nan, .infinity], [3])
    #expect(
      none.finiteCount == 0 && none.minimum == 0 && none.standardDeviation == 0 && none.largest.isEmpty && none.histogram.counts.isEmpty)
    #expect(none.histogram.merged(to: 10).isEmpty)
  }

  @Test func extremes() throws {
    let (zeros, _) = try Self.summary([Float](repeating: 0, count: 64), [8, 8])
    #expect(zeros.zeroCount == 64 && zeros.standardDeviation == 0 && zeros.histogram.counts == [64] && zeros.largestRow?.norm == 0)
    let (one, _) = try Self.summary([-2.5], [1])
    #expect(one.mean == -2.5 && one.rootMeanSquare == 2.5 && one.histogram.counts == [1] && one.tile.values == [-2.5])
    let huge = Float.greatestFiniteMagnitude
    let (wide, _) = try Self.summary([huge, -huge, huge, .leastNonzeroMagnitude], [4])
    #expect(wide.rootMeanSquare.isFinite && wide.standardDeviation.isFinite && wide.histogram.counts.reduce(0, +) == 4)
    #expect(wide.histogram.counts.first == 1 && wide.histogram.counts.last == 2)
    #expect(wide.histogram.minimum == -huge && wide.histogram.maximum == huge)
  }

  @Test func emptyAndScalarTensors() throws {
    let folder = try WeightsFolder()
    let catalog = try folder.safetensors([
      TensorToWrite(name: "empty", shape: [0, 5], type: .f32, floats: []),
      TensorToWrite(name: "scalar", shape: [], type: .f32, floats: [4]),
    ])
    let empty = try TensorSurvey.summary(try #require(catalog.tensors.first { $0.name == "empty" }))
    #expect(empty.count == 0 && empty.largest.isEmpty && empty.tile.values.isEmpty)
    let scalar = try TensorSurvey.summary(try #require(catalog.tensors.first { $0.name == "scalar" }))
    #expect(scalar.count == 1 && scalar.mean == 4 && scalar.tile.values == [4])
  }

  @Test func aFileThatShrinksIsAnErrorAndNoCrash() throws {
    let folder = try WeightsFolder()
    let catalog = try folder.gguf([TensorToWrite(name: "t", shape: [4096], type: .f32, floats: Self.random(4096, seed: 1))])
    var survey = try TensorSurvey(catalog.tensors[0])
    try Data([1]).write(to: URL(fileURLWithPath: catalog.path))
    #expect(throws: FileError.self) { try survey.advance() }
    #expect(throws: FileError.self) { _ = try BlockDecode.read(catalog.tensors[0], element: 0) }
    try FileManager.default.removeItem(atPath: catalog.path)
    #expect(throws: FileError.self) { _ = try TensorSurvey(catalog.tensors[0]) }
  }
}
