// The one error of everything that reads or writes files: it names the file, the place and the mend.
import Languages

/// A file that cannot be used, with what a person needs to mend it.
public struct FileError: BilingualError, Hashable {
  /// Path as the user gave it.
  public let file: String
  /// Where in the file: a byte offset, a key, a tensor's name. Outside text in here is shown through `DisplayText` by whoever prints it.
  public let place: String
  public let problem: Bilingual
  public let mend: Bilingual

  public init(file: String, place: String, problem: Bilingual, mend: Bilingual) {
    self.file = file
    self.place = place
    self.problem = problem
    self.mend = mend
  }

  public var message: Bilingual {
    Bilingual(
      zh: "\(file)（\(place)）：\(problem.zh)。\(mend.zh)。",
      en: "\(file) (\(place)): \(problem.en). \(mend.en).")
  }
}
