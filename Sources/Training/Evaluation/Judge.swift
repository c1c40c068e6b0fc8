// Judging an answer against what a probe expects. Mechanical on purpose: no model judges a model. Not here: asking (Evaluator).
import Languages

extension Probe.Expectation {
  /// Whether an answer meets it. `calls` are the calculator calls made while answering: expression and result.
  func isMet(by answer: String, calls: [(expression: String, result: String)] = []) -> Bool {
    let answer = answer.trimmed
    switch self {
    case .oneOf(let accepted): return accepted.contains { $0.trimmed == answer }
    case .sentencesOf(let text):
      let (right, given) = (Judge.sentences(text), Judge.sentences(answer))
      return !given.isEmpty && given.allSatisfy(right.contains) && given.count * 2 >= right.count
    case .story(let hero, let thing, let heroes):
      let named = Judge.count(hero, in: answer)
      guard named > 0, Judge.count(thing, in: answer) > 0 else { return false }
      // Names inside names (a duck in a duckling) would count twice.
      let others = heroes.filter { !hero.contains($0) && !$0.contains(hero) && !thing.contains($0) }
      guard others.allSatisfy({ Judge.count($0, in: answer) <= named }) else { return false }
      return Judge.sentences(answer).suffix(3).contains { Judge.count(hero, in: $0) > 0 }
    case .calculation(let expression, let result):
      return calls.contains { $0.expression == expression && $0.result == result } && answer.contains(result)
    case .contains(let phrases): return phrases.contains(where: answer.contains)
    case .anything: return !answer.isEmpty
    }
  }
}

enum Judge {
  /// The sentences of a text, without their marks and the white space around them.
  static func sentences(_ text: String) -> [String] {
    text.split(whereSeparator: { "。！？!?\n；".contains($0) || $0 == "." }).map { String($0).trimmed }.filter { !$0.isEmpty }
  }

  /// How often a word occurs; Latin words only as whole words, without regard to case.
  static func count(_ word: String, in text: String) -> Int {
    let (word, text) = (Array(word.lowercased()), Array(text.lowercased()))
    guard let first = word.first, text.count >= word.count else { return 0 }
    func isLetter(_ index: Int) -> Bool { text.indices.contains(index) && text[index].isLetter && text[index].isASCII }
    var count = 0
    for i in 0...text.count - word.count where text[i] == first && text[i..<i + word.count].elementsEqual(word) {
      if first.isASCII && (isLetter(i - 1) || (isLetter(i + word.count) && text[i + word.count] != "s")) { continue }
      count += 1
    }
    return count
  }

  /// The language of a text: Chinese when Han characters weigh more than Latin letters, of which a word has several. Nil without either.
  static func language(_ text: String) -> Language? {
    var (han, latin) = (0, 0)
    for scalar in text.unicodeScalars {
      if (0x4E00...0x9FFF).contains(scalar.value) { han += 1 } else if scalar.properties.isAlphabetic && scalar.isASCII { latin += 1 }
    }
    return han + latin == 0 ? nil : han * 4 >= latin ? .zh : .en
  }

  /// Whether text runs in circles: the same twelve characters three times in a row, or any forty characters three times.
  static func isLooping(_ text: String) -> Bool {
    let characters = Array(text)
    for length in 1...max(1, min(40, characters.count / 3)) where length * 3 <= characters.count {
      let least = max(3, (12 + length - 1) / length)
      var run = 0
      for i in length..<characters.count {
        run = characters[i] == characters[i - length] ? run + 1 : 0
        if run >= length * (least - 1) && !characters[(i - run)...i].allSatisfy({ $0.isNumber }) { return true }
      }
    }
    return false
  }
}

extension String {
  var trimmed: String {
    var text = Substring(self)
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
