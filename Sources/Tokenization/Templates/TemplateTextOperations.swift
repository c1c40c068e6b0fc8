// Python's operations on strings, which keep the author of every character. Each charges what it reads and makes. Not here: their names and
// arguments (TemplateMethods, TemplateTextFilters).

extension TemplateInterpreter {
  /// Where `part` first stands in `text` from `start` on.
  func find(_ part: TemplateText, in text: TemplateText, from start: Int = 0) throws(TemplateFault) -> Int? {
    let last = text.count - part.count
    guard start <= last else { return nil }
    guard let first = part.letters.first?.code else { return start }
    // Repetitive text makes this quadratic, so what is compared is charged as it grows.
    var compared = 0
    for place in start...last {
      compared += 1
      if text.letters[place].code == first {
        var length = 1
        while length < part.count, text.letters[place + length].code == part.letters[length].code { length += 1 }
        if length == part.count { return place }
        compared += length
      }
      if compared >= 4096 {
        try budget.spend(compared / 16)
        compared = 0
      }
    }
    try budget.spend(compared / 16)
    return nil
  }

  func joined(_ parts: [TemplateText], separator: TemplateText = TemplateText()) throws(TemplateFault) -> TemplateText {
    var count = separator.count * max(0, parts.count - 1)
    for part in parts { count += part.count }
    try budget.text(count)
    var letters: [TemplateLetter] = []
    letters.reserveCapacity(count)
    for (i, part) in parts.enumerated() {
      if i > 0 { letters += separator.letters }
      letters += part.letters
    }
    return TemplateText(letters: letters)
  }

  /// Without the characters of `set` at its ends; without space where there is no set.
  func stripped(_ text: TemplateText, _ set: TemplateText?, start: Bool = true, end: Bool = true) throws(TemplateFault) -> TemplateText {
    try budget.text(text.count)
    let codes = Set(set?.letters.map(\.code) ?? [])
    func isStripped(_ letter: TemplateLetter) -> Bool { set == nil ? letter.isSpace : codes.contains(letter.code) }
    var rest = text.letters[...]
    if start { rest = rest.drop(while: isStripped) }
    while end, let last = rest.last, isStripped(last) { rest.removeLast() }
    return TemplateText(letters: rest)
  }

  /// The parts between separators, at most `limit` cuts when it is not negative; `fromEnd` cuts there first.
  func split(_ text: TemplateText, _ separator: TemplateText?, limit: Int, fromEnd: Bool) throws(TemplateFault) -> [TemplateText] {
    if separator?.isEmpty == true { throw .argument("sep") }
    try budget.text(text.count)
    // From the end is from the start of everything reversed.
    let letters = fromEnd ? text.letters.reversed() : text.letters
    var parts: [ArraySlice<TemplateLetter>] = []
    if let separator {
      let (whole, cut) = (TemplateText(letters: letters), TemplateText(letters: fromEnd ? separator.letters.reversed() : separator.letters))
      var start = 0
      while limit < 0 || parts.count < limit, let place = try find(cut, in: whole, from: start) {
        parts.append(letters[start..<place])
        start = place + cut.count
        try budget.list(0)
      }
      parts.append(letters[start...])
    } else {
      var rest = letters.drop(while: \.isSpace)
      while !rest.isEmpty {
        let isLast = limit >= 0 && parts.count >= limit
        // The rest keeps its space, at its end too.
        let end = isLast ? rest.endIndex : rest.firstIndex(where: \.isSpace) ?? rest.endIndex
        let next = rest[end...].drop(while: \.isSpace)
        parts.append(rest[..<end])
        rest = next
        try budget.list(0)
      }
    }
    try budget.list(parts.count)
    return fromEnd ? parts.reversed().map { TemplateText(letters: $0.reversed()) } : parts.map { TemplateText(letters: $0) }
  }

  /// The lines, without their ends, by Python's line breaks.
  func lines(_ text: TemplateText, keepingEnds: Bool = false) throws(TemplateFault) -> [TemplateText] {
    try budget.text(text.count)
    var lines: [TemplateText] = []
    var start = 0
    var position = 0
    while position < text.count {
      let code = text.letters[position].code
      position += 1
      guard [0xA, 0xB, 0xC, 0xD, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029].contains(code) else { continue }
      let end = position - 1
      if code == 0xD, position < text.count, text.letters[position].code == 0xA { position += 1 }
      lines.append(TemplateText(letters: text.letters[start..<(keepingEnds ? position : end)]))
      start = position
    }
    if start < text.count { lines.append(TemplateText(letters: text.letters[start...])) }
    try budget.list(lines.count)
    return lines
  }

  /// With `new` in place of the first `limit` occurrences of `old`, all when it is negative.
  func replaced(_ text: TemplateText, _ old: TemplateText, _ new: TemplateText, limit: Int) throws(TemplateFault) -> TemplateText {
    try budget.text(text.count)
    var letters: [TemplateLetter] = []
    var start = 0
    var count = 0
    func insert() throws(TemplateFault) {
      count += 1
      try budget.text(new.count)
      letters += new.letters
      try budget.check(TemplateText(letters: letters))
    }
    if old.isEmpty {
      for letter in text.letters where limit < 0 || count < limit {
        try insert()
        letters.append(letter)
        start += 1
      }
      letters += text.letters[start...]
      if limit < 0 || count < limit { try insert() }
    } else {
      while limit < 0 || count < limit, let place = try find(old, in: text, from: start) {
        letters += text.letters[start..<place]
        try insert()
        start = place + old.count
      }
      letters += text.letters[start...]
    }
    let result = TemplateText(letters: letters)
    try budget.check(result)
    return result
  }

  func count(of part: TemplateText, in text: TemplateText) throws(TemplateFault) -> Int {
    if part.isEmpty { return text.count + 1 }
    var count = 0
    var start = 0
    while let place = try find(part, in: text, from: start) {
      count += 1
      start = place + part.count
    }
    return count
  }

  enum LetterCase { case upper, lower, title }

  /// Every character in another case; where that is several characters, all have its author.
  func cased(_ text: TemplateText, _ choose: (_ position: Int, _ letter: TemplateLetter) -> LetterCase) throws(TemplateFault)
    -> TemplateText
  {
    try budget.text(text.count, times: 3)
    var letters: [TemplateLetter] = []
    letters.reserveCapacity(text.count)
    for (position, letter) in text.letters.enumerated() {
      let properties = letter.scalar.properties
      let mapped =
        switch choose(position, letter) {
        case .upper: properties.uppercaseMapping
        case .lower: properties.lowercaseMapping
        case .title: properties.titlecaseMapping
        }
      for scalar in mapped.unicodeScalars { letters.append(TemplateLetter(scalar, letter.author)) }
    }
    return TemplateText(letters: letters)
  }

  func isWhole(_ text: TemplateText, _ letterCase: LetterCase) -> Bool {
    var hasCase = false
    for letter in text.letters {
      let properties = letter.scalar.properties
      if properties.isLowercase ? letterCase == .upper : properties.isUppercase && letterCase == .lower { return false }
      if properties.isLowercase || properties.isUppercase { hasCase = true }
    }
    return hasCase
  }
}
