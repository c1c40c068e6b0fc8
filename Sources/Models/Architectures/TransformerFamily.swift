// The families of Transformers that the lab opens: one file each tells what config.json, GGUF metadata and tensor names mean. Not here: the rules.
import ModelFiles

/// A family: models that share their blocks and their names in files.
public enum TransformerFamily: String, Sendable, Hashable, CaseIterable {
  case llama, qwen2, qwen3, phi3, glm, glm4, chatglm, gpt2, gemma2, gemma3

  var rules: any FamilyRules.Type {
    switch self {
    case .llama: Llama.self
    case .qwen2: Qwen2.self
    case .qwen3: Qwen3.self
    case .phi3: Phi3.self
    case .glm: GLM.self
    case .glm4: GLM4.self
    case .chatglm: ChatGLM.self
    case .gpt2: GPT2.self
    case .gemma2: Gemma2.self
    case .gemma3: Gemma3.self
    }
  }

  /// As GGUF's `general.architecture` spells it.
  public var ggufArchitecture: String { rules.ggufArchitecture }
}

/// How a file spells a model.
public enum ModelFormat: Sendable, Hashable {
  case huggingFace, gguf
  /// Hugging Face's names over Meta's order of rows.
  case llama2c
}

/// What one family's files mean.
protocol FamilyRules {
  /// The values of config.json's `model_type`; the first is written.
  static var modelTypes: [String] { get }
  /// The class in transformers, written to config.json.
  static var className: String { get }
  static var ggufArchitecture: String { get }

  /// Reads config.json; whatever would change the arithmetic and is not supported is an error that names it.
  static func configuration(_ config: JSONCursor) throws(FileError) -> TransformerConfiguration
  /// The members of config.json besides those that all families share.
  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)]

  /// What GGUF metadata says beyond the keys that all families share.
  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError)
  static func ggufMetadata(_ c: TransformerConfiguration) -> [(key: String, value: GGUFValue)]
  /// The setting, in config.json's words, that GGUF has no key for in this family; nil: it says everything.
  static func unwritable(_ c: TransformerConfiguration) -> String?

  /// The tensor that holds a parameter. Parameters of one name lie in it one after another, in the order of the layout.
  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String
  /// Whether matrices are stored as [inputs, outputs].
  static func isTransposed(_ parameter: ParameterName, _ format: ModelFormat) -> Bool
  /// Whether RoPE's pairs lie side by side in query and key rows; we keep halves.
  static func keepsPairsTogether(_ format: ModelFormat) -> Bool
  /// What is added to the stored values.
  static func offset(of parameter: ParameterName, _ format: ModelFormat) -> Float
  /// Tensors that folders of this family hold besides their parameters and that change nothing.
  static func isIgnored(_ tensor: String) -> Bool
}

extension FamilyRules {
  static func configMembers(_ c: TransformerConfiguration) -> [(key: String, value: JSON)] { [] }
  static func complete(_ c: inout TransformerConfiguration, _ metadata: FamilyMetadata) throws(FileError) {}
  static func ggufMetadata(_ c: TransformerConfiguration) -> [(key: String, value: GGUFValue)] { [] }
  static func unwritable(_ c: TransformerConfiguration) -> String? { nil }
  static func tensorName(_ parameter: ParameterName, _ format: ModelFormat) -> String {
    format == .gguf ? GGUFNames.tensor(parameter) : parameter.text
  }
  static func isTransposed(_ parameter: ParameterName, _ format: ModelFormat) -> Bool { false }
  static func keepsPairsTogether(_ format: ModelFormat) -> Bool { false }
  static func offset(of parameter: ParameterName, _ format: ModelFormat) -> Float { 0 }
  static func isIgnored(_ tensor: String) -> Bool { false }
}
