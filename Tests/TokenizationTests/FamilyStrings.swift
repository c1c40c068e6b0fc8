// The strings of the family tests, put together from fragments by the generator that `Tests/Reference/make_tokenizer_families.py` has as well.
import Foundation
import ModelFiles

@testable import Tokenization

enum FamilyStrings {
  static let folder = Golden.folder + "/families"
  static let all: [String] = {
    do { return try make() } catch { fatalError("families/fragments.json: \(error)") }
  }()

  private static func make() throws -> [String] {
    let file = "\(folder)/fragments.json"
    let fragments = try JSON.parse(contentsOf: file).cursor(file: file)
    let words = try fragments.member("words").elements().map { try $0.string() }
    let ranges = try fragments.member("ranges").elements().map { try $0.elements().map { try $0.integer(in: 0...0x10FFFF) } }
    return (0..<2000).map { index in
      var random = SeededGenerator(seed: UInt64(index))
      func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
      var text = String.UnicodeScalarView()
      func append(_ value: Int) { if let scalar = Unicode.Scalar(UInt32(value)) { text.append(scalar) } }
      for _ in 0..<1 + below(20) {
        switch below(10) {
        case 0..<6: text += words[below(words.count)].unicodeScalars
        case 6:
          let range = ranges[below(ranges.count)]
          append(range[0] + below(range[1] - range[0] + 1))
        case 7:
          let word = words[below(words.count)].unicodeScalars
          for _ in 0..<1 + below(12) { text += word }
        case 8: for _ in 0..<1 + below(9) { append(0x30 + below(10)) }
        default: for _ in 0..<1 + below(8) { append(0x20 + below(95)) }
        }
      }
      return String(text)
    }
  }

  /// Which strings a test looks at: all of them in optimized builds, every eighth otherwise, other ones for each name.
  static func chosen(for name: String) -> [Int] {
    #if DEBUG
      let step = 8
    #else
      let step = 1
    #endif
    return Array(stride(from: name.utf8.reduce(0) { $0 + Int($1) } % step, to: all.count, by: step))
  }

  /// What the references gave: 16 bits for each string, 0 where they could not be asked.
  static func hashes(_ name: String) throws -> [UInt16] {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).bin")))
    return stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
  }

  /// FNV-1a of 32-bit integers, folded to 16 bits.
  static func hash(_ values: [Int]) -> UInt16 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in values {
      for shift in stride(from: 0, to: 32, by: 8) { hash = (hash ^ UInt64(value >> shift & 0xFF)) &* 0x100_0000_01B3 }
    }
    var folded = hash ^ hash >> 32
    folded = (folded ^ folded >> 16) & 0xFFFF
    return folded == 0 ? 1 : UInt16(folded)
  }
}
