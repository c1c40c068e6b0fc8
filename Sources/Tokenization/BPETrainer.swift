// Training of byte-level BPE (Sennrich et al. 2016, arXiv:1508.07909, over bytes as in GPT-2). Deterministic: the most frequent pair wins, on
// ties the pair that is larger by the bytes of its left, then of its right token. Pair counts are kept up to date instead of being counted anew.
// Not here: encoding, files.
import Languages

/// Why a vocabulary cannot be trained.
public enum BPETrainingError: BilingualError, Hashable {
  case vocabularyTooSmall(asked: Int, minimum: Int)
  case badSpecialToken(String)

  public var message: Bilingual {
    switch self {
    case .vocabularyTooSmall(let asked, let minimum):
      Bilingual(
        zh: "词表大小 \(asked) 太小：256 个字节加上特殊 token 至少需要 \(minimum)。请调大词表。",
        en: "A vocabulary of \(asked) is too small: 256 bytes and the special tokens need at least \(minimum). Ask for a larger vocabulary."
      )
    case .badSpecialToken(let token):
      Bilingual(
        zh: "特殊 token “\(token)” 为空或重复。请让每个特殊 token 都不为空且互不相同。",
        en: "The special token “\(token)” is empty or listed twice. Make every special token non-empty and distinct.")
    }
  }
}

public enum BPETrainer {
  /// Learns a byte-level vocabulary. Ids: the special tokens in their order, the 256 bytes in GPT-2's order, then the merges as learned.
  ///
  /// Fewer entries come out if the text runs out of pairs. A special token's spelling inside a text is plain text.
  /// - Parameters:
  ///   - texts: documents; no piece crosses from one to the next.
  ///   - assign: gives roles (bos, eos …) to the special tokens, by id.
  ///   - progress: entries of the vocabulary so far, and asked for; called after every merge.
  public static func train(
    texts: some Sequence<String>, vocabularySize: Int, specialTokens: [String], preTokenizer: PreTokenizer,
    assign: (_ id: (String) -> Int?, _ roles: inout Tokenizer.Roles) -> Void = { _, _ in },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(BPETrainingError) -> Tokenizer {
    var seen: Set<[UInt8]> = []
    for token in specialTokens where token.isEmpty || !seen.insert(Array(token.utf8)).inserted { throw .badSpecialToken(token) }
    let minimum = specialTokens.count + 256
    guard vocabularySize >= minimum else { throw .vocabularyTooSmall(asked: vocabularySize, minimum: minimum) }

    let firstByte = specialTokens.count
    var learner = BPELearner(
      tokens: specialTokens.map { Array($0.utf8) } + ByteAlphabet.bytesInOrder.map { [$0] }, firstMergeable: firstByte)
    var idOfByte = [Int32](repeating: 0, count: 256)
    for (i, byte) in ByteAlphabet.bytesInOrder.enumerated() { idOfByte[Int(byte)] = Int32(firstByte + i) }
    for (piece, count) in countPieces(texts, preTokenizer) { learner.add(word: piece.map { idOfByte[Int($0)] }, count: count) }
    learner.learn(until: vocabularySize, progress)

    let kinds = learner.tokens.indices.map { $0 < firstByte ? TokenKind.control : .normal }
    let spellings = learner.tokens.enumerated().map { $0 < firstByte ? specialTokens[$0] : ByteAlphabet.spelling(of: $1) }
    let vocabulary = Vocabulary(tokens: ByteStrings(learner.tokens), kinds: kinds, spellings: spellings)
    var roles = Tokenizer.Roles()
    assign(vocabulary.id(of:), &roles)
    return Tokenizer(vocabulary: vocabulary, merges: learner.merges, pipeline: .byteLevel(preTokenizer), roles: roles, chatTemplate: nil)
  }

  /// Every distinct piece with its count, in order of first appearance.
  private static func countPieces(_ texts: some Sequence<String>, _ preTokenizer: PreTokenizer) -> [(piece: [UInt8], count: Int)] {
    var places: [[UInt8]: Int] = [:]
    var pieces: [(piece: [UInt8], count: Int)] = []
    for text in texts {
      let bytes = Array(text.utf8)
      preTokenizer.forEachPiece(in: bytes) { range in
        let piece = Array(bytes[range])
        if let place = places[piece] {
          pieces[place].count += 1
        } else {
          places[piece] = pieces.count
          pieces.append((piece, 1))
        }
      }
    }
    return pieces
  }
}
