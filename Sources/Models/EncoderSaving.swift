// Encoders into GGUF files. Not here: the tokenizer's part (Tokenization).
import ModelFiles
import Tensors

extension Encoder {
  /// Writes one GGUF file, matrices as `type`; `tokenizer` is the tokenizer's metadata.
  /// - Parameter pooling: what the file says about making one vector of a text.
  public func writeGGUF(
    to path: String, name: String, type: ElementType, pooling: Pooling, tokenizer: [(key: String, value: GGUFValue)]
  ) throws(FileError) {
    try GGUFWriter.write(
      metadata: configuration.ggufMetadata(name: name, pooling: pooling) + tokenizer, tensors: tensorsToWrite(type), to: path)
  }

  /// llama.cpp wants vectors in f32, adds positions and token types as they are stored, and rows must fill whole blocks.
  private func tensorsToWrite(_ type: ElementType) -> [TensorToWrite] {
    configuration.layout.map { name, shape in
      let isProduct = if case .block = name.place { shape.count == 2 } else { name.place == .embedding }
      let stored = isProduct && shape[1] % type.blockSize == 0 ? type : .f32
      return TensorToWrite(name: configuration.family.tensorName(name, .gguf), shape: shape, type: stored) { () throws(FileError) in
        guard let weight = self.weight(name) else { preconditionFailure("the layout names only parameters that the model has") }
        return weight.tensor.values
      }
    }
  }
}
