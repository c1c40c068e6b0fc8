// What a Transformer takes in memory, from its configuration and its file alone: nothing is loaded. Not here: what the machine has (Inference).
import ModelFiles

extension TransformerConfiguration {
  /// Bytes that the weights of a file take: matrices as they are stored, vectors and matrices stored by columns as f32.
  public func weightBytes(in file: any WeightsFile, _ format: ModelFormat) -> Int {
    let transposed = Set(storedTensors(format).lazy.filter(\.isTransposed).map(\.name))
    return file.tensors.reduce(0) { sum, info in
      let isKept = info.shape.count == 2 && !transposed.contains(info.name)
      let (bytes, overflow) = sum.addingReportingOverflow(isKept ? info.byteCount : 4 * info.elementCount)
      return overflow ? .max : bytes
    }
  }

  /// Bytes of the KV cache for one position.
  public var cacheBytesPerPosition: Int {
    let bytes = 8.0 * Double(layerCount) * Double(keyValueWidth)
    return Int(min(bytes, 1e15))
  }

  /// Bytes of all weights with the types of a mix, as `llmlab quantize` writes them.
  public func weightBytes(_ mix: QuantizationMix) -> Int {
    storedTensors(.gguf).reduce(0) { sum, stored in
      let type = mix.type(of: stored.name, shape: stored.shape, layers: layerCount, tiesEmbeddings: tiesEmbeddings)
      // Shapes have passed their ranges: a thousand blocks of the widest matrices stay far below the largest integer.
      return sum + (type.byteCount(stored.shape.reduce(1, *)) ?? 0)
    }
  }
}
