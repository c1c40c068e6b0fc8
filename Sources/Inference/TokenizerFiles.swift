// The tokenizer of a model without its weights; and of checkpoints whose tokenizer is a file of its own. Not here: the formats (Tokenization).
import Languages
import ModelFiles
import Tokenization

extension Tokenizer {
  /// Opens the tokenizer of whatever model a path holds; weights stay on the disk.
  public static func open(_ path: String) throws(FileError) -> Tokenizer { try ModelContents(path: path).tokenizer() }

  /// The tokenizer that llama2.c keeps beside a checkpoint: `tok512.bin` for a vocabulary of 512, else `tokenizer.bin`, or SentencePiece's
  /// `tokenizer.model`.
  init(beside checkpoint: Llama2CFile) throws(FileError) {
    let folder = AtomicFile.folder(of: checkpoint.path)
    let names = try WholeFile.names(in: folder)
    let size = checkpoint.header.vocabularySize
    let candidates = ["tok\(size).bin", "tokenizer.bin", "tok\(size).model", "tokenizer.model"].filter(names.contains)
    for name in candidates {
      let file = "\(folder)/\(name)"
      let bytes = try WholeFile.bytes(file, limit: Limits.jsonFileBytes)
      let tokenizer = try name.hasSuffix(".bin") ? Tokenizer(llama2c: bytes, file: file) : Tokenizer(sentencePiece: bytes, file: file)
      if tokenizer.vocabulary.count == size {
        self = tokenizer
        return
      }
    }
    throw FileError(
      file: checkpoint.path, place: "tokenizer.bin",
      problem: Bilingual(
        zh: "旁边没有词表大小为 \(size) 的分词器", en: "no tokenizer with a vocabulary of \(size) lies beside the checkpoint"),
      mend: Bilingual(
        zh: "请把 llama2.c 的 tokenizer.bin（或 tok\(size).bin）放进同一目录",
        en: "Put llama2.c's tokenizer.bin (or tok\(size).bin) into the same folder"))
  }
}
