// The commands about files: inspect, export, train, and the listings.
import Foundation
import Inference
import ModelFiles
import Testing

@Suite struct FileCommandTests {
  @Test func inspectShowsEveryTensor() throws {
    let json = try Program.run("inspect", SmallModel.path, "--json").json()
    #expect(json["architecture"]?.text == "llama" && json["format"]?.text == "gguf")
    let model = try SmallModel.load().transformer
    #expect(json["parameters"] == .integer(model.parameterCount))
    #expect(json["metadata"]?["llama.block_count"] == .integer(2))
    #expect(json["metadata"]?["tokenizer.ggml.tokens"]?["count"] == .integer(model.configuration.vocabularySize))
    let tensors = try #require(json["tensors"]).array
    #expect(tensors.count == model.parameters.count)
    for tensor in tensors { #expect(tensor.keys == ["name", "shape", "type", "bytes", "offset"]) }
  }

  @Test(arguments: [("gguf", "f32"), ("hf", "f32"), ("gguf", "q8_0"), ("gguf", "q4_0"), ("gguf", "f16"), ("hf", "bf16")])
  func exportOpensAgain(_ format: String, _ type: String) throws {
    let out = Program.temporary(format == "gguf" ? "export.gguf" : "export")
    let outcome = try Program.run("export", SmallModel.path, "--to", format, "--type", type, "--out", out)
    #expect(outcome.code == 0 && outcome.output == out + "\n", "\(outcome.errors)")
    func logits(_ path: String) throws -> JSON { try Program.run("logits", "--json", "--model", path, "你好 fox").json() }
    let (before, after) = (try logits(SmallModel.path), try logits(out))
    #expect(before["ids"] == after["ids"], "tokenizer and chat template survive")
    if type == "f32" {
      #expect(before == after)
    } else {
      let pairs = zip(before["logits"]?.numbers ?? [], after["logits"]?.numbers ?? [])
      let difference = pairs.map { abs(($0 ?? 0) - ($1 ?? 9)) }.max() ?? 9
      #expect(difference < (type == "q4_0" ? 0.2 : 0.02), "\(difference)")
    }
    #expect(try Program.run("export", SmallModel.path, "--out", out).code == 1, "nothing is replaced unasked")
  }

  @Test func trainReportsAndResumes() throws {
    let out = Program.temporary("run")
    let arguments = ["train", SmallModel.recipe, "--corpus", SmallModel.corpus, "--out", out, "--json"]
    let lines = try Program.run(arguments).lines()
    #expect(lines.dropLast().compactMap { $0["step"] } == [1, 5, 10, 15, 20])
    for line in lines.dropLast() {
      for key in ["loss", "learning_rate", "gradient_norm", "tokens_per_second"] { #expect(line[key]?.number ?? 0 > 0, "\(key)") }
    }
    #expect(lines.last == ["checkpoint": .string(out + "/step-000020")])
    let again = try Program.run(arguments)
    #expect(again.code == 0 && again.errors.contains("step 20"))
    #expect(try Program.run(arguments + ["--no-resume"]).code == 1)
    #expect(try Program.run(arguments + ["--steps", "30"]).code == 1, "another schedule is another run")
    // The run's folder and a checkpoint are models.
    for path in [out, out + "/step-000010"] { #expect(try Program.run("run", "--model", path, "--max-tokens", "3", "hi").code == 0) }
  }

  @Test func interruptedTrainingContinuesAsIfNothingHappened() throws {
    let (straight, broken) = (Program.temporary("straight"), Program.temporary("broken"))
    let arguments = ["train", SmallModel.longRecipe, "--corpus", SmallModel.corpus, "--json"]
    let process = try Running(arguments + ["--out", broken])
    while !process.output.contains("\"step\":5,") && kill(process.id, 0) == 0 { usleep(1000) }
    process.send(SIGINT)
    let stopped = try process.outcome()
    #expect(stopped.code == 130 && stopped.errors.contains("Stopped at step"), "\(stopped.errors)")
    #expect(try stopped.lines().last?["checkpoint"]?.text?.hasPrefix(broken + "/step-") == true)
    #expect(try Program.run(arguments + ["--out", broken]).code == 0)
    #expect(try Program.run(arguments + ["--out", straight]).code == 0)
    for name in ["model.safetensors", "optimizer.safetensors"] {
      let contents = try [straight, broken].map { try Data(contentsOf: URL(fileURLWithPath: "\($0)/step-000400/\(name)")) }
      #expect(contents[0] == contents[1])
    }
  }

  @Test func modelsByName() throws {
    let home = Program.temporary("home")
    try FileManager.default.createDirectory(atPath: home + "/data/models", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: SmallModel.path, toPath: home + "/data/models/fox.gguf")
    let environment = ["LLMLAB_HOME": home]
    #expect(try Program.run("tokens", "--model", "fox", "a", environment: environment).code == 0)
    for name in ["../models/fox", "wolf", ".", ""] {
      let outcome = try Program.run("tokens", "--model", name, "a", environment: environment)
      #expect(outcome.code == 2, "\(name)")
    }
    #expect(try Program.run("tokens", "--model", "wolf", "a", environment: environment).errors.contains("fox"), "known names are listed")
  }

  @Test func listings() throws {
    let home = ["LLMLAB_HOME": Program.temporary("home")]
    let paths = try Program.run("paths", "--json", environment: home).json()
    for key in ["data", "config", "cache", "state", "models"] { #expect(paths[key]?.text?.hasPrefix(home["LLMLAB_HOME"]!) == true) }
    let chapters = try #require(try Program.run("lessons", "--json", environment: home).json()["chapters"]).array
    let lessons = chapters.flatMap { $0["lessons"]?.array ?? [] }
    #expect(lessons.contains { $0["id"]?.text == "first-token" && $0["written"] == true && $0["completed"] == false })
    #expect(try Program.run("course", "check").code == 0)
    #expect(!FileManager.default.fileExists(atPath: home["LLMLAB_HOME"]!), "looking writes nothing")
  }

  @Test func doctorNamesEveryCheck() throws {
    let outcome = try Program.run("doctor", "--json", "--model", SmallModel.path)
    let json = try JSON.parse(outcome.bytes, file: "stdout")
    let checks = try #require(json["checks"]).array
    #expect(checks.count >= 14 && checks.allSatisfy { ["ok", "warn", "fail"].contains($0["status"]?.text) })
    #expect(checks.contains { $0["id"]?.text == "model" && $0["status"]?.text == "ok" })
    #expect((outcome.code == 0) == (json["ok"] == true) && (outcome.code == 0 || outcome.code == 1))
  }
}
