// `llmlab embed`: what it prints, what it refuses. Not here: the vectors themselves (InferenceTests).
import Inference
import ModelFiles
import Models
import Tensors
import Testing
import Tokenization

@Suite struct EmbedCommandTests {
  private let model = ["--model", SmallModel.path]

  /// A BERT of random weights as a GGUF file that pools by its first token.
  private static let encoder: String = {
    let path = Program.folder + "/encoder.gguf"
    do {
      let tokenizer = try BPETrainer.sprout(texts: SmallModel.texts, vocabularySize: 320)
      let configuration = EncoderConfiguration(
        vocabularySize: tokenizer.vocabulary.count, hiddenSize: 32, layerCount: 1, headCount: 4, intermediateSize: 64, contextLength: 16)
      var random = RandomSource(seed: 3)
      let encoder = Encoder(configuration) { (_, shape) throws(Never) in
        Weight(Tensor((0..<shape.reduce(1, *)).map { _ in random.normal() }, shape))
      }
      try encoder.writeGGUF(to: path, name: "encoder", type: .f32, pooling: .cls, tokenizer: tokenizer.ggufMetadata())
    } catch {
      Issue.record(error)
    }
    return path
  }()

  @Test func oneObjectForAllTexts() throws {
    let json = try Program.run(["embed", "--json"] + model + ["Once upon", "你好"]).json()
    #expect(json.keys == ["model", "dimensions", "pooling", "normalized", "embeddings", "tokens"])
    #expect(json["model"]?.text == "small" && json["dimensions"] == 32 && json["pooling"]?.text == "mean" && json["normalized"] == false)
    let embedder = try TextEmbedder(path: SmallModel.path)
    let expected = try ["Once upon", "你好"].map { try embedder.embed($0) }
    #expect(json["embeddings"]?.array.map { $0.numbers.map { $0.map { Float($0) } } } == expected.map(\.vector))
    #expect(json["tokens"]?.integers == expected.map(\.tokens.count))
  }

  @Test func linesOfAPipeAreTexts() throws {
    let arguments = ["embed", "--json", "--similarity", "--normalize", "--pooling", "last"] + model
    let json = try Program.run(arguments, input: Array("Once\r\na token\nOnce\n".utf8)).json()
    #expect(json["pooling"]?.text == "last" && json["normalized"] == true)
    let similarity = try #require(json["similarity"]).array.map(\.numbers)
    #expect(similarity.map(\.count) == [3, 3, 3])
    #expect(abs((similarity[0][2] ?? 0) - 1) < 1e-6 && (similarity[0][1] ?? 1) < 0.999 && similarity[0][1] == similarity[1][0])
    for vector in try #require(json["embeddings"]).array.map(\.numbers) {
      #expect(abs(vector.reduce(0) { $0 + ($1 ?? 9) * ($1 ?? 9) } - 1) < 1e-5)
    }
    let mixed = try Program.run(["embed", "--json"] + model + ["Once", "-"], input: Array("a\nb".utf8)).json()
    #expect(mixed["embeddings"]?.array.count == 3)
  }

  @Test func tablesForPeople() throws {
    let list = try Program.run(["embed"] + model + ["Once", "a token"])
    #expect(list.code == 0 && list.output.split(separator: "\n").count == 2)
    let matrix = try Program.run(["embed", "--similarity"] + model + ["Once", "a token"])
    let lines = matrix.output.split(separator: "\n")
    #expect(matrix.code == 0 && lines.count == 3 && lines[1].contains("Once") && lines[1].contains("1.0000"))
  }

  @Test func textsThatAreTooLongAreNamed() throws {
    let long = String(repeating: "小猫 ", count: 100)
    let refused = try Program.run(["embed"] + model + ["a", long])
    #expect(refused.code == 1 && refused.bytes.isEmpty && refused.errors.contains("Text 2") && refused.errors.contains("--truncate"))
    let cut = try Program.run(["embed", "--json", "--truncate"] + model + ["a", long])
    #expect(try cut.json()["tokens"]?.integers.last == 64)
    #expect(cut.errors.contains("Text 2"))
  }

  @Test func encodersEmbedAndExportAndDoNothingElse() throws {
    let json = try Program.run("embed", "--json", "--model", Self.encoder, "Once").json()
    #expect(json["pooling"]?.text == "cls")
    let out = Program.temporary("again.gguf")
    let exported = try Program.run("export", Self.encoder, "--out", out)
    #expect(exported.code == 0 && exported.output == out + "\n", "\(exported.errors)")
    let again = try Program.run("embed", "--json", "--model", out, "Once").json()
    #expect(again["embeddings"] == json["embeddings"] && again["pooling"] == json["pooling"])
    #expect(try Program.run("export", Self.encoder, "--to", "hf", "--out", Program.temporary("folder")).code == 64)
    let refused = try Program.run("logits", "--raw", "--model", Self.encoder, "Once")
    #expect(refused.code == 2 && refused.errors.contains("llmlab embed"))
  }

  @Test(arguments: [["--pooling", "max", "a"], ["--threads", "0", "a"], []]) func wrongUsageIsSaidSo(_ arguments: [String]) throws {
    #expect(try Program.run(["embed"] + model + arguments).code == 64)
  }
}
