// `llmlab export`: a model into a file or folder that other programs open, with tokenizer and chat template. Not here: the formats (Models, ModelFiles).
import ArgumentParser
import Inference
import Languages
import ModelFiles
import Models
import Tokenization
import Training

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model as GGUF or as a Hugging Face folder. · 把模型导出为 GGUF 或 Hugging Face 目录。",
    discussion: """
      A GGUF file opens in llama.cpp and its kin, a folder in transformers. Quantized types (q8_0, q4_0) are for GGUF only.
      GGUF 文件可用 llama.cpp 等打开，目录可用 transformers 打开。量化类型（q8_0、q4_0）仅用于 GGUF。
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case gguf, hf }
  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case f32, f16, bf16
    case q8 = "q8_0"
    case q4 = "q4_0"

    var type: ElementType {
      switch self {
      case .f32: .f32
      case .f16: .f16
      case .bf16: .bf16
      case .q8: .q8_0
      case .q4: .q4_0
      }
    }
  }

  @Argument(
    help: ArgumentHelp("File, folder or name of the model. · 模型的文件、目录或名称。", valueName: "model"), completion: .file())
  var source: String
  @Option(
    help: ArgumentHelp("LoRA adapter in PEFT's form, merged into the model. · PEFT 格式的 LoRA 适配器，合并进模型。", valueName: "folder"),
    completion: .directory)
  var adapter: String?
  @Option(help: "Format of the result. · 导出格式。") var to = Format.gguf
  @Option(help: "How weights are stored. · 权重的存储类型。") var type = Precision.f32
  @Option(help: "Name that the file gives the model; by default its recipe's, or its own. · 写入文件的模型名，默认用配方名或原名。") var name: String?
  @Option(help: "File or folder to write. · 要写入的文件或目录。", completion: .file()) var out: String
  @Flag(help: "Replace what is there. · 覆盖已有文件。") var force = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if to == .hf && type.type.isQuantized {
      throw Failure.usage(
        zh: "--type \(type.rawValue) 只能用于 --to gguf", en: "--type \(type.rawValue) is for --to gguf only")
    }
  }

  func run() throws {
    var choice = try ModelChoice(source)
    choice.adapter = adapter ?? choice.adapter
    if ModelPlace.exists(out) && !force {
      throw Failure(zh: "\(out) 已经存在。请换一个 --out，或加 --force 覆盖。", en: "\(out) exists. Choose another --out, or replace it with --force.")
    }
    if choice.adapter == nil, try TextEmbedder.isEncoder(path: choice.path) {
      try exportEncoder(choice.path)
    } else {
      try exportModel(choice)
    }
    try Output.text(out + "\n")
  }

  /// An encoder's file says how it pools.
  private func exportEncoder(_ path: String) throws {
    if to == .hf {
      throw Failure.usage(zh: "编码器只能导出为 GGUF（--to gguf）", en: "Encoders are exported as GGUF only (--to gguf)")
    }
    let embedder = try TextEmbedder(path: path)
    guard let encoder = embedder.model as? Encoder else { preconditionFailure("an encoder opens as one") }
    let tokenizer = try embedder.tokenizer.ggufMetadata()
    do {
      try encoder.writeGGUF(to: out, name: embedder.name, type: type.type, pooling: embedder.settings.pooling, tokenizer: tokenizer)
    } catch { throw Failure(writing: error) }
  }

  private func exportModel(_ choice: ModelChoice) throws {
    let model = try choice.load()
    do {
      switch to {
      case .gguf:
        // Weights of a run of ours say how to repeat it; an adapter would make that untrue.
        let provenance = choice.adapter == nil ? try Provenance(checkpoint: choice.path) : nil
        try model.transformer.writeGGUF(
          to: out, name: name ?? provenance?.name ?? model.name, type: type.type, tokenizer: try model.tokenizer.ggufMetadata(),
          extra: provenance?.ggufMetadata ?? [])
      case .hf: try HuggingFaceWriter.write(model.transformer, model.tokenizer, type: type.type, to: out)
      }
    } catch let error as FileError { throw Failure(writing: error) }
  }
}
