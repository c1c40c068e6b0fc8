// `llmlab finetune` as a program: its JSON, what it leaves, interruption, and data that is refused. Not here: training itself (TrainingTests).
import Foundation
import ModelFiles
import Testing

@Suite struct FineTuneTests {
  private static func data(_ count: Int = 12) -> String {
    let path = Program.temporary("chats.jsonl")
    let lines = (0..<count).map {
      "{\"messages\":[{\"role\":\"user\",\"content\":\"fox \($0)\"},{\"role\":\"assistant\",\"content\":\"Once \($0).\"}]}"
    }
    try? lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private let options = ["--model", SmallModel.path, "--batch-tokens", "64", "--rank", "2", "--json"]

  @Test func anAdapterIsTrainedReportedAndOpened() throws {
    let (out, text) = (Program.temporary("adapter"), Program.temporary("unrelated.txt"))
    try "你好！今天我们看看模型怎样预测下一个词。".write(toFile: text, atomically: true, encoding: .utf8)
    let arguments = ["finetune", Self.data(), "--out", out, "--steps", "12", "--merge", "--unrelated", text, "--sample", "fox 3"] + options
    let outcome = try Program.run(arguments)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = try outcome.lines()
    #expect(lines.dropLast().allSatisfy { ($0["loss"]?.number ?? 0) > 0 } && lines.dropLast().last?["step"] == 12)
    let report = try #require(lines.last)
    #expect(report.keys == ["checkpoint", "out", "merged", "parameters", "trainable", "validation", "unrelated", "samples"])
    // Two blocks: q and o 32→32, k and v 32→16, gate and up 32→64, down 64→32, each with rank 2.
    #expect(report["trainable"] == .integer(2 * 2 * (2 * 64 + 2 * 48 + 3 * 96)))
    for key in ["validation", "unrelated"] {
      for time in ["before", "after"] { #expect(report[key]?[time]?["bits_per_byte"]?.number ?? 0 > 0, "\(key) \(time)") }
    }
    let losses = ["before", "after"].compactMap { report["validation"]?[$0]?["nats"]?.number }
    #expect(losses.count == 2 && losses[1] < losses[0])
    #expect(report["samples"]?.array.first?["prompt"]?.text == "fox 3")

    func logits(_ options: String...) throws -> [Double?] {
      try Program.run(["logits", "--raw", "--json"] + options + ["fox"]).json()["logits"]?.numbers ?? []
    }
    let adapted = try logits("--model", out)
    #expect(try logits("--model", SmallModel.path, "--adapter", out) == adapted)
    #expect(try logits("--model", SmallModel.path) != adapted)
    let exported = Program.temporary("exported.gguf")
    #expect(try Program.run("export", out, "--out", exported).code == 0)
    for path in ["\(out)/merged", exported] {
      let difference = zip(try logits("--model", path), adapted).map { abs(($0 ?? 0) - ($1 ?? 9)) }.max() ?? 9
      #expect(difference < 1e-4, "\(path)")
    }
    // The whole prompt with the template, and the tokenizer alone.
    #expect(try Program.run("run", "--model", out, "--max-tokens", "3", "fox 1").code == 0)
    #expect(try Program.run("tokens", "--model", out, "fox").code == 0)
    #expect(try Program.run("trace", "--model", out, "--json", "--raw", "fox").code == 0)
    // A finished run finishes again at once; another schedule is another run.
    #expect(try Program.run(arguments).lines().count == 1)
    #expect(try Program.run(arguments + ["--steps", "13"]).code == 2)
  }

  @Test func allWeightsAreTrained() throws {
    let out = Program.temporary("full")
    let outcome = try Program.run(["finetune", Self.data(), "--out", out, "--steps", "6", "--method", "full"] + options)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try #require(try outcome.lines().last)
    #expect(report["trainable"] == report["parameters"])
    #expect(FileManager.default.fileExists(atPath: out + "/tokenizer_config.json"))
    #expect(try Program.run("run", "--model", out, "--max-tokens", "3", "fox 1").code == 0)
  }

  @Test func interruptedFineTuningContinuesAsIfNothingHappened() throws {
    let (straight, broken, data) = (Program.temporary("straight"), Program.temporary("broken"), Self.data())
    let arguments = ["finetune", data, "--steps", "300"] + options
    let process = try Running(arguments + ["--out", broken])
    while !process.output.contains("\"step\":10,") && kill(process.id, 0) == 0 { usleep(1000) }
    process.send(SIGINT)
    let stopped = try process.outcome()
    #expect(stopped.code == 130, "\(stopped.errors)")
    #expect(try #require(stopped.lines().last)["checkpoint"] != nil)
    #expect(try Program.run(arguments + ["--out", broken]).code == 0)
    #expect(try Program.run(arguments + ["--out", straight]).code == 0)
    func weights(_ folder: String) throws -> [UInt8] { try WholeFile.bytes("\(folder)/adapter_model.safetensors", limit: .max) }
    #expect(try weights(straight) == weights(broken))
  }

  @Test func dryRunsWriteNothing() throws {
    let out = Program.temporary("dry")
    let outcome = try Program.run(["finetune", Self.data(), "--out", out, "--dry-run"] + options)
    #expect(outcome.code == 0 && outcome.output.isEmpty && outcome.errors.contains("token"))
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func whatCannotBeUsedIsRefused() throws {
    let bad = Program.temporary("bad.jsonl")
    try "{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"prompt\":1}\n".write(toFile: bad, atomically: true, encoding: .utf8)
    let outcome = try Program.run(["finetune", bad, "--out", Program.temporary("x")] + options)
    #expect(outcome.code == 2 && outcome.errors.contains("bad.jsonl:2"), "\(outcome.errors)")
    #expect(try Program.run(["finetune", "/nowhere.jsonl"] + options).code == 2)
    for more in [
      ["--rank", "0"], ["--targets", "q,x"], ["--eval-share", "1"], ["--rate", "-1"], ["--steps", "0"], ["--length", "3"],
      ["--method", "full", "--merge"], ["--method", "dora"],
    ] { #expect(try Program.run(["finetune", Self.data()] + options + more).code == 64, "\(more)") }
    // An adapter of another model.
    let out = Program.temporary("adapter")
    #expect(try Program.run(["finetune", Self.data(), "--out", out, "--steps", "2"] + options).code == 0)
    let misfit = try Program.run("run", "--adapter", out, "--max-tokens", "1", "hi")
    #expect(misfit.code == 2 && misfit.errors.contains("lora_"), "\(misfit.errors)")
    #expect(try Program.run(["finetune", Self.data(), "--model", out, "--json"]).code == 1)
    #expect(try Program.run("run", "--model", out, "--adapter", out, "hi").code == 64)
    #expect(try Program.run("run", "--adapter", "/nowhere", "hi").code == 2)
  }
}
