// A model as a Hugging Face folder, with all that transformers wants beside the weights. Not here: the formats (Models, ModelFiles, Tokenization).
import ModelFiles
import Models
import Tokenization

public enum HuggingFaceWriter {
  /// Writes config.json, generation_config.json, the tokenizer and, last, the weights: a folder without them is not mistaken for a model.
  /// - Parameter type: f32, f16 or bf16.
  public static func write(
    _ transformer: Transformer, _ tokenizer: Tokenizer, type: ElementType = .f32, to folder: String
  ) throws(FileError) {
    try WholeFile.makeFolder(folder)
    var generation = JSONObject()
    if let bos = tokenizer.bos { generation["bos_token_id"] = .integer(bos) }
    let ends = tokenizer.eos.sorted()
    if !ends.isEmpty { generation["eos_token_id"] = ends.count == 1 ? .integer(ends[0]) : .array(ends.map { .integer($0) }) }
    if let padding = tokenizer.roles.padding { generation["pad_token_id"] = .integer(padding) }
    let documents: [(name: String, json: JSON)] = [
      ("config.json", try transformer.huggingFaceConfig(bos: tokenizer.bos, eos: tokenizer.roles.eos, type: type)),
      ("generation_config.json", .object(generation)), ("tokenizer.json", tokenizer.huggingFaceJSON()),
      ("tokenizer_config.json", tokenizer.huggingFaceConfig()),
    ]
    for (name, json) in documents { try AtomicFile.write(Array((json.serialized(pretty: true) + "\n").utf8), to: "\(folder)/\(name)") }
    try SafetensorsWriter.write(transformer.tensorsToWrite(type), to: "\(folder)/model.safetensors")
  }
}
