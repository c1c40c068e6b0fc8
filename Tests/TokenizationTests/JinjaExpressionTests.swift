// The language of templates against Jinja, line by line: Goldens/expressions.txt. Not here: whole templates.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct JinjaExpressionTests {
  /// The smallest and the largest whole number, as Python writes them.
  @Test(arguments: [
    ("'ab'.zfill(-9223372036854775807 - 1)", "ab"), ("'-7'.zfill(4)", "-007"), ("'%d' % 9223372036854775807", "9223372036854775807"),
    ("'%d' % (-9223372036854775807 - 1)", "-9223372036854775808"), ("'%5d|' % 9007199254740993", "9007199254740993|"), ("'%d' % 2.9", "2"),
    ("'%d' % true", "1"), ("'{:d}'.format(9223372036854775807)", "9223372036854775807"),
  ])
  func wholeNumbersHaveAllTheirDigits(_ source: String, _ text: String) throws {
    #expect(try rendered("{{ \(source) }}").map(\.text).joined() == text)
  }

  @Test func evaluatesAsJinjaDoes() throws {
    let golden = try Golden.json("expressions.json").cursor(file: "expressions.json")
    let results = try golden.member("results").elements().map(\.value)
    var variables: [String: JSON] = [:]
    for (name, value) in try golden.member("variables").members() { variables[name] = value.value }
    // The messages of the chat take their own way in; here they are plain values.
    let messages = variables.removeValue(forKey: "messages")
    variables["turns"] = messages
    let lines = try String(contentsOfFile: "\(Golden.folder)/expressions.txt", encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(lines.count == results.count && lines.count >= 500)
    for (line, result) in zip(lines, results) {
      let line = line.replacingOccurrences(of: "messages", with: "turns")
      let source = line.contains("{%") ? line : "{{ \(line) }}"
      do throws(ChatTemplateError) {
        let text = try rendered(source, variables).map(\.text).joined()
        if case .string(let expected) = result {
          #expect(text == expected, "\(line)")
        } else {
          Issue.record("\(line): Jinja fails, this gives \(text)")
        }
      } catch {
        #expect(result == .null, "\(line): \(error)")
      }
    }
  }
}
