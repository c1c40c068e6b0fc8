// The bottom line: what the keys do here and now, or a notice; at the right what the engine is busy with. Not here: the keys (CommandTable).
import Course
import Languages
import Terminal

/// Keys and what they do, in a word or two.
struct KeyHint {
  let keys: String
  let words: Bilingual
}

extension ScreenState {
  func drawHints(_ frame: inout Frame, _ area: Rect) {
    let busy = activityText
    let room = area.width - 2 - (busy.isEmpty ? 0 : busy.width + 2)
    frame.draw(busy, at: Point(x: area.right - 1 - busy.width, y: area.y), in: area)
    let text: StyledText =
      if let notice { noticeText(notice).truncated(to: room, ellipsis: theme.ellipsis) } else { hintLine(hints, width: room) }
    frame.draw(text, at: Point(x: area.x + 1, y: area.y), in: area)
  }

  private func noticeText(_ notice: Notice) -> StyledText {
    let words = DisplayText(notice.text[language])
    return switch notice.kind {
    case .note: StyledText(words)
    case .good: StyledText(theme.sign(.done) + " ", theme.good) + StyledText(words)
    case .failure: StyledText(theme.sign(.wrong) + " ", theme.error) + StyledText(words)
    }
  }

  private var activityText: StyledText {
    let text: Bilingual? =
      switch activity {
      case .idle: nil
      case .loading: Bilingual(zh: "正在打开模型", en: "opening the model")
      case .tracing: Bilingual(zh: "正在计算", en: "computing")
      case .writing: Bilingual(zh: "正在写，Esc 停止", en: "writing, Esc stops")
      }
    if text == nil, chat.isAnswering {
      let answering = Bilingual(zh: "正在回答，Esc 停止", en: "answering, Esc stops")
      return StyledText(DisplayText(answering[language] + String(theme.ellipsis)), theme.accent)
    }
    guard let text else { return StyledText() }
    return StyledText(DisplayText(text[language] + String(theme.ellipsis)), theme.accent)
  }

  /// As many hints as fit; the last one, the way to the help, always does.
  func hintLine(_ hints: [KeyHint], width: Int) -> StyledText {
    func text(_ hint: KeyHint) -> StyledText {
      StyledText(DisplayText(hint.keys), theme.key) + " " + StyledText(DisplayText(hint.words[language]), theme.dim)
    }
    guard let last = hints.last.map(text) else { return StyledText() }
    var line = StyledText()
    for hint in hints.dropLast() {
      let longer = line + text(hint) + "   "
      if longer.width + last.width <= width { line = longer }
    }
    return (line + last).truncated(to: width, ellipsis: theme.ellipsis)
  }

  /// The most useful keys now, most useful first; never one that would do nothing.
  var hints: [KeyHint] {
    if let overlay { return overlayHints(overlay) }
    if isInChat, chat.focus == .input { return chatInputHints }
    let own = visiblePane == .lesson ? lessonHints : labHints
    return Array(own.prefix(7)) + [hint(.help)].compactMap { $0 }
  }

  private var lessonHints: [KeyHint] {
    [
      cover != nil && activeCheck.map { $0.guess(in: log) != nil } ?? true ? hint(.reveal) : nil,
      hint(.answer), hint(.runHere), pair(.previousStep, .nextStep, "翻节", "step"),
      pair(.otherPane, nil, "实验台", "lab"), pair(.scrollUp, .scrollDown, "滚动", "scroll"), hint(.hint), hint(.lessons), hint(.language),
      hint(.leave),
    ].compactMap { $0 }
  }

  private var labHints: [KeyHint] {
    let lesson = lesson == nil ? hint(.lessons) : pair(.otherPane, nil, "课程", "lesson")
    if view == .chat { return chatHints + [lesson].compactMap { $0 } }
    if view == .training { return trainingHints + [lesson].compactMap { $0 } }
    guard trace != nil || view == .weights else { return [hint(.editPrompt), lesson, hint(.language), hint(.leave)].compactMap { $0 } }
    let sampling = activity == .writing ? hint(.stop) : hint(.sample)
    let list: [KeyHint?] =
      switch view {
      case .stepper:
        [
          pair(.previousOperation, .nextOperation, "运算", "operation"), pair(.previousLayer, .nextLayer, "层", "layer"),
          pair(.previousToken, .nextToken, "词元", "token"), pair(.previousHead, .nextHead, "头", "head"),
          pair(.cellLeft, .cellRight, "格", "cell"), sampling, hint(.editPrompt), lesson,
        ]
      case .attention:
        [
          pair(.previousOperation, .nextOperation, "键", "key"), pair(.previousLayer, .nextLayer, "查询", "query"),
          pair(.previousHead, .nextHead, "头", "head"), hint(.open), hint(.viewHeads), hint(.editPrompt), lesson,
        ]
      case .heads:
        [
          pair(.previousOperation, .nextOperation, "头", "head"), pair(.previousLayer, .nextLayer, "层", "layer"), hint(.open), hint(.back),
          hint(.editPrompt), lesson,
        ]
      case .probabilities:
        [
          sampling, pair(.cellUp, .cellDown, "候选", "candidate"), pair(.colder, .warmer, "温度", "temperature"), hint(.nextSeed),
          hint(.write), hint(.editPrompt), lesson,
        ]
      case .text:
        [
          pair(.previousToken, .nextToken, "词元", "token"), sampling, hint(.write), hint(.takeBack), hint(.open), hint(.editPrompt), lesson,
        ]
      case .weights: weightsHints
      case .chat, .training: [lesson]
      }
    let reveal = cover != nil ? hint(.reveal) : nil
    // Numbers of a file are never covered: there its own keys come first.
    return (view == .weights ? list + [reveal, lesson] : [reveal] + list).compactMap { $0 }
  }

  /// In a text field letters are letters: only other keys are named.
  private var chatInputHints: [KeyHint] {
    func hint(_ key: Key, _ zh: String, _ en: String) -> KeyHint {
      KeyHint(keys: CommandTable.glyph(key, theme.glyphMode), words: Bilingual(zh: zh, en: en))
    }
    let escape =
      chat.isAnswering
      ? hint(.escape, "停止", "stop")
      : chat.editing == nil ? hint(.escape, "看回答", "look into answers") : hint(.escape, "放弃改写", "give up editing")
    return [
      hint(.enter, "发送", "send"), hint(.control("j"), "换行", "newline"), hint(.control("g"), "编辑器", "editor"), escape,
      lesson == nil ? nil : hint(.tab, "课程", "lesson"), hint(.function(1), "帮助", "help"),
    ].compactMap { $0 }
  }

  private var chatHints: [KeyHint] {
    [
      pair(.chatPreviousToken, .chatNextToken, "词元", "token"), hint(.chatWhy), hint(.chatStep), hint(.chatDrop),
      hint(.chatRegenerate), hint(.chatContinue), pair(.chatPreviousBranch, .chatNextBranch, "分支", "branch"),
      hint(.chatType),
    ].compactMap { $0 }
  }

  private var weightsHints: [KeyHint?] {
    let back = KeyHint(keys: key(.stop), words: Bilingual(zh: "返回", en: "back"))
    switch weights.page {
    case .metadata: return [pair(.previousLayer, .nextLayer, "选择", "choose"), hint(.search), back]
    case .difference: return [pair(.previousLayer, .nextLayer, "选择", "choose"), hint(.open), back]
    case .block:
      return [pair(.previousOperation, .nextOperation, "前后", "number"), pair(.previousToken, .nextToken, "前后块", "block"), back]
    case .browse where weights.focus == .tensor:
      return [
        pair(.previousOperation, .nextOperation, "列", "column"), pair(.previousLayer, .nextLayer, "行", "row"), hint(.weightsBlock), back,
        pair(.cellLeft, .cellRight, "一列", "one column"),
      ]
    case .browse:
      return [
        pair(.previousLayer, .nextLayer, "选择", "choose"), hint(.open), hint(.weightsBlock), hint(.weightsMetadata),
        hint(.weightsDifference),
        hint(.search),
      ]
    }
  }

  /// A command's own key and title; nil when it cannot be used now.
  func hint(_ command: Command) -> KeyHint? {
    guard CommandTable.reasonDisabled(command, self) == nil else { return nil }
    return KeyHint(keys: key(command), words: CommandTable.entry(command).title)
  }

  /// Two commands that belong together.
  func pair(_ first: Command, _ second: Command?, _ zh: String, _ en: String) -> KeyHint? {
    guard CommandTable.reasonDisabled(first, self) == nil else { return nil }
    let keys = [first, second].compactMap { $0 }.map(key)
    return KeyHint(keys: keys.joined(separator: theme.glyphMode == .ascii ? "/" : ""), words: Bilingual(zh: zh, en: en))
  }
}
