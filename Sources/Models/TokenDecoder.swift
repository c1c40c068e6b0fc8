// Decoding: the forward pass of one token, recorded as a program at the first token and run again for all others. Not here: choosing tokens.
import Tensors

/// Continues one sequence token by token with a cache.
///
/// It runs the same forward pass as everything else: once, to see which kernels it calls on which memory, and then those kernels.
public final class TokenDecoder {
  private let transformer: Transformer
  private let cache: KeyValueCache
  private var recorded: (program: Program, pass: Pass, logits: Tensor)?

  public init(_ transformer: Transformer, _ cache: KeyValueCache) {
    self.transformer = transformer
    self.cache = cache
  }

  /// Appends a token to the sequence.
  /// - Returns: logits of the token after it, [1, vocabulary]; valid until the next call.
  public func logits(after token: Int32) -> Tensor {
    precondition(cache.count < cache.capacity, "the KV cache is full")
    guard let (program, pass, logits) = recorded else { return record(token) }
    precondition(token >= 0 && Int(token) < transformer.configuration.vocabularySize, "token id \(token) outside the vocabulary")
    precondition(transformer.positionTable.map { cache.count < $0.rows } ?? true, "position \(cache.count) has no vector of its own")
    pass.set(token, past: cache.count)
    program.run()
    cache.commit(1)
    return logits
  }

  private func record(_ token: Int32) -> Tensor {
    let program = Program()
    let run = Run(cache: cache, tape: Tape(program: program))
    let pass = Pass([token], run, transformer.configuration)
    // Nothing cancels a single token.
    guard let logits = try? transformer.lastLogits(pass, run) else { preconditionFailure("a pass without cancellation ends") }
    recorded = (program, pass, logits)
    return logits
  }
}
