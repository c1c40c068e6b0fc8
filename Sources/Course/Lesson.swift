// A lesson as values. Not here: reading its three files (LessonReader), drawing it.
import Languages

public struct Lesson: Sendable, Identifiable {
  public let id: String
  public let title: Bilingual
  /// One sentence: what one can do afterwards.
  public let summary: Bilingual
  public let minutes: Int
  /// Lessons that should come first.
  public let needs: [String]
  /// The shipped model that the lesson is written for.
  public let model: String
  public let seed: UInt64
  public let steps: [LessonStep]
  public let checks: [Check]
  public let solution: [Script]
  public let wrong: [Script]

  public func check(_ id: String) -> Check? { checks.first { $0.id == id } }

  /// The step on which a check stands.
  public func step(ofCheck id: String) -> LessonStep? { steps.first { $0.checks.contains(id) } }
}

/// One screenful of a lesson, the same in both languages.
public struct LessonStep: Sendable, Identifiable {
  public let id: String
  public let zh: StepText
  public let en: StepText

  public subscript(language: Language) -> StepText { language == .zh ? zh : en }

  /// Ids of the checks on this step.
  public var checks: [String] { en.checks }
}

/// A step in one language.
public struct StepText: Sendable {
  /// Line of the step in its file.
  public let line: Int
  public let title: [Inline]
  public let setup: LabSetup?
  public let parts: [StepPart]

  public var checks: [String] { parts.compactMap { if case .check(let id) = $0 { id } else { nil } } }

  public var blocks: [MarkdownBlock] { parts.compactMap { if case .block(let block) = $0 { block } else { nil } } }

  public var queries: [TraceQuery] { title.queries + blocks.queries }

  /// Ids of the terms introduced here.
  public var terms: [String] {
    parts.flatMap { part -> [String] in
      switch part {
      case .term(let id): [id]
      case .block(let block): [block].inlines.flatMap(\.terms)
      case .run, .check: []
      }
    }
  }
}

public enum StepPart: Sendable {
  case block(MarkdownBlock)
  /// Something to start with one key.
  case run(LabRun)
  /// A check's place, by id.
  case check(String)
  /// A term introduced here, by id.
  case term(String)
}

extension [Inline] {
  var terms: [String] {
    flatMap { inline -> [String] in
      switch inline {
      case .term(let id): [id]
      case .emphasis(let inner), .strong(let inner), .link(let inner, _): inner.terms
      default: []
      }
    }
  }
}
