// A model folder as Hugging Face's transformers saves it. Not here: what the configuration means (Models), the tokenizer (Tokenization).
import Languages

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open model folder. `config.json` and the weights must be there; the rest is read when it is.
public struct HuggingFaceFolder: Sendable {
  /// As the user gave it.
  public let path: String
  public let config: JSON
  public let generationConfig: JSON?
  public let tokenizerJSON: JSON?
  public let tokenizerConfig: JSON?
  /// Jinja source: `chat_template.jinja`, or the `chat_template` of tokenizer_config.json (the one named "default" of several).
  public let chatTemplate: String?
  public let weights: any WeightsFile

  public init(path: String) throws(FileError) {
    func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }
    func exists(_ name: String) -> Bool { access(file(name), F_OK) == 0 }
    func optional(_ name: String) throws(FileError) -> JSON? { exists(name) ? try JSON.parse(contentsOf: file(name)) : nil }
    self.path = path
    config = try JSON.parse(contentsOf: file("config.json"))
    generationConfig = try optional("generation_config.json")
    tokenizerJSON = try optional("tokenizer.json")
    tokenizerConfig = try optional("tokenizer_config.json")
    if exists("chat_template.jinja") {
      chatTemplate = try WholeFile.text(file("chat_template.jinja"), limit: Limits.templateOutputBytes)
    } else {
      chatTemplate = try Self.template(in: tokenizerConfig?.cursor(file: file("tokenizer_config.json")).optional("chat_template"))
    }
    if exists("model.safetensors") {
      weights = try SafetensorsFile(path: file("model.safetensors"))
    } else if exists("model.safetensors.index.json") {
      weights = try ShardedSafetensors(index: file("model.safetensors.index.json"))
    } else {
      throw FileError(
        file: path, place: "model.safetensors",
        problem: Bilingual(zh: "目录中没有 safetensors 权重", en: "the folder holds no safetensors weights"),
        mend: Bilingual(
          zh: "请下载 model.safetensors（不支持 pytorch_model.bin）", en: "Download model.safetensors (pytorch_model.bin is not supported)"))
    }
  }

  private static func template(in value: JSONCursor?) throws(FileError) -> String? {
    guard let value else { return nil }
    guard case .array = value.value else { return try value.string() }
    for element in try value.elements() where try element.member("name").string() == "default" {
      return try element.member("template").string()
    }
    return nil
  }
}
