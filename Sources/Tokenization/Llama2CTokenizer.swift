// The tokenizer file of llama2.c (`tokenizer.bin`): a SentencePiece vocabulary without types. Not here: the checkpoints of llama2.c.
// Format: karpathy/llama2.c `tokenizer.py`, `export`; reader: `run.c`, `build_tokenizer`.
import Languages
import ModelFiles

extension Tokenizer {
  /// The tokenizer of a `tokenizer.bin`: int32 longest token, then of each token float32 score, int32 length and the bytes. Ids 0, 1, 2 are
  /// unknown, BOS and EOS, 3…258 the bytes. The file has plain spaces where SentencePiece has "▁".
  /// - Parameter file: the path for error messages.
  public init(llama2c bytes: [UInt8], file: String) throws(FileError) {
    func damaged(_ position: Int) -> FileError {
      FileError(
        file: file, place: "byte \(position)", problem: Bilingual(zh: "分词器文件已损坏", en: "the tokenizer file is damaged"),
        mend: Bilingual(zh: "请重新下载该文件，或换用与权重配套的文件", en: "Download the file again, or use the one that belongs to the weights"))
    }
    func word(_ position: Int) throws(FileError) -> UInt32 {
      guard position + 4 <= bytes.count else { throw damaged(position) }
      return bytes[position..<position + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    let longest = Int(try word(0))
    var (spellings, scores): ([String], [Float]) = ([], [])
    var position = 4
    while position < bytes.count {
      let score = Float(bitPattern: try word(position))
      let length = Int(try word(position + 4))
      let start = position + 8
      guard score.isFinite, length <= min(longest, bytes.count - start), spellings.count < Limits.vocabulary,
        let text = String(validating: bytes[start..<start + length], as: UTF8.self)
      else { throw damaged(position) }
      spellings.append(Self.escaped(text, id: spellings.count))
      scores.append(score)
      position = start + length
    }
    guard spellings.count > 258 else { throw damaged(position) }

    let kinds = spellings.indices.map { $0 == 0 ? TokenKind.unknown : $0 < 3 ? .control : $0 < 259 ? .byte : .normal }
    for id in 3..<259 where SentencePieceSpelling.byte(of: spellings[id]) != UInt8(id - 3) { throw damaged(4) }
    let pipeline = Pipeline(
      normalizer: .sentencePiece(prependsSpace: true), model: .scoredPairs(hasByteFallback: true),
      decoding: Decoding(spelling: .text([Decoding.metaspace]), stripsLeadingSpace: true))
    var tokens = ByteStrings()
    for (spelling, kind) in zip(spellings, kinds) { tokens.append(pipeline.decoding.bytes(of: spelling, kind)) }
    var roles = Roles()
    (roles.unknown, roles.bos, roles.eos, roles.addsBOS) = (0, 1, 2, true)
    self.init(
      vocabulary: Vocabulary(tokens: tokens, kinds: kinds, spellings: spellings, scores: scores), merges: [], pipeline: pipeline,
      roles: roles, chatTemplate: nil)
  }

  /// The spelling with "▁" for spaces. The exporter writes BOS and EOS with line ends around them.
  private static func escaped(_ text: String, id: Int) -> String {
    switch id {
    case 1: "<s>"
    case 2: "</s>"
    default: String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == " " ? "\u{2581}" : $0 }))
    }
  }
}
