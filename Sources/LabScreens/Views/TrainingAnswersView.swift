// What the model made of the run's prompts: before and now beside each other, with what has changed marked. Not here: asking (Training).
import Languages
import Terminal

extension ScreenState {
  func drawTrainingAnswers(_ frame: inout Frame, _ area: Rect, _ now: TrainingAnswers, _ before: TrainingAnswers?) {
    guard area.height >= 2 else { return }
    let columns = TrainingAnswerColumns(area)
    let (head, body) = area.cut(top: 1)
    frame.rule(head, glyph: theme.borders.horizontal, theme.border)
    let words: [(Rect, Bilingual)] = [
      (columns.prompt, Bilingual(zh: " 贪心回答 ", en: " greedy answers ")),
      (
        columns.before,
        before.map { Bilingual(zh: " 之前：第 \($0.step) 步 ", en: " before: step \($0.step) ") }
          ?? Bilingual(zh: " 之前还没有 ", en: " nothing before ")
      ),
      (columns.now, Bilingual(zh: " 现在：第 \(now.step) 步 ", en: " now: step \(now.step) ")),
    ]
    for (rect, text) in words {
      frame.draw(DisplayText(text[language]), at: Point(x: rect.x, y: head.y), theme.dim, in: rect.row(0).intersection(head))
    }
    let selected = min(training.answer, now.answers.count - 1)
    let blocks = now.answers.enumerated().map { index, answer in
      block(answer, before?.answers.first { $0.prompt == answer.prompt }, columns, isSelected: index == selected)
    }
    var y = body.y
    for (block, height) in zip(blocks, heights(blocks.map(\.height), room: body.height, selected: selected)) {
      for row in 0..<height {
        for (rect, lines) in [(columns.prompt, block.prompt), (columns.before, block.before), (columns.now, block.now)]
        where row < lines.count {
          // What has no room is cut with a sign, never silently.
          let isCut = row == height - 1 && row < lines.count - 1
          let line =
            isCut
            ? (lines[row] + StyledText("      ")).truncated(to: min(rect.width, lines[row].width + 1), ellipsis: theme.ellipsis)
            : lines[row]
          frame.draw(line.truncated(to: rect.width, ellipsis: theme.ellipsis), at: Point(x: rect.x, y: y + row), in: rect)
        }
        if row == 0, let sign = block.sign { frame.draw(DisplayText(sign), at: Point(x: columns.now.x - 2, y: y), theme.dim, in: body) }
      }
      y += height
    }
  }

  private struct Block {
    let prompt: [StyledText]
    let before: [StyledText]
    let now: [StyledText]
    /// Whether the answer has changed, for those who see no underline.
    let sign: String?

    var height: Int { max(1, prompt.count, before.count, now.count) }
  }

  private func block(
    _ answer: TrainingAnswers.Answer, _ earlier: TrainingAnswers.Answer?, _ columns: TrainingAnswerColumns, isSelected: Bool
  ) -> Block {
    let pointer = StyledText(DisplayText(isSelected ? "\(rowPointer)" : " "), theme.accent)
    let prompt = StyledText(DisplayText(shown(answer.prompt)), isSelected ? theme.strong : .plain).hanging(
      pointer, width: columns.prompt.width)
    let change = earlier.map { WordDifference(shown($0.text), shown(answer.text)) }
    let before = change.map { text($0.before, theme.dim, earlier, columns.before.width) } ?? []
    let now = text(change?.after ?? [(shown(answer.text), false)], .plain, answer, columns.now.width)
    return Block(
      prompt: prompt, before: before, now: now, sign: earlier.map { $0.text == answer.text ? "=" : theme.glyphMode == .ascii ? "!" : "≠" })
  }

  /// Newlines would tear the columns.
  private func shown(_ text: String) -> String { text.replacing("\n", with: theme.glyphMode == .ascii ? "\\n" : "⏎") }

  private func text(_ pieces: [(text: String, isChanged: Bool)], _ style: Style, _ answer: TrainingAnswers.Answer?, _ width: Int)
    -> [StyledText]
  {
    var line = StyledText()
    for piece in pieces { line.append(DisplayText(piece.text), piece.isChanged ? style.with([.underline, .bold]) : style) }
    if answer?.text.isEmpty == true { line.append(DisplayText(Bilingual(zh: "（空）", en: "(nothing)")[language]), theme.dim) }
    if answer?.isEnded == false { line.append(DisplayText(" \(theme.ellipsis)"), theme.dim) }
    return line.wrapped(to: max(4, width))
  }

  /// A row each, then the rest to the chosen one, then to the others from above.
  private func heights(_ wanted: [Int], room: Int, selected: Int) -> [Int] {
    var heights = wanted.indices.map { $0 < room ? 1 : 0 }
    var left = room - heights.reduce(0, +)
    for index in [selected] + wanted.indices where wanted.indices.contains(index) && heights[index] > 0 {
      let more = min(left, max(0, wanted[index] - heights[index]))
      heights[index] += more
      left -= more
    }
    return heights
  }
}

/// Prompt, before, now.
struct TrainingAnswerColumns {
  let prompt: Rect
  let before: Rect
  let now: Rect

  init(_ area: Rect) {
    let parts = area.inset(horizontal: 1, vertical: 0).columns([.fixed(max(14, min(30, area.width / 4))), .share(1), .share(1)], gap: 3)
    (prompt, before, now) = (parts[0], parts[1], parts[2])
  }
}

/// Two texts as pieces that both have and pieces that only one has: words, and characters of scripts without spaces.
struct WordDifference {
  let before: [(text: String, isChanged: Bool)]
  let after: [(text: String, isChanged: Bool)]

  init(_ before: String, _ after: String) {
    let (old, new) = (Self.words(before), Self.words(after))
    var (removed, added): (Set<Int>, Set<Int>) = ([], [])
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    self.before = Self.joined(old, removed)
    self.after = Self.joined(new, added)
  }

  private static func joined(_ words: [String], _ changed: Set<Int>) -> [(text: String, isChanged: Bool)] {
    var pieces: [(text: String, isChanged: Bool)] = []
    for (index, word) in words.enumerated() {
      let isChanged = changed.contains(index)
      if let last = pieces.last, last.isChanged == isChanged {
        pieces[pieces.count - 1].text += word
      } else {
        pieces.append((word, isChanged))
      }
    }
    return pieces
  }

  /// A word with the space before it; everything outside ASCII letters and digits stands alone.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    for character in text {
      let joins = character.isASCII && (character.isLetter || character.isNumber)
      if joins, let last = words.last?.last, last == " " || last.isASCII && (last.isLetter || last.isNumber) {
        words[words.count - 1].append(character)
      } else {
        words.append(String(character))
      }
    }
    return words
  }
}
