// How a model's files say that one vector is made of a text: sentence-transformers' modules.json and what it names, GGUF's pooling_type. Not here: making it
// (TextEmbedder).
import Languages
import ModelFiles
import Models

/// From hidden states to an embedding.
public struct EmbeddingSettings: Sendable, Hashable {
  /// Without a word of the files the mean, which every kind of model can be read by.
  public var pooling = Pooling.mean
  /// Whether embeddings have unit length.
  public var normalizes = false
  /// Tokens of the longest text that the model was trained for; nil: as many as it has positions.
  public var maximumTokens: Int?
  /// Whether text is read in lower case.
  public var lowercases = false

  public init() {}

  /// Reads what a folder of sentence-transformers says besides config.json; a folder without that keeps the defaults.
  public init(folder: String) throws(FileError) {
    func path(_ name: String) -> String { folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)" }
    func document(_ name: String) throws(FileError) -> JSONCursor? {
      WholeFile.exists(path(name)) ? try JSON.parse(contentsOf: path(name)).cursor(file: path(name)) : nil
    }
    if let modules = try document("modules.json") {
      for module in try modules.elements() {
        let type = try module.member("type")
        // Such as sentence_transformers.models.Pooling; the packages before the class have changed over time.
        switch try type.string().split(separator: ".").last {
        case "Transformer": break
        case "Normalize": normalizes = true
        case "Pooling":
          let name = try module.member("path").folderName()
          pooling = try Self.pooling(JSON.parse(contentsOf: path("\(name)/config.json")).cursor(file: path("\(name)/config.json")))
        default: throw type.unsupportedModule()
        }
      }
    } else if let config = try document("1_Pooling/config.json") {
      pooling = try Self.pooling(config)
    }
    if let config = try document("sentence_bert_config.json") {
      maximumTokens = try config.optional("max_seq_length")?.integer(in: 1...(1 << 24))
      lowercases = try config.optional("do_lower_case")?.bool() ?? false
    }
  }

  /// Reads GGUF metadata, of encoders and decoders alike.
  public init(gguf file: GGUFFile) throws(FileError) {
    let key = try "\(file.string("general.architecture")).pooling_type"
    guard file.contains(key) else { return }
    let number = try file.integer(key, in: Int(Int32.min)...Int(Int32.max))
    // 0 is llama.cpp's "none": vectors of all tokens, and the file leaves the choice to us.
    if number == 0 { return }
    guard let pooling = Pooling.allCases.first(where: { $0.ggufNumber == number }) else {
      throw file.error(
        key, Bilingual(zh: "暂不支持池化方式 \(number)", en: "the pooling \(number) is not supported"),
        Bilingual(zh: "请使用平均、首 token 或末 token 池化的模型", en: "Use a model that pools by the mean, the first or the last token"))
    }
    self.pooling = pooling
  }

  /// Old files have a flag a mode, newer ones name it.
  private static func pooling(_ config: JSONCursor) throws(FileError) -> Pooling {
    let prefix = "pooling_mode_"
    var modes: [JSONCursor] = []
    var names: [String] = []
    for (key, value) in try config.members() {
      if key == "pooling_mode" {
        names.append(try value.string())
        modes.append(value)
      } else if key.hasPrefix(prefix), try value.bool() {
        names.append(String(key.dropFirst(prefix.count)))
        modes.append(value)
      }
    }
    guard let mode = modes.first else { throw config.unsupportedModule() }
    // Several modes put their vectors one behind the other.
    guard modes.count == 1 else { throw modes[1].unsupportedModule() }
    switch names[0] {
    case "mean", "mean_tokens": return .mean
    case "cls", "cls_token": return .cls
    case "lasttoken": return .last
    default: throw mode.unsupportedModule()
    }
  }
}

extension JSONCursor {
  fileprivate func unsupportedModule() -> FileError {
    error(
      Bilingual(zh: "暂不支持这种得到文本向量的方式", en: "this way from tokens to a text's vector is not supported"),
      Bilingual(zh: "请使用平均、首 token 或末 token 池化的模型", en: "Use a model that pools by the mean, the first or the last token"))
  }

  /// A folder's name inside the model's; names from outside never become paths.
  fileprivate func folderName() throws(FileError) -> String {
    let name = try string()
    guard !name.isEmpty, name.utf8.count <= 100,
      name.unicodeScalars.allSatisfy({ $0.isASCII && ($0.properties.isAlphabetic || "0123456789_-".unicodeScalars.contains($0)) })
    else {
      throw error(
        Bilingual(zh: "这不是模型目录中的一个目录名", en: "this names no folder inside the model's"),
        Bilingual(zh: "请重新下载该模型", en: "Download the model again"))
    }
    return name
  }
}
