// What the training view draws: numbers of the run and no others, at every size, language, colour and glyph mode. Not here: keys (TrainingUpdateTests).
import Languages
import Terminal
import Testing

@testable import LabScreens

@Suite struct TrainingViewTests {
  private static let sizes = [
    Size(columns: 80, rows: 24), Size(columns: 160, rows: 50), Size(columns: 100, rows: 30), Size(columns: 250, rows: 70),
  ]

  @Test(arguments: Language.allCases) func everyFrameIsWhole(_ language: Language) throws {
    let scenes: [(String, [TrainingReport]?)] = [
      ("", nil), ("Left Left < y f Down", nil), ("i", nil), ("", [.planned(TrainingLab.plan, TrainingRecord())]),
      ("Enter 8", nil), ("", [.failed(Bilingual(zh: "坏", en: "bad"))]),
      ("", [.watching(name: "x", folder: "/x", nil, TrainingLab.record, isLive: true)]),
      ("", [.watching(name: "x", folder: "/x", nil, TrainingRecord(), isLive: false)]),
    ]
    for size in Self.sizes {
      let all = ColorMode.allCases.flatMap { mode in GlyphMode.allCases.map { Theme(colorMode: mode, glyphMode: $0) } }
      for theme in size == Self.sizes[0] ? all : [Theme(colorMode: .color256)] {
        for (keys, reports) in scenes {
          let frame = try TrainingLab.driver(keys, reports: reports, size, language, theme: theme).state.frame()
          #expect(frame.size == size && frame.hasWholeGlyphs && LessonLab.brokenCells(frame).isEmpty, "\(keys) \(size)")
          let text = frame.plainText
          if text.lowercased().contains("nan") { Issue.record("NaN:\n\(text)") }
        }
      }
    }
  }

  private static let scenes: [(String, String, [TrainingReport]?)] = [
    ("training", "", nil), ("training-cursor", "< < Down", nil), ("training-linear", "y f Home", nil),
    ("training-plan", "", [.planned(TrainingLab.plan, TrainingRecord())]),
  ]

  @Test(arguments: scenes.indices) func snapshots(_ index: Int) throws {
    let (name, keys, reports) = Self.scenes[index]
    for language in Language.allCases {
      Snapshots.compare("\(name).80x24.\(language).txt", try TrainingLab.screen(keys, reports: reports, Self.sizes[0], language))
    }
    Snapshots.compare("\(name).160x50.zh.txt", try TrainingLab.screen(keys, reports: reports, Self.sizes[1], .zh))
    for glyphs in [GlyphMode.braille, .ascii] {
      let theme = Theme(colorMode: .none, glyphMode: glyphs)
      Snapshots.compare("\(name).\(glyphs.rawValue).txt", try TrainingLab.screen(keys, reports: reports, Self.sizes[0], .en, theme: theme))
    }
  }

  @Test func asciiGlyphsAreASCII() throws {
    for (_, keys, reports) in Self.scenes {
      for size in Self.sizes {
        let text = try TrainingLab.screen(keys, reports: reports, size, .en, theme: Theme(colorMode: .none, glyphMode: .ascii))
        // The run's own prompts may be anything.
        let drawn = text.filter { !$0.isASCII && !"什么是词元？一段字。模型次读个，".contains($0) }
        #expect(drawn.isEmpty, "“\(drawn)” in:\n\(text)")
      }
    }
  }

  @Test func theNumbersAreThoseAtTheCursor() throws {
    let text = try TrainingLab.screen("< <")
    let point = TrainingLab.point(500)
    #expect(text.contains("step 500  loss \(Numbers.significant(point.loss)) "))
    #expect(text.contains("rate \(Numbers.significant(point.learningRate))"))
    #expect(text.contains("held out (step 500) 2.000 bits per byte, loss 2.000"))
    #expect(text.contains("opens checkpoint 500") && text.contains("▲500"))
    // The status is about the run, wherever the cursor is.
    #expect(text.contains("step 750/1000") && text.contains("stage 1/2"))
    // Answers of that evaluation, and of the one before.
    #expect(text.contains("before: step 250") && text.contains("now: step 500") && text.contains("词元是一段字"))
  }

  @Test func rateAndTimeLeftWhileItRuns() throws {
    var driver = try TrainingLab.driver("s")
    #expect(driver.state.frame().plainText.contains("4.00 k tokens/s"))
    driver.send(.engine(.training(.began(step: 760))))
    // 240 steps of 48 ms each.
    #expect(driver.state.frame().plainText.contains("4.00 k tokens/s | 0:12 left".replacing("|", with: "·")))
  }

  @Test func whatAChangeChangedIsMarked() throws {
    let state = try TrainingLab.driver("< <").state
    let frame = state.frame()
    let lines = frame.plainText.split(separator: "\n", omittingEmptySubsequences: false)
    let row = try #require(lines.firstIndex { $0.contains("hello, who are") })
    #expect(lines[row].contains("≠"))
    // "Hello!" stays, the rest is new.
    let marked = (0..<frame.size.columns).filter { frame[$0, row].style.isUnderlined }.map { String(frame[$0, row].scalar) }.joined()
    #expect(!marked.contains("Hello") && marked.contains("a a a") && marked.contains("Sprout"))
    let cat = try #require(lines.first { $0.contains("tell me") })
    #expect(cat.contains("=") && !cat.contains("≠"))
  }

  @Test func differencesOfWordsAndCharacters() {
    func marks(_ before: String, _ after: String) -> [String] {
      let difference = WordDifference(before, after)
      return [difference.before, difference.after].map { $0.map { $0.isChanged ? "[\($0.text)]" : $0.text }.joined() }
    }
    #expect(marks("a cat sat", "a dog sat") == ["a[ cat] sat", "a[ dog] sat"])
    #expect(marks("一段字。", "一行字！") == ["一[段]字[。]", "一[行]字[！]"])
    #expect(marks("", "x") == ["", "[x]"] && marks("x", "x") == ["x", "x"])
  }

  @Test func thePlanSaysWhatItWouldCost() throws {
    let fresh: [TrainingReport] = [.planned(TrainingLab.plan, TrainingRecord())]
    let text = try TrainingLab.screen("", reports: fresh)
    for words in [
      "7.47 k parameters", "1000 steps × about 192 tokens = 192 k tokens", "1–800", "concepts 75%, smalltalk 25%", "801–1000", "8.61 GFLOP",
      "unknown until", "120 kB", "89.7 kB", "/runs/tiny", "Nothing is being computed",
    ] { #expect(text.contains(words), "\(words):\n\(text)") }
    var known = TrainingLab.plan
    (known.doneSteps, known.tokensPerSecond) = (500, 4000)
    let later = try TrainingLab.screen("i", reports: [.planned(known, TrainingLab.record)])
    #expect(later.contains("about 0:24, at the 4.00 k tokens/s") && later.contains("step 500 of 1000"))
    #expect(try TrainingLab.screen("", reports: fresh, Self.sizes[0], .zh).contains("还没有开始任何计算"))
  }

  /// Every point of the run is on its curve: a spike of one step is a spike on the screen.
  @Test(arguments: GlyphMode.allCases) func spikesStay(_ glyphs: GlyphMode) throws {
    func height(_ loss: Double) -> Int {
      var plot = CurvePlot(
        Rect(x: 0, y: 0, width: 40, height: 10), steps: 0...4000, values: [1, 10], isLogarithmic: true,
        theme: Theme(colorMode: .none, glyphMode: glyphs))
      plot.draw((0...4000).lazy.map { (step: $0, value: $0 == 2000 ? loss : 1.0) }, .plain)
      var frame = Frame(Size(columns: 40, rows: 10))
      plot.render(&frame, cursor: nil)
      return frame.plainText.split(separator: "\n", omittingEmptySubsequences: false).prefix(10).count { $0.contains { $0 != " " } }
    }
    #expect(height(1) == 1)
    #expect(height(10) == 10)
  }

  @Test func theAxisNamesItsValues() {
    let log = CurvePlot(
      Rect(x: 0, y: 0, width: 10, height: 11), steps: 0...10, values: [0.01, 100], isLogarithmic: true, theme: Theme(colorMode: .none))
    // The middle of a logarithmic axis is the geometric mean.
    #expect(abs(log.value(ofRow: 5) - 1) < 1e-9)
    let linear = CurvePlot(
      Rect(x: 0, y: 0, width: 10, height: 11), steps: 0...10, values: [0, 2], isLogarithmic: false, theme: Theme(colorMode: .none))
    #expect(abs(linear.value(ofRow: 5) - 1) < 1e-9)
    #expect(log.column(of: 0) == 0 && log.column(of: 10) == 9 && log.column(of: -5) == 0)
    #expect(linear.value(ofRow: 0) > 1.9 && linear.value(ofRow: 10) < 0.1)
  }

  @Test func oddNumbersDrawSomething() throws {
    var record = TrainingRecord()
    record.totalSteps = 10
    for (step, loss) in [0.0, -1, .infinity, 1e300, 1e-300, 5].enumerated() {
      record.add(
        TrainingPoint(step: step + 1, loss: loss, learningRate: 0, gradientNorm: .infinity, tokensPerSecond: 0, secondsLeft: .infinity))
    }
    record.add(TrainingEvaluation(step: 3, loss: .nan, bitsPerByte: 0))
    for keys in ["", "y", "f", "Home", "Left Left"] {
      let frame = try TrainingLab.driver(keys, reports: [.planned(TrainingLab.plan, record)]).state.frame()
      #expect(frame.hasWholeGlyphs && !frame.plainText.lowercased().contains("nan"), "\(frame.plainText)")
    }
  }

  // MARK: The record

  @Test func theMeanHalvesWithItsHalfLife() {
    var record = TrainingRecord()
    for (step, loss) in [(0, 8.0), (10, 2.0)] {
      record.add(TrainingPoint(step: step, loss: loss, learningRate: 0, gradientNorm: 0, tokensPerSecond: 0, secondsLeft: 0))
    }
    // Weights ½ and 1.
    let mean = record.smoothed(halfLife: 10)
    #expect(abs(mean[0] - 8) < 1e-12 && abs(mean[1] - (8 * 0.5 + 2) / 1.5) < 1e-12)
  }

  @Test func aLongRunIsThinnedAndKeepsItsEnds() {
    var record = TrainingRecord()
    for step in 1...40000 {
      record.add(TrainingPoint(step: step, loss: Double(step), learningRate: 0, gradientNorm: 0, tokensPerSecond: 0, secondsLeft: 0))
    }
    #expect(record.points.count <= TrainingRecord.mostPoints && record.points.count > TrainingRecord.mostPoints / 4)
    #expect(record.points.last?.step == 40000)
    #expect(record.points.allSatisfy { $0.loss == Double($0.step) }, "numbers of the run, none made up")
    #expect(record.point(at: 39999).map { $0.step <= 39999 } == true)
  }
}
