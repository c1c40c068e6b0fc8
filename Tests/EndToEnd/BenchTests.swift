// `llmlab bench` as scripts use it: parts alone, extremes beside medians, training by a recipe. No test of times.
import Foundation
import ModelFiles
import Testing

@Suite struct BenchTests {
  private let small = ["bench", "--json", "--runs", "2", "--prompt-tokens", "16", "--decode-tokens", "8", "--model", SmallModel.path]

  @Test(arguments: [
    ("prefill", ["prefill_tokens_per_second"]), ("decode", ["decode_tokens_per_second"]),
    ("load", ["load_seconds", "first_token_seconds"]),
    ("observed", ["all_logits_tokens_per_second", "observed_tokens_per_second", "observed_slowdown"]),
  ])
  func onePartAlone(_ part: String, _ figures: [String]) throws {
    let json = try Program.run(small + ["--only", part]).json()
    let measured = json.keys.filter { $0.hasSuffix("_spread") }.map { String($0.dropLast("_spread".count)) }
    #expect(measured == figures)
    for figure in figures {
      let median = try #require(json[figure]?.number)
      let (least, most) = (try #require(json["\(figure)_min"]?.number), try #require(json["\(figure)_max"]?.number))
      #expect(0 < least && least <= median && median <= most)
      #expect(abs(try #require(json["\(figure)_spread"]?.number) - (most - least) / median) < 1e-9)
    }
    #expect(json["peak_resident_bytes"]?.number ?? 0 > 0)
  }

  @Test(arguments: ["float32", "bfloat16"])
  func training(_ precision: String) throws {
    let json = try Program.run(["bench", "--json", "--runs", "2", "--recipe", SmallModel.recipe, "--precision", precision]).json()
    #expect(json["tokens_per_step"] == .integer(64) && json["precision"]?.text == precision)
    let speed = try #require(json["training_tokens_per_second"]?.number)
    // 6 operations for each of 300·32 + 2·32·32 + 2·16·32 + 3·32·64 weights and 6·64·32 of attention.
    let weights = 300 * 32 + 2 * 32 * 32 + 2 * 16 * 32 + 3 * 32 * 64
    let operations = Double(6 * weights + 6 * 64 * 32)
    #expect(abs(try #require(json["training_gflops"]?.number) / (speed * operations / 1e9) - 1) < 1e-9)
  }

  @Test func forPeopleExtremesStayAway() throws {
    let output = try Program.run(small.filter { $0 != "--json" }).output
    #expect(output.contains("decode_tokens_per_second ") && !output.contains("_spread"))
  }

  @Test(arguments: [
    ["--recipe", "x.yaml", "--observed"], ["--recipe", "x.yaml", "--model", "y"], ["--recipe", "x.yaml", "--only", "load"],
    ["--precision", "bfloat16"], ["--only", "everything"], ["--runs", "1"],
  ])
  func whatDoesNotGoTogether(_ arguments: [String]) throws {
    #expect(try Program.run(["bench"] + arguments).code == 64)
  }
}
