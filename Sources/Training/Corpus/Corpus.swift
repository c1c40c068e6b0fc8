// The corpus: the files of one folder (its README says what each line is) as parts that presentations are drawn from. Not here: reading lines
// (CorpusReading), the parts, mixing and packing (Batches).
import Languages
import ModelFiles
import Models

/// Chats and texts to learn from, by part, and probes that measure what was learned. Everything in it can be presented.
public struct Corpus: Sendable {
  /// Parts in the order of `partNames`.
  let parts: [(name: String, part: any CorpusPart)]

  /// SHA-256 over names and contents of the files: what a checkpoint remembers of the corpus.
  public let fingerprint: String

  /// Names of the parts: what a recipe's mixture may draw from. `chains` are several short exchanges in one chat.
  public static let partNames = [
    "concepts", "smalltalk", "outside", "stories", "long-stories", "story-texts", "dialogues", "chains", "sums", "drills", "translation",
    "sentiment",
  ]

  /// Reads every known file of the folder.
  public init(folder: String) throws(FileError) {
    var reading = CorpusReading()
    var digests: [String] = []
    for name in try WholeFile.names(in: folder) where name.hasSuffix(".jsonl") {
      let path = "\(folder)/\(name)"
      let bytes = try WholeFile.bytes(path, limit: Corpus.fileBytes)
      digests += [name, SHA256.hexadecimal(bytes)]
      for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
        // Blank lines count, so that errors name the line an editor shows.
        if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
        try reading.read(JSON.parse(Array(line), file: "\(path):\(number + 1)").cursor(file: "\(path):\(number + 1)"), of: name)
      }
    }
    fingerprint = SHA256.hexadecimal(Array(digests.joined(separator: "\n").utf8))
    parts = reading.parts()
    if parts.isEmpty {
      throw FileError(
        file: folder, place: "*.jsonl", problem: Bilingual(zh: "没有可用的语料文件", en: "no corpus files found"),
        mend: Bilingual(zh: "请指定含有语料的目录", en: "Name a folder that holds the corpus"))
    }
  }

  /// A corpus of nothing.
  init() { (parts, fingerprint) = ([], "") }

  /// The authored text of the parts, once: what a tokenizer is trained on. Wordings of requests that parts share are not in it.
  public var texts: [String] { parts.flatMap(\.part.texts) }

  /// Questions that were never trained on, at most about `limit` a skill, always the same.
  public func probes(limit: Int = 200) -> [Probe] {
    parts.flatMap { name, part in
      // Each part has its own stream, so that a change in one leaves the probes of the others as they are.
      var random = RandomSource(seed: UInt64(Corpus.partNames.firstIndex(of: name) ?? 0))
      return part.probes(&random, limit: limit)
    }
  }

  /// No corpus file that a person wrote comes near.
  private static let fileBytes = 256 << 20
}
