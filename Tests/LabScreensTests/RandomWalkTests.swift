// Random keys, pastes and sizes over all views, languages, colours and glyphs: no crash, every frame whole and of the asked size, no NaN out of
// numbers. Seeded, so that a walk can be repeated. Not here: what single keys do.
import Course
import Foundation
import Inference
import Languages
import Lessons
import Models
import Tensors
import Terminal
import Testing

@testable import LabScreens

@Suite struct RandomWalkTests {
  struct Walk: Sendable, CustomTestStringConvertible {
    let seed: UInt64
    let theme: Theme
    let language: Language
    var isOnTheCourse = false

    var testDescription: String { "\(seed) \(theme.colorMode.rawValue) \(theme.glyphMode.rawValue) \(language)" }
  }

  static let walks: [Walk] = ColorMode.allCases.enumerated().flatMap { index, mode in
    GlyphMode.allCases.enumerated().map { place, glyphs in
      let seed = UInt64(index * 3 + place + 1)
      return Walk(
        seed: seed, theme: Theme(colorMode: mode, glyphMode: glyphs), language: seed.isMultiple(of: 2) ? .zh : .en,
        isOnTheCourse: seed.isMultiple(of: 4))
    }
  }
  /// Of one walk; twelve walks make 6,000.
  static let eventCount = 500

  private static let sizes = [
    Size(columns: 79, rows: 23), Size(columns: 80, rows: 24), Size(columns: 81, rows: 25), Size(columns: 200, rows: 60),
    Size(columns: 99, rows: 30), Size(columns: 100, rows: 24), Size(columns: 120, rows: 40), Size(columns: 1, rows: 1),
  ]
  private static let pastes = [
    "the cat", "小猫在垫子上", "a\nb\r\nc\t", "\u{1B}[2J\u{7F}\u{0}\u{9B}1m", "e\u{301}\u{301}\u{202E}\u{200B}👩‍👩‍👧🇨🇳", "", "<|end|><|user|>", "1.5",
    String(repeating: "狗 dog ", count: 60),
  ]
  private static let named = [
    "Up", "Down", "Left", "Right", "Home", "End", "PgUp", "PgDn", "Delete", "Insert", "S-Tab", "C-Left", "M-x", "F1", "F12",
  ]
  .compactMap(Key.init(named:))
  private static let letters = Array("abcxyz019 .-+:/qLz?小猫词　é")

  /// One event; keys that do something are most of them.
  private func event(_ state: ScreenState, _ random: inout WalkRandom) -> InputEvent {
    // Text fields take every key: without a way out the walk would stay in them.
    if state.overlay != nil, Int.random(in: 0..<4, using: &random) == 0 { return .key(.escape) }
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<4: return .resize(Self.sizes.randomElement(using: &random) ?? Size(columns: 80, rows: 24))
    case 4..<7: return .paste(Self.pastes.randomElement(using: &random) ?? "")
    case 7..<15: return .key(.character(Self.letters.randomElement(using: &random) ?? "x"))
    case 15..<20: return .key([.enter, .escape, .control("c"), .altEnter, .backspace].randomElement(using: &random) ?? .enter)
    case 20: return [.resumed, .unknown("\u{1B}[99~"), .pasteCut(limit: 9)].randomElement(using: &random) ?? .resumed
    case 21..<24: return .key(Self.named.randomElement(using: &random) ?? .tab)
    default:
      // Writing on to the end of the context takes long and shows nothing that sampling does not.
      let entry = CommandTable.entries.filter { $0.command != .write && $0.command != .leave }.randomElement(using: &random)
      return .key(entry?.keys.randomElement(using: &random) ?? .tab)
    }
  }

  private func start(_ walk: Walk, _ size: Size) -> InlineDriver {
    InlineDriver(
      LessonLab.state(size, walk.language, theme: walk.theme),
      LabEngine(courseFolder: walk.isOnTheCourse ? Lessons.folder : LessonLab.folder, keeper: nil) { LessonLab.model })
  }

  @Test(.timeLimit(.minutes(5)), arguments: walks) func nothingBreaks(_ walk: Walk) throws {
    var random = WalkRandom(state: walk.seed &* 0x9E37_79B9)
    var driver = start(walk, Self.sizes[1])
    var trail: [InputEvent] = []
    // A walk is only worth something when it gets around.
    var seen: Set<String> = []
    for _ in 0..<Self.eventCount {
      let event = event(driver.state, &random)
      trail.append(event)
      driver.send([event])
      let state = driver.state
      seen.insert(state.view.rawValue)
      if let overlay = state.overlay { seen.insert(String(describing: overlay).prefix { $0 != "(" }.description) }
      let frame = state.frame()
      #expect(frame.size == state.size)
      let text = frame.plainText
      if !frame.hasWholeGlyphs || LessonLab.brokenCells(frame) != [] || text.contains("NaN") || text.contains("nan ") {
        Issue.record("a broken frame after \(trail.suffix(20)):\n\(text)")
        return
      }
      if let cursor = frame.cursor, !frame.bounds.contains(cursor) { Issue.record("the cursor is outside after \(trail.suffix(20))") }
      if state.isLeaving {
        driver = start(walk, state.size)
        trail = []
      }
    }
    #expect(LabView.allCases.count { seen.contains($0.rawValue) } >= 4 && seen.count >= 9, "\(seen.sorted())")
  }

  /// A model with a NaN in its weights: no crash anywhere, and the screen says it.
  @Test(arguments: Language.allCases) func aModelOfNaNSaysSo(_ language: Language) throws {
    let whole = LessonLab.model
    let broken = Transformer(whole.transformer.configuration) { (name: ParameterName, shape: [Int]) throws(Never) -> Tensor in
      var values = whole.transformer.parameters.first { $0.place == name }?.tensor.values ?? []
      if name.place == .block(1, .up) { values[0] = .nan }
      return Tensor(values, shape)
    }
    let model = LoadedModel(name: "nan", path: "nan", transformer: broken, tokenizer: whole.tokenizer, chatTemplate: whole.chatTemplate)
    for theme in [Theme(colorMode: .trueColor), Theme(colorMode: .none, glyphMode: .ascii)] {
      for size in LessonLab.sizes {
        var driver = InlineDriver(
          LessonLab.state(size, language, theme: theme), LabEngine(courseFolder: LessonLab.folder, keeper: nil) { model })
        #expect(driver.state.notice?.text[language].contains("blocks.1.mlp.hook_pre_linear") == true)
        for keys in ["Tab", "2", "3", "4", "5", "1", "End", "Left", "Home", "s", "4", "s", "Down", "Right*12", "j j", "3 Enter Enter"] {
          driver.send(try KeyScript.parse(keys))
          #expect(driver.state.frame().hasWholeGlyphs)
        }
        driver.send(try KeyScript.parse("1 End Left"))
        #expect(driver.state.frame().plainText.contains("NaN"))
      }
    }
  }
}
