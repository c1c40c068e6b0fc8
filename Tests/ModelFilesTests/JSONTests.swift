// The strict JSON parser, writer and typed access. Not here: mutation fuzzing.
import Foundation
import Testing

@testable import ModelFiles

private func parse(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8), file: "t.json") }

@Suite struct JSONTests {
  @Test func valuesOfEveryKind() throws {
    #expect(try parse(" {\"a\": [1, -2.5e3, true, false, null, \"x\"]}\n") == ["a": [1, -2500.0, true, false, .null, "x"]])
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("9223372036854775808") == .number(9223372036854775808))
    #expect(try parse("-9223372036854775808") == .integer(.min))
    #expect(try parse("-9223372036854775809") == .number(-9223372036854775808))
    #expect(try parse("123456789012345678901234567890") == .number(1.2345678901234568e29))
    #expect(try parse("1.0") == .number(1))
    #expect(try parse("0") == .integer(0))
    guard case .number(let zero) = try parse("-0") else { throw TestFailure() }
    #expect(zero.sign == .minus)
  }

  @Test func escapesAndPairs() throws {
    #expect(try parse(#""\"\\\/\b\f\n\r\t\u0041\u4e2d\uD83D\uDE00""#) == .string("\"\\/\u{8}\u{c}\n\r\tA中😀"))
    #expect(try parse("\"汉字\"") == "汉字")
  }

  @Test func keysAreComparedByBytes() throws {
    // U+00C5 and U+212B are canonically equal, so a Swift String dictionary would merge them.
    let object = try parse("{\"\u{C5}\":1,\"\u{212B}\":2}")
    #expect(object["\u{C5}"] == 1)
    #expect(object["\u{212B}"] == 2)
    #expect(JSON.string("\u{C5}") != JSON.string("\u{212B}"))
  }

  @Test func objectsKeepTheirOrder() throws {
    let keys = (0..<40).map { "k\(($0 * 7) % 40)" }
    var object = JSONObject()
    for (i, key) in keys.enumerated() { object[key] = .integer(i) }
    #expect(object.keys == keys)
    #expect(object["k7"] == 1)
    object["k7"] = nil
    #expect(object["k7"] == nil)
    #expect(object["k39"] == .integer(keys.firstIndex(of: "k39")!))
    #expect(object.count == 39)
  }

  @Test func writtenTextReadsBack() throws {
    let value: JSON = [
      "s": "a\"\\\n\u{1}\u{7F}中", "n": [1, 2.5, -0.0, 1e300, .integer(.min)], "empty": [:], "list": [], "t": true, "z": .null,
    ]
    #expect(try parse(value.serialized()) == value)
    #expect(try parse(value.serialized(pretty: true)) == value)
    #expect(JSON.number(.nan).serialized() == "null")
    #expect((["a": [1], "b": []] as JSON).serialized(pretty: true) == "{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}")
  }

  @Test func typedAccessNamesTheKeyPath() throws {
    let root = try parse(#"{"model": {"sizes": [1, "two"], "rate": 0.5, "none": null}}"#).cursor(file: "config.json")
    let model = try root.member("model")
    #expect(try model.member("sizes").elements()[0].integer(in: 0...9) == 1)
    #expect(try model.member("rate").number(in: 0...1) == 0.5)
    #expect(model.optional("none") == nil && model.optional("gone") == nil)
    func place(_ body: () throws(FileError) -> Void) -> String {
      do throws(FileError) { try body() } catch { return error.place }
      return ""
    }
    #expect(place { () throws(FileError) in _ = try model.member("sizes").elements()[1].integer(in: 0...9) } == "model.sizes[1]")
    #expect(place { () throws(FileError) in _ = try model.member("sizes").elements()[0].integer(in: 2...9) } == "model.sizes[0]")
    #expect(place { () throws(FileError) in _ = try model.member("gone") } == "model.gone")
    #expect(place { () throws(FileError) in _ = try root.string() } == "document")
  }

  @Test func largeDocumentsAreFast() throws {
    // A vocabulary and a merge list like those of a tokenizer.json of about 10 MB.
    var text = "{\"vocab\":{"
    for i in 0..<200_000 { text += "\(i == 0 ? "" : ",")\"Ġtoken\(i)\":\(i)" }
    text += "},\"merges\":["
    for i in 0..<250_000 { text += "\(i == 0 ? "" : ",")[\"Ġa\(i)\",\"b\(i)\"]" }
    text += "]}"
    let bytes = Array(text.utf8)
    let start = threadSeconds()
    let parsed = try JSON.parse(bytes, file: "t")
    let seconds = threadSeconds() - start
    #expect(parsed["vocab"]?["Ġtoken77"] == 77)
    #if DEBUG
      #expect(seconds < 5)
    #else
      #expect(seconds < 0.5)
    #endif
  }

  /// Processor time of this thread: wall time would measure the other tests.
  private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

struct TestFailure: Error {}
