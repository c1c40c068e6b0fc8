// The step on the screen as lines: prose, exercises, demonstration, terms, and where it goes on. Not here: exercises (LessonChecks), the pane.
import Course
import Languages
import Terminal

/// One step of a lesson, laid out for the pane's width.
public struct LessonPage: Sendable {
  public private(set) var lines: [StyledText] = []
  /// Where the box of each check lies.
  public private(set) var checkRows: [String: Range<Int>] = [:]

  public var lineCount: Int { lines.count }
  public var texts: [String] { lines.map(\.text.string) }

  /// Longer lines are hard to read; a wide zoomed pane leaves the rest empty.
  static let maximumWidth = 92

  public init(_ state: ScreenState) {
    guard let lesson = state.lesson, let step = state.step else { return }
    let drawing = state.lessonDrawing
    let text = step[state.language]
    if state.stepIndex == 0 { lines += state.lessonIntroduction(lesson, drawing) }
    lines += drawing.styled(text.title, state.theme.heading).wrapped(to: drawing.width)
    for part in text.parts {
      lines.append(StyledText())
      switch part {
      case .block(let block): lines += drawing.lines([block])
      case .run(let run): lines += state.runLines(run, drawing)
      case .check(let id):
        guard let check = lesson.check(id) else { continue }
        let start = lines.count
        lines += state.checkLines(check, drawing)
        checkRows[id] = start..<lines.count
      case .term: lines.removeLast()
      }
    }
    let terms = state.termLines(text, drawing)
    if !terms.isEmpty { lines += [StyledText()] + terms }
    lines += [StyledText(), state.continuation(lesson)].map { $0.truncated(to: drawing.width, ellipsis: state.theme.ellipsis) }
  }
}

extension ScreenState {
  /// Columns of lesson text.
  var lessonTextWidth: Int {
    let layout = Layout(self)
    let pane = layout.lesson.isEmpty ? size.columns : layout.lesson.width
    return max(8, min(LessonPage.maximumWidth, pane - 4))
  }

  var lessonDrawing: MarkdownDrawing {
    MarkdownDrawing(theme: theme, language: language, width: lessonTextWidth, values: LiveValues(run: reading, memo: liveValues))
  }

  /// What the lesson is about, above its first step.
  func lessonIntroduction(_ lesson: Lesson, _ drawing: MarkdownDrawing) -> [StyledText] {
    var facts = Bilingual(zh: "约 \(lesson.minutes) 分钟", en: "about \(lesson.minutes) minutes")[language]
    let needs = (course?.missingNeeds(of: lesson, completed: completed) ?? []).map { $0.title[language] }
    if !needs.isEmpty {
      facts +=
        Bilingual(
          zh: " · 建议先学：\(needs.joined(separator: "、"))", en: " · better after: \(needs.joined(separator: ", "))")[language]
    }
    let summary = StyledText(DisplayText(lesson.summary[language]), theme.dim).wrapped(to: drawing.width)
    return summary + StyledText(DisplayText(facts), theme.dim).wrapped(to: drawing.width) + [StyledText()]
  }

  /// Something to start with one key.
  func runLines(_ run: LabRun, _ drawing: MarkdownDrawing) -> [StyledText] {
    let what: Bilingual
    switch run {
    case .sample(let count):
      what = Bilingual(
        zh: count == 1 ? "采样一个词元" : "采样 \(count) 个词元", en: count == 1 ? "sample one token" : "sample \(count) tokens")
    case .show(let setup):
      var zh: [String] = []
      var en: [String] = []
      if let view = setup.view, let name = ScreenState.viewNames.first(where: { $0.view == view })?.name {
        zh.append("打开\(name.zh)视图")
        en.append("show the \(name.en) view")
      }
      if let layer = setup.layer {
        zh.append("第 \(layer) 层")
        en.append("layer \(layer)")
      }
      if let head = setup.head {
        zh.append("头 \(head)")
        en.append("head \(head)")
      }
      what = zh.isEmpty ? CommandTable.entry(.runHere).title : Bilingual(zh: zh.joined(separator: "，"), en: en.joined(separator: ", "))
    }
    let lead = StyledText(theme.sign(.play), theme.accent) + " " + StyledText(DisplayText(key(.runHere)), theme.key) + "  "
    return StyledText(DisplayText(what[language])).hanging(lead, width: drawing.width)
  }

  /// The terms that the step introduces, with their definitions.
  func termLines(_ text: StepText, _ drawing: MarkdownDrawing) -> [StyledText] {
    let terms = text.terms.compactMap { glossary?[$0] }
    guard !terms.isEmpty else { return [] }
    let title = DisplayText(Bilingual(zh: "术语", en: "Terms")[language])
    let rule = DisplayText(" " + String(repeating: String(theme.borders.horizontal), count: max(0, drawing.width - title.width - 1)))
    var lines = [StyledText(title, theme.strong) + StyledText(rule, theme.border)]
    for term in terms {
      var entry = StyledText(DisplayText(term.name[language]), theme.strong)
      if term.name.zh != term.name.en { entry.append(DisplayText(" \(term.name[language.other])"), theme.dim) }
      entry.append(DisplayText((language == .zh ? "　" : "  ") + term.definition[language]))
      lines += entry.hanging(StyledText(theme.sign(.term), theme.dim) + " ", width: drawing.width)
    }
    return lines
  }

  /// The last line: where the arrow leads.
  func continuation(_ lesson: Lesson) -> StyledText {
    let arrow = StyledText(DisplayText(key(.nextStep)), theme.key) + "  "
    if lesson.steps.indices.contains(stepIndex + 1) {
      let title = lesson.steps[stepIndex + 1][language].title.plainText
      return arrow + StyledText(DisplayText(Bilingual(zh: "下一节：\(title)", en: "next step: \(title)")[language]), theme.dim)
    }
    let open = lesson.checks.count { !passed.contains($0.id) }
    if open > 0 {
      let text =
        open == 1
        ? Bilingual(zh: "最后一节；还有 1 个练习没做", en: "the last step; 1 exercise is open")
        : Bilingual(zh: "最后一节；还有 \(open) 个练习没做", en: "the last step; \(open) exercises are open")
      return StyledText(theme.sign(.open), theme.accent) + "  " + StyledText(DisplayText(text[language]), theme.dim)
    }
    let done = StyledText(theme.sign(.done), theme.good) + "  "
    guard let next = course?.next(completed: completed.union([lesson.id])) else {
      let text = Bilingual(zh: "这一课完成了，已写好的课程也都完成了", en: "this lesson is done, and so is every written one")
      return done + StyledText(DisplayText(text[language]), theme.dim)
    }
    let text = Bilingual(zh: "这一课完成了；下一课：\(next.title.zh)", en: "lesson done; next lesson: \(next.title.en)")
    return done + arrow + StyledText(DisplayText(text[language]), theme.dim)
  }

  /// The first key of a command.
  func key(_ command: Command) -> String {
    CommandTable.entry(command).keys.first.map { CommandTable.glyph($0, theme.glyphMode) } ?? ""
  }
}
