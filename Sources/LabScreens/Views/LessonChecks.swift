// An exercise as a framed block: question, options, what the last answer led to, hints so far, why. Not here: judging (Course), input (Overlay…).
import Course
import Languages
import Terminal

extension ScreenState {
  /// The box of a check, `drawing.width` columns wide.
  func checkLines(_ check: Check, _ drawing: MarkdownDrawing) -> [StyledText] {
    var inner = drawing.narrower(by: 4)
    inner.values.answer = check.answer(in: log)
    inner.values.guess = check.guess(in: log)
    let isPassed = passed.contains(check.id)
    var lines = inner.lines(check.ask[language])
    let options = optionLines(check, inner)
    if !options.isEmpty { lines += [StyledText()] + options }
    if isPassed {
      lines += [StyledText()] + after(StyledText(theme.sign(.done), theme.good), inner, check.why[language])
      if let other = check.other {
        let lead = StyledText(DisplayText(Bilingual(zh: "另一种做法", en: "Another way")[language]), theme.dim)
        lines += [StyledText(), lead] + inner.lines(other[language])
      }
    } else {
      lines += outcomeLines(check, inner)
      lines += hintLines(check, inner)
    }
    let sign = isPassed ? StyledText(theme.sign(.done), theme.good) : StyledText(theme.sign(.open), theme.accent)
    let title = sign + " " + StyledText(DisplayText(checkTitle(check)), isPassed ? theme.good : theme.strong)
    return framed(lines, title: title, notes: isPassed ? [] : howToAnswer(check), width: drawing.width)
  }

  private func checkTitle(_ check: Check) -> String {
    let number = lesson.flatMap { $0.checks.firstIndex { $0.id == check.id } }.map { $0 + 1 } ?? 1
    let count = lesson?.checks.count ?? 1
    return Bilingual(zh: "练习 \(number)/\(count)", en: "Exercise \(number)/\(count)")[language]
  }

  /// Which keys answer it: only for the check that the keys are about.
  private func howToAnswer(_ check: Check) -> [StyledText] {
    guard check.id == activeCheck?.id else {
      return [StyledText(DisplayText(Bilingual(zh: "先做上一个", en: "after the one above")[language]), theme.dim)]
    }
    func note(_ command: Command, _ zh: String, _ en: String) -> StyledText {
      StyledText(DisplayText(key(command)), theme.key) + " " + StyledText(DisplayText(Bilingual(zh: zh, en: en)[language]), theme.dim)
    }
    var notes: [StyledText]
    switch check.kind {
    case .number: notes = [note(.answer, "填一个数", "type a number")]
    case .token: notes = [note(.answer, "填一个词元", "type a token")]
    case .choice: notes = [note(.answer, "选一项", "choose")]
    case .trace: notes = [note(.answer, "就是这里", "it is here")]
    case .goal: notes = [note(.answer, "检查", "check")]
    case .predict(let predict):
      let isRevealed = log.contains { $0 == .revealed(check: check.id) }
      if check.guess(in: log) == nil {
        notes = [note(.answer, "先猜", "guess first")]
      } else if !isRevealed {
        notes = [note(.reveal, "揭晓", "uncover")]
      } else {
        notes = predict.sampled > 0 ? [note(.sample, "采样", "sample")] : []
      }
    }
    let level = hintLevels[check.id, default: 0]
    if level < check.hints.count { notes.append(note(.hint, "提示 \(level)/\(check.hints.count)", "hint \(level)/\(check.hints.count)")) }
    return notes
  }

  private func optionLines(_ check: Check, _ drawing: MarkdownDrawing) -> [StyledText] {
    guard case .choice = check.kind else { return [] }
    let isPassed = passed.contains(check.id)
    var chosen: String?
    if case .choice(let id)? = check.answer(in: log) { chosen = id }
    return check.options(seed: lesson?.seed ?? 0).enumerated().flatMap { index, option -> [StyledText] in
      let isRight = isPassed && option.isRight
      let isWrong = !isPassed && option.id == chosen
      let mark: StyledText =
        isRight
        ? StyledText(theme.sign(.done), theme.good)
        : isWrong ? StyledText(theme.sign(.wrong), theme.error) : StyledText(DisplayText(String(index + 1)), theme.key)
      return after(mark, drawing, option.text[language], isPassed && !isRight ? theme.dim : .plain)
    }
  }

  private func outcomeLines(_ check: Check, _ drawing: MarkdownDrawing) -> [StyledText] {
    switch outcomes[check.id] {
    case .wrong(let reason): return [StyledText()] + after(StyledText(theme.sign(.wrong), theme.error), drawing, reason[language])
    case .unknown(let error):
      let text = StyledText(DisplayText(error.message[language]), theme.dim)
      return [StyledText()] + text.hanging(StyledText("?", theme.error) + " ", width: drawing.width)
    case .passed, .open, nil:
      guard let guess = check.guess(in: log) else { return [] }
      let text: String? =
        switch guess {
        case .number(let number): Numbers.significant(number)
        case .text(let text), .choice(let text): text
        case .done: nil
        }
      guard let text else { return [] }
      let line = Bilingual(zh: "你猜的是“\(text)”", en: "your guess: “\(text)”")
      return [StyledText()] + StyledText(DisplayText(line[language]), theme.dim).wrapped(to: drawing.width)
    }
  }

  private func hintLines(_ check: Check, _ drawing: MarkdownDrawing) -> [StyledText] {
    check.hints.prefix(hintLevels[check.id, default: 0]).enumerated().flatMap { index, hint in
      let name = Bilingual(zh: "提示 \(index + 1)", en: "Hint \(index + 1)")[language]
      return [StyledText()] + after(StyledText(DisplayText(name), theme.accent), drawing, hint.text[language])
    }
  }

  /// Blocks behind a lead that stands on the first line.
  private func after(_ lead: StyledText, _ drawing: MarkdownDrawing, _ blocks: [MarkdownBlock], _ base: Style = .plain) -> [StyledText] {
    let lead = lead + " "
    let indent = StyledText(DisplayText(String(repeating: " ", count: lead.width)))
    let lines = drawing.narrower(by: lead.width).lines(blocks, base: base)
    return lines.enumerated().map { ($0 == 0 ? lead : indent) + $1 }
  }

  /// Lines in a box, with a title in its top edge and as many notes in the bottom edge as fit.
  private func framed(_ lines: [StyledText], title: StyledText, notes: [StyledText], width: Int) -> [StyledText] {
    let border = theme.borders
    func edge(_ text: String) -> StyledText { StyledText(DisplayText(text), theme.border) }
    func rule(_ count: Int) -> StyledText { edge(String(repeating: String(border.horizontal), count: max(0, count))) }
    let top = edge("\(border.topLeft)\(border.horizontal) ") + title + " " + rule(width - title.width - 5) + edge("\(border.topRight)")
    var note = StyledText()
    for part in notes {
      let longer = note.isEmpty ? part : note + StyledText(theme.sign(.dot), theme.dim).padded(to: 3, .center) + part
      if longer.width <= width - 6 { note = longer }
    }
    let bottom =
      note.isEmpty
      ? edge("\(border.bottomLeft)") + rule(width - 2) + edge("\(border.bottomRight)")
      : edge("\(border.bottomLeft)") + rule(width - note.width - 5) + " " + note + " " + edge("\(border.horizontal)\(border.bottomRight)")
    let side = edge("\(border.vertical)")
    return [top] + lines.map { side + " " + $0.padded(to: width - 4) + " " + side } + [bottom]
  }
}
