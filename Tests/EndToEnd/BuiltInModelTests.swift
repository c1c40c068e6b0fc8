// The model that ships with the program, where it is there: it answers in both languages, quickly.
import Foundation
import ModelFiles
import Testing

private let isThere: Bool = {
  let assets = (try? Program.run("paths", "--json").json()["assets"]?.text).flatMap { $0 } ?? ""
  return FileManager.default.fileExists(atPath: assets + "/models/sprout-nano.gguf")
}()

@Suite(.enabled(if: isThere, "no built-in model")) struct BuiltInModelTests {
  @Test(arguments: ["你好", "Hello!", "What is a token?", "什么是注意力？"])
  func answersAndFinishes(_ prompt: String) throws {
    let json = try Program.run(["run", "--json", "--max-tokens", "200", prompt]).json()
    #expect(json["finish_reason"]?.text == "stop")
    #expect(json["text"]?.text?.isEmpty == false)
  }

  @Test func doctorFindsNothingWrong() throws {
    let outcome = try Program.run("doctor")
    #expect(outcome.code == 0, "\(outcome.output)")
  }
}
