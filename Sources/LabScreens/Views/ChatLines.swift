// Messages as lines: questions, answers token by token, calls of the calculator as steps, branches, the course's own text. Not here: scrolling (ChatView).
import Chat
import Inference
import Languages
import Terminal
import Tokenization

struct ChatLines {
  private(set) var lines: [StyledText] = []
  /// The first line of the message under the cursor, and the line of its token.
  private(set) var start: Int?
  private(set) var cursor: Int?
  private let state: ScreenState
  private let width: Int

  init(_ state: ScreenState, width: Int) {
    (self.state, self.width) = (state, max(8, width))
    let chat = state.chat
    var path = chat.path
    let progress = chat.progress
    if let progress {
      // What follows the question that is being answered stands on another branch.
      let end = path.firstIndex { $0.id == progress.parent }
      path = end.map { Array(path[...$0]) } ?? path
    }
    drawLeftOut(path)
    for message in path {
      switch message.role {
      case .user: question(message)
      case .assistant: answer(message, message.answer, text: message.text)
      }
    }
    if let progress { answerInProgress(progress) }
  }

  private var theme: Theme { state.theme }
  private func words(_ text: Bilingual) -> DisplayText { DisplayText(text[state.language]) }

  /// Prompts no longer hold the first messages: said where they stand.
  private mutating func drawLeftOut(_ path: [Message]) {
    guard let conversation = state.chat.conversation else { return }
    let count = path.count - conversation.prompted(path).count
    guard count > 0 else { return }
    lines.append(
      StyledText(words(Bilingual(zh: "最早 \(count) 条消息不再交给模型", en: "the model no longer reads the oldest \(count) messages")), theme.warning)
    )
  }

  private func isUnderCursor(_ message: Message) -> Bool {
    state.chat.focus == .messages && !state.chat.isAnswering && state.chat.current?.id == message.id
  }

  /// `‹2/3›` where there are other branches.
  private func branches(_ message: Message) -> DisplayText {
    guard let siblings = state.chat.conversation?.siblings(of: message.id), siblings.count > 1,
      let place = siblings.firstIndex(where: { $0.id == message.id })
    else { return .empty }
    return DisplayText(" <\(place + 1)/\(siblings.count)>")
  }

  // MARK: Messages

  private mutating func question(_ message: Message) {
    if !lines.isEmpty { lines.append(StyledText()) }
    let isHere = isUnderCursor(message)
    if isHere { (start, cursor) = (lines.count, lines.count) }
    let lead = StyledText("> ", isHere ? theme.selection : theme.key)
    var text = StyledText(DisplayText(message.text), theme.strong)
    text.append(branches(message), theme.accent)
    lines += text.lines.enumerated().flatMap { index, line in
      line.hanging(index == 0 ? lead : StyledText("  "), rest: StyledText("  "), width: width)
    }
  }

  private mutating func answerInProgress(_ progress: ChatState.Progress) {
    guard let builder = progress.builder else {
      return lines.append(StyledText(DisplayText("  \(theme.ellipsis)"), theme.dim))
    }
    let message = Message(id: 0, parent: progress.parent, role: .assistant, text: builder.text, answer: builder.record)
    answer(message, builder.record, text: builder.text)
    lines[lines.count - 1].append(theme.glyphMode == .ascii ? "_" : "▌", theme.accent)
  }

  private mutating func answer(_ message: Message, _ record: AnswerRecord?, text: String) {
    let isHere = isUnderCursor(message)
    if isHere { start = lines.count }
    let before = lines.count
    if let record, record.ids.count == record.parts.count, !record.ids.isEmpty, let tokenizer = state.model?.tokenizer {
      for stretch in AnswerStretch.of(record, tokenizer) { append(stretch, cursor: isHere ? state.chat.token : nil) }
    } else {
      let shown = text.isEmpty ? StyledText(words(Bilingual(zh: "（没有文字）", en: "(no words)")), theme.dim) : StyledText(DisplayText(text))
      lines += shown.lines.flatMap { $0.hanging("  ", width: width) }
    }
    if lines.count == before { lines.append(StyledText("  ")) }
    if isHere, cursor == nil { cursor = start }
    let last = lines.count - 1
    lines[last].append(branches(message), theme.accent)
    if let record, let note = ending(record) { lines[last].append(words(note), theme.dim) }
    courseText(message)
  }

  /// Why there is no more of an answer, where it did not end by itself.
  private func ending(_ record: AnswerRecord) -> Bilingual? {
    switch record.finish {
    case .length: Bilingual(zh: "  〔到上限为止〕", en: "  [cut at the limit]")
    case .cancelled: Bilingual(zh: "  〔已停止，c 接着写〕", en: "  [stopped, c goes on]")
    case .stop, nil: nil
    }
  }

  private mutating func append(_ stretch: AnswerStretch, cursor: Int?) {
    var text = StyledText()
    for unit in stretch.units {
      let isHere = cursor.map(unit.tokens.contains) ?? false
      let plain: Style =
        switch unit.part {
        case .answer: theme.text
        case .call: unit.isControl ? theme.dim : theme.accent
        case .result: theme.strong
        }
      // A line break under the cursor must be seen.
      let shown = isHere && unit.text.allSatisfy(\.isNewline) ? (theme.glyphMode == .ascii ? "\\n" : "⏎") + unit.text : unit.text
      text.append(DisplayText(shown), isHere ? theme.selection.with(.bold) : plain)
    }
    let first = lines.count
    if stretch.isStep {
      let lead = StyledText("  ") + StyledText(theme.sign(.play) + " ", theme.accent)
      if stretch.hasResult { text.append(words(Bilingual(zh: "  计算器写入结果", en: "  the calculator wrote the result")), theme.dim) }
      lines += text.hanging(lead, width: width)
    } else {
      lines += text.lines.flatMap { $0.hanging("  ", width: width) }
    }
    guard let cursor, stretch.units.contains(where: { $0.tokens.contains(cursor) }) else { return }
    let marked = theme.selection.with(.bold)
    self.cursor = lines[first...].firstIndex { line in line.runs.contains { $0.style == marked } } ?? first
  }

  /// Beside what the model generated: what the course itself says.
  private mutating func courseText(_ message: Message) {
    guard state.chat.showsCourse, message.id != 0, let parent = message.parent, let found = state.chat.courseTexts[parent] else { return }
    let lead = StyledText("  ") + StyledText(theme.sign(.bar) + " ", theme.good)
    var text = StyledText(words(Bilingual(zh: "课程：", en: "Course: ")), theme.good)
    text.append(DisplayText(found.text), theme.dim)
    lines += text.hanging(lead, rest: lead, width: width)
  }
}

/// Tokens of an answer that stand together: words, or a call of a tool with its result.
struct AnswerStretch {
  /// Characters, and the tokens that they came with: several where a character is made of more than one.
  struct Unit {
    var tokens: Range<Int>
    var text: String
    let part: GeneratedToken.Part
    let isControl: Bool
  }

  let isStep: Bool
  private(set) var units: [Unit] = []
  var hasResult: Bool { units.contains { $0.part == .result } }

  private init(isStep: Bool) { self.isStep = isStep }

  static func of(_ record: AnswerRecord, _ tokenizer: Tokenizer) -> [AnswerStretch] {
    var stretches: [AnswerStretch] = []
    var decoder = StreamingDecoder(tokenizer)
    // Tokens whose characters are not complete yet.
    var open: Int?
    func flush(before end: Int) {
      let rest = decoder.finish()
      guard let start = open else { return }
      open = nil
      stretches[stretches.count - 1].add(Unit(tokens: start..<end, text: rest, part: record.parts[start], isControl: false))
    }
    for (index, id) in record.ids.enumerated() {
      let part = record.parts[index]
      if stretches.last?.isStep != (part != .answer) || (part == .call && index > 0 && record.parts[index - 1] == .result) {
        if !stretches.isEmpty { flush(before: index) }
        stretches.append(AnswerStretch(isStep: part != .answer))
      }
      if tokenizer.vocabulary.isSpecial(id) {
        flush(before: index)
        // In words a control token is nothing to read; in a call it is what makes it one.
        let text = part == .answer ? "" : tokenizer.vocabulary.spellings[id]
        stretches[stretches.count - 1].add(Unit(tokens: index..<index + 1, text: text, part: part, isControl: true))
        continue
      }
      let text = decoder.append(id)
      if text.isEmpty {
        open = open ?? index
        continue
      }
      stretches[stretches.count - 1].add(Unit(tokens: (open ?? index)..<index + 1, text: text, part: part, isControl: false))
      open = nil
    }
    if !stretches.isEmpty { flush(before: record.ids.count) }
    return stretches
  }

  private mutating func add(_ unit: Unit) { units.append(unit) }
}
