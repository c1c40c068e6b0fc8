// Cuts a lesson's Markdown at its `step` directives and types the other directives. Not here: Markdown itself (MarkdownReader).
import Languages

/// A step as it stands in one language's file.
struct LessonProse {
  let id: String
  let text: StepText

  static func steps(_ text: String, _ problems: inout ProblemList) -> [LessonProse] {
    var steps: [LessonProse] = []
    var open: Draft?
    for item in MarkdownReader.read(text, &problems) {
      do throws(Directive.Mistake) {
        if case .directive(let directive) = item.content, directive.verb == "step" {
          if let open { steps.append(try open.finished()) }
          open = nil
          guard directive.words.count == 1, directive.values.isEmpty, YAMLMapping.isID(directive.words[0]) else {
            throw Directive.Mistake(zh: "step 之后应写一个 id", en: "step is followed by one id")
          }
          open = Draft(id: directive.words[0], line: item.line)
        } else if open != nil {
          try open!.add(item)
        } else {
          throw Directive.Mistake(zh: "第一个 step 之前不能有内容", en: "nothing can stand before the first step")
        }
      } catch {
        problems.add(item.line, error.problem)
      }
    }
    do throws(Directive.Mistake) {
      if let open { steps.append(try open.finished()) }
    } catch {
      problems.add(open?.line ?? 0, error.problem)
    }
    return steps
  }

  private struct Draft {
    let id: String
    let line: Int
    var title: [Inline]?
    var setup: LabSetup?
    var parts: [StepPart] = []

    init(id: String, line: Int) {
      self.id = id
      self.line = line
    }

    mutating func add(_ item: MarkdownItem) throws(Directive.Mistake) {
      switch item.content {
      case .block(.heading(_, let inlines)) where title == nil: title = inlines
      case .block(let block): parts.append(.block(block))
      case .directive(let directive):
        switch directive.verb {
        case "lab":
          if setup != nil { throw Directive.Mistake(zh: "一个步骤只能有一个 lab", en: "a step has one lab at most") }
          setup = try LabSetup(directive)
        case "run": parts.append(.run(try LabRun(directive)))
        case "check":
          guard directive.words.count == 1, directive.values.isEmpty, YAMLMapping.isID(directive.words[0]) else {
            throw Directive.Mistake(zh: "check 之后应写一个 id", en: "check is followed by one id")
          }
          parts.append(.check(directive.words[0]))
        case "term": parts.append(.term(directive.arguments))
        default: throw Directive.Mistake(zh: "没有叫做 \(directive.verb) 的指令", en: "there is no directive called \(directive.verb)")
        }
      }
    }

    func finished() throws(Directive.Mistake) -> LessonProse {
      guard let title else { throw Directive.Mistake(zh: "步骤 \(id) 没有标题", en: "step \(id) has no heading") }
      return LessonProse(id: id, text: StepText(line: line, title: title, setup: setup, parts: parts))
    }
  }
}
