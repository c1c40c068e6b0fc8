// `llmlab inspect`: the contract of its JSON, one tensor's numbers, the difference of two files, and files with hostile names.
import Foundation
import Inference
import Insight
import ModelFiles
import Models
import Testing

@Suite struct InspectTests {
  @Test func theContractOnlyGrows() throws {
    let json = try Program.run("inspect", SmallModel.path, "--json").json()
    #expect(json.keys.prefix(6) == ["file", "format", "architecture", "parameters", "metadata", "tensors"])
    let model = try SmallModel.load().transformer
    let tensors = try #require(json["tensors"]).array
    #expect(json["bytes"]?.number == tensors.reduce(0) { $0 + ($1["bytes"]?.number ?? 0) })
    #expect(json["bits_per_weight"] == .number(32))
    #expect(
      json["types"] == [
        [
          "type": "F32", "tensors": .integer(tensors.count), "elements": .integer(model.parameterCount),
          "bytes": .integer(4 * model.parameterCount),
        ]
      ])
    let whole = try Program.run("inspect", SmallModel.path, "--json", "--arrays").json()
    #expect(whole["metadata"]?["tokenizer.ggml.tokens"]?.array.count == model.configuration.vocabularySize)
  }

  @Test func oneTensorTellsItsNumbers() throws {
    let name = "blk.1.attn_q.weight"
    let json = try Program.run("inspect", SmallModel.path, "--tensor", name, "--json").json()
    let file = try GGUFFile(path: SmallModel.path)
    let values = try file.floats(try #require(file.tensor(named: name)))
    let statistics = try #require(json["statistics"])
    #expect(json["role"] == "query" && statistics["count"] == .integer(values.count))
    #expect(statistics["minimum"]?.number.map(Float.init) == values.min() && statistics["maximum"]?.number.map(Float.init) == values.max())
    #expect(json["first"]?.numbers.map { Float($0 ?? 0) } == Array(values.prefix(8)))
    #expect(json["histogram"]?["counts"]?.integers.reduce(0, +) == values.count)
    #expect(json["block"]?["elements"]?.array[0]["value"]?.number.map(Float.init) == values[0])
    for arguments in [["--plain"], []] {
      let text = try Program.run(["inspect", SmallModel.path, "--tensor", name] + arguments)
      #expect(
        text.code == 0 && text.output.contains("query projection of block 1.") && text.output.contains("deviation")
          && !text.output.contains("\u{1B}"))
      #expect(arguments.isEmpty || text.bytes.allSatisfy { $0 < 0x80 })
    }
    let missing = try Program.run("inspect", SmallModel.path, "--tensor", "attn_q")
    #expect(missing.code == 2 && missing.errors.contains("blk.0.attn_q.weight"))
    #expect(try Program.run("inspect", SmallModel.path, "--tensor", name, "--diff", SmallModel.path).code == 64)
  }

  @Test func twoFilesAreCompared() throws {
    let same = try Program.run("inspect", SmallModel.path, "--diff", SmallModel.path, "--json").json()
    #expect(try #require(same["tensors"]).array.allSatisfy { $0["equal"] == true && $0["cosine"] == .number(1) })
    let (q4, hf) = (Program.temporary("q4.gguf"), Program.temporary("hf"))
    #expect(try Program.run("export", SmallModel.path, "--to", "gguf", "--type", "q4_0", "--out", q4).code == 0)
    #expect(try Program.run("export", SmallModel.path, "--to", "hf", "--type", "f32", "--out", hf).code == 0)
    let quantized = try #require(try Program.run("inspect", hf, "--diff", q4, "--json").json()["tensors"]).array
    let errors = quantized.compactMap { $0["relative_root_mean_square"]?.number }
    #expect(errors == errors.sorted(by: >) && errors[0] > 0.03 && errors[0] < 0.2 && quantized[0]["other_type"] == "Q4_0")
    #expect(quantized[0]["name"]?.text?.hasPrefix("model.") == true && quantized[0]["other_name"]?.text?.contains("blk.") == true)
    // The same numbers under other names, in another order of rows.
    let formats = try Program.run("inspect", SmallModel.path, "--diff", hf, "--json").json()
    #expect(
      try #require(formats["tensors"]).array.allSatisfy { $0["equal"] == true } && formats["only_left"] == [] && formats["only_right"] == []
    )
    #expect(try Program.run("inspect", hf, "--diff", q4).output.contains("Q4_0"))
  }

  @Test func whatCannotBeComparedIsSaid() throws {
    let (some, other) = (Program.temporary("some.gguf"), Program.temporary("other.gguf"))
    func write(_ path: String, _ tensors: [(String, [Float])]) throws {
      let list = tensors.map { TensorToWrite(name: $0.0, shape: [$0.1.count], type: .f32, floats: $0.1) }
      try GGUFWriter.write(metadata: [], tensors: list, to: path)
    }
    try write(some, [("a", [1, .nan]), ("b", [.nan]), ("c", [1])])
    try write(other, [("a", [2, 1]), ("b", [1]), ("c", [1, 2])])
    let json = try Program.run("inspect", some, "--diff", other, "--json", "--lang", "zh").json()
    #expect(json["not_compared"] == [["name": "c", "other_name": "c", "reason": "shape"]])
    #expect(json["tensors"]?.array.map { $0["name"] } == ["b", "a"] && json["tensors"]?.array[0]["relative_root_mean_square"] == .null)
    let text = try Program.run("inspect", some, "--diff", other, "--lang", "en").output
    #expect(text.contains("b: nothing to compare") && text.contains("a: 1 numbers are not finite") && text.contains("c: the shapes differ"))
    let nothing = try Program.run("inspect", SmallModel.path, "--diff", other, "--lang", "en").output
    #expect(nothing.contains("no tensor of one file can be compared") && !nothing.contains("max diff"))
    // A file that is no model has no table of memory, and no gap where it would be.
    for path in [some, SmallModel.path] { #expect(try !Program.run("inspect", path).output.contains("\n\n\n")) }
  }

  @Test func hostileNamesAreShownHarmless() throws {
    let path = Program.temporary("hostile.gguf")
    let names = ["\u{1B}]0;x\u{7}", "a\nb", "blk.0.\u{202E}x.weight", "blk.0.attn_q.weight"]
    try GGUFWriter.write(
      metadata: [("k\u{1B}[2J", .string("v\u{9B}1m\n"))],
      tensors: names.map { TensorToWrite(name: $0, shape: [2], type: .f32, floats: [.nan, 1]) }, to: path)
    for arguments in [[], ["--tensor", names[0]], ["--tensor", names[2]], ["--diff", path]] {
      let outcome = try Program.run(["inspect", path] + arguments)
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(!outcome.output.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{9B}" || $0 == "\u{202E}" || $0 == "\u{7}" })
    }
    #expect(try Program.run("inspect", path, "--tensor", names[3]).output.contains("1 NaN"))
    let json = try Program.run("inspect", path, "--tensor", names[3], "--json").json()
    #expect(json["statistics"]?["nan"] == 1 && json["first"]?.numbers == [nil, 1])
  }
}
