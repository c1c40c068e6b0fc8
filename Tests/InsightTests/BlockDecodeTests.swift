// Blocks taken apart: every layout against the gguf package, every equation against the value that the file's reader gives.
import Foundation
import ModelFiles
import Models
import Testing

@testable import Insight

@Suite struct BlockDecodeTests {
  /// Written by Tests/Reference/make_block_golden.py.
  private static let golden: [String: (bytes: [UInt8], values: [Float])] = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/blocks.json").path
    guard let json = try? JSON.parse(contentsOf: path), case .object(let types) = json else { return [:] }
    var golden: [String: (bytes: [UInt8], values: [Float])] = [:]
    for (name, entry) in types.entries {
      let values = bytes(entry["values"]).withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: 4).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) }
      }
      golden[name] = (bytes(entry["bytes"]), values)
    }
    return golden
  }()

  private static func bytes(_ hex: JSON?) -> [UInt8] {
    guard case .string(let text)? = hex else { return [] }
    let digits = Array(text.utf8).map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  @Test func everyQuantizedLayoutEqualsTheReference() throws {
    #expect(Self.golden.count == 11)
    for (name, block) in Self.golden {
      let decode = try #require(BlockDecode(typeName: name, bytes: block.bytes), "\(name)")
      #expect(decode.elements.map(\.value.bitPattern) == block.values.map(\.bitPattern), "\(name)")
      try check(decode)
    }
  }

  /// A type that is added to the file readers needs its layout here.
  @Test(arguments: ElementType.allCases) func everyTypeOfTheReadersCanBeTakenApart(_ type: ElementType) throws {
    var random = RandomSource(seed: 5)
    for _ in 0..<200 {
      let bytes = (0..<type.blockBytes).map { _ in UInt8(random.below(256)) }
      let decode = try #require(BlockDecode(typeName: type.rawValue, bytes: bytes, first: 3 * type.blockSize))
      let values = QuantizedBlocks.decode(bytes, as: type)
      #expect(decode.range == 3 * type.blockSize..<4 * type.blockSize)
      for (element, value) in zip(decode.elements, values) {
        #expect(element.value == value || (element.value.isNaN && value.isNaN), "\(element.equation), read as \(value)")
      }
      #expect(decode.elements.count == values.count)
      try check(decode)
    }
  }

  @Test(arguments: [
    ("F32", UInt32(1), 4), ("F32", 0x807F_FFFF, 4), ("F32", 0x8000_0000, 4), ("F32", 0x7F7F_FFFF, 4), ("F32", 0x7F80_0000, 4),
    ("F32", 0x7FC0_0001, 4), ("F16", 1, 2), ("F16", 0x8001, 2), ("F16", 0x7C00, 2), ("F16", 0xFE00, 2), ("BF16", 1, 2), ("BF16", 0xFF80, 2),
  ])
  func edgesOfTheFloats(_ name: String, _ bits: UInt32, _ size: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
    let type = try #require(ElementType(rawValue: name))
    let decode = try #require(BlockDecode(typeName: name, bytes: bytes))
    let value = QuantizedBlocks.decode(bytes, as: type)[0]
    #expect(decode.elements[0].value == value || value.isNaN && decode.elements[0].value.isNaN)
    try check(decode)
  }

  @Test func theWordsReadWell() throws {
    let q4 = try #require(BlockDecode(typeName: "Q4_0", bytes: [0x00, 0x38, 0xFB] + [UInt8](repeating: 0x88, count: 15)))
    #expect(q4.elements[0].equation == "0.5 · (11 − 8) = 1.5" && q4.elements[16].equation == "0.5 · (15 − 8) = 3.5")
    #expect(q4.elements[1].equation == "0.5 · (8 − 8) = 0" && q4.elements[17].places == [3])
    let half = try #require(BlockDecode(typeName: "F16", bytes: [0x00, 0xC5]))
    #expect(half.elements[0].equation == "−1.25 · 2^2 = −5")
    #expect(BlockDecode(typeName: "Q4_0", bytes: [1]) == nil && BlockDecode(typeName: "I64", bytes: []) == nil)
    #expect(BlockDecode.hex([0, 0xAB]) == "00 AB")
  }

  /// Parts cover the block, and the left side of every equation, computed in f32 as written, is its right side.
  private func check(_ decode: BlockDecode) throws {
    var end = 0
    for part in decode.parts {
      #expect(part.bytes.lowerBound == end)
      end = part.bytes.upperBound
    }
    #expect(end == decode.bytes.count)
    for element in decode.elements {
      #expect(!element.places.isEmpty && element.places.allSatisfy(decode.bytes.indices.contains))
      guard element.value.isFinite else { continue }
      let sides = element.equation.components(separatedBy: " = ")
      for side in sides where !side.contains("table") {
        let value = try #require(Arithmetic.value(side), "\(element.equation)")
        // The sign of a zero is the only thing that the text may lose: −0 + 0 is 0.
        #expect(value == element.value, "\(element.equation) in \(decode.typeName)")
      }
    }
  }
}

/// Evaluates what `BlockElement.equation` writes, in f32: numbers, + − · ( ) and 2^n.
private enum Arithmetic {
  static func value(_ text: String) -> Float? {
    var rest = Substring(text.replacing("−", with: "-").replacing(" ", with: ""))
    let value = sum(&rest)
    return rest.isEmpty ? value : nil
  }

  private static func sum(_ text: inout Substring) -> Float? {
    guard var value = product(&text) else { return nil }
    while let sign = text.first, sign == "+" || sign == "-" {
      text.removeFirst()
      guard let term = product(&text) else { return nil }
      value = sign == "+" ? value + term : value - term
    }
    return value
  }

  private static func product(_ text: inout Substring) -> Float? {
    guard var value = factor(&text) else { return nil }
    while text.first == "·" {
      text.removeFirst()
      if text.hasPrefix("2^") {
        text.removeFirst(2)
        guard let exponent = factor(&text).flatMap({ Int(exactly: $0) }) else { return nil }
        value = Float(sign: .plus, exponent: exponent, significand: value)
      } else {
        guard let next = factor(&text) else { return nil }
        value *= next
      }
    }
    return value
  }

  private static func factor(_ text: inout Substring) -> Float? {
    if text.first == "(" {
      text.removeFirst()
      let value = sum(&text)
      guard text.first == ")" else { return nil }
      text.removeFirst()
      return value
    }
    guard let match = text.prefixMatch(of: #/-?[0-9.]+(e[+-]?[0-9]+)?/#) else { return nil }
    text.removeFirst(match.output.0.count)
    return Float(match.output.0)
  }
}
