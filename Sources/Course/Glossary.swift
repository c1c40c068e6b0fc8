// The terms of the course in both languages, each with a short definition. Not here: where lessons introduce them.
import Languages

public struct Glossary: Sendable {
  public struct Term: Sendable, Hashable {
    public let name: Bilingual
    /// One or two sentences.
    public let definition: Bilingual
    /// As a `term:` directive writes it: `attention|注意力`.
    public var id: String { "\(name.en)|\(name.zh)" }
  }

  public let terms: [Term]

  /// The term of a directive, or the one that has this name in either language.
  public subscript(name: String) -> Term? {
    terms.first { $0.id == name || $0.name.zh == name } ?? terms.first { $0.name.en.lowercased() == name.lowercased() }
  }

  static func read(_ path: String, name: String) -> (glossary: Glossary, problems: [CourseProblem]) {
    var problems = ProblemList(file: name)
    var terms: [Term] = []
    if let bytes = TextFile.read(path), let text = TextGuard.check(bytes, &problems) {
      if var file = YAMLMapping.read(text, &problems) {
        for group in ["model", "attention", "block", "training", "use"] {
          for var mapping in file.mappings(group, required: false, &problems) {
            let name = mapping.bilingual(&problems)
            let definition = mapping.bilingual("says", &problems)
            mapping.finish(&problems)
            guard let name, let definition else { continue }
            if terms.contains(where: { $0.name.zh == name.zh || $0.name.en == name.en }) {
              problems.add(mapping.line, zh: "词条 \(name.zh) 重复", en: "the term \(name.en) stands twice")
            }
            terms.append(Term(name: name, definition: definition))
          }
        }
        file.finish(&problems)
      }
    } else if problems.problems.isEmpty {
      problems.add(0, zh: "读不到这个文件", en: "the file cannot be read")
    }
    return (Glossary(terms: terms), problems.problems)
  }
}
