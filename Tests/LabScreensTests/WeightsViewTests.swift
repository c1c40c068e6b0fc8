// The weights view by keys: text, keys, text; whole frames at every size, language and glyph mode; files that are broken or hostile.
import Insight
import Languages
import ModelFiles
import Terminal
import Testing

@testable import LabScreens

@Suite struct WeightsViewTests {
  @Test func theFileComesFirst() throws {
    let screen = try WeightsLab.screen("")
    for text in ["[6 weights]", "small-Q8_0.gguf", "architecture    llama", "+ block 0", "+ block 3", "Q8_0", "bits"] {
      #expect(screen.contains(text))
    }
    #expect(try WeightsLab.screen("", "small-Q8_0", Size(columns: 80, rows: 24), .zh).contains("GGUF：元数据、词表、权重在同一个文件里"))
  }

  @Test func theTreeUnfoldsAndFolds() throws {
    let unfolded = try WeightsLab.screen("Down Down Enter")
    #expect(unfolded.contains("− block 0") && unfolded.contains("attn_q") && unfolded.contains("One of 4 blocks"))
    #expect(try WeightsLab.screen("Down Down Enter Enter") == WeightsLab.screen("Down Down"))
    #expect(try WeightsLab.screen("Down Down Right Down Left Left") == WeightsLab.screen("Down Down"))
    #expect(try WeightsLab.driver("End").state.weights.row == .tensor(WeightsLab.driver().state.weights.contents?.order.last ?? -1))
    #expect(try WeightsLab.driver("] ] ]").state.weights.row == .group(1))
    #expect(try WeightsLab.driver("] ] ] [ Home").state.weights.row == .file)
  }

  @Test func aTensorHasItsPage() throws {
    let screen = try WeightsLab.screen("Down Down Right Down Down")
    for text in [
      "blk.0.attn_q.weight", "Q8_0 · 32×32", "query projection of block 0.", "min -", "deviation", "RMS", "row norms", "largest", "first",
    ] { #expect(screen.contains(text), "\(text)") }
    let state = try WeightsLab.driver("Down Down Right Down Down").state
    let index = try #require(state.weights.tensorIndex)
    let survey = try TensorSurveyReader.summary(try #require(state.weights.contents).catalog.tensors[index])
    #expect(try state.weights.summaries[index]?.get() == survey)
    #expect(screen.contains(WeightWords.number(survey.standardDeviation)))
  }

  @Test func anyNumberIsExplained() throws {
    // Into the tensor, two to the right, one down, and its bytes.
    let driver = try WeightsLab.driver("Down Down Right Down Down Enter l l j Enter")
    let (state, screen) = (driver.state, driver.state.frame().plainText)
    #expect(state.weights.page == .block && state.weights.element == 34)
    let block = try #require(state.weights.currentBlock)
    #expect(block.range == 32..<64)
    for text in [
      "[1, 2]", "value = scale · code", "number 2 of the block's 32", block.elements[2].equation, BlockDecode.hex(block.bytes.prefix(16)),
    ] {
      #expect(screen.contains(text), "\(text)")
    }
    // On from number to number and block to block; Esc goes back one step at a time.
    #expect(try WeightsLab.driver("Down Down Right Down Down Enter b l l ]").state.weights.element == 34)
    let back = try WeightsLab.driver("Down Down Right Down Down Enter Enter Esc").state.weights
    #expect(back.page == .browse && back.focus == .tensor)
    #expect(try WeightsLab.driver("Down Down Right Down Down Enter Enter Esc Esc").state.weights.focus == .tree)
    #expect(try WeightsLab.driver("Down Enter b Delete Delete Delete").state.view == .stepper)
  }

  @Test func arrowsMoveByCellsOfThePicture() throws {
    // The embedding has 290 rows, more than a small screen shows: a cell of the picture is some of them.
    for size in LessonLab.sizes + [Size(columns: 80, rows: 60)] {
      for theme in LessonLab.themes(size) {
        func driver(_ keys: String) throws -> InlineDriver { try WeightsLab.driver(keys, "small-Q8_0", size, theme: theme) }
        let drawn = try driver("Down Enter").state.frame().plainText
        let factors = drawn.firstMatch(of: /largest of (\d+)[×x](\d+)/).map { (Int($0.1) ?? 0, Int($0.2) ?? 0) } ?? (1, 1)
        #expect(try driver("Down Enter Down Right").state.weights.element == factors.0 * 32 + factors.1, "\(drawn)")
        #expect(size != Size(columns: 80, rows: 24) || factors.0 > 4)
      }
    }
    #expect(try WeightsLab.driver("Down Enter G").state.weights.element == 290 * 32 - 1)
    #expect(try WeightsLab.driver("Down Enter G Right Down j l").state.weights.element == 290 * 32 - 1)
    #expect(try WeightsLab.driver("Down Enter G g h k").state.weights.element == 0)
  }

  @Test func metadataIsListed() throws {
    let screen = try WeightsLab.screen("m Down Down")
    #expect(screen.contains("llama.block_count") && screen.contains("uint32") && screen.contains("▸"))
    #expect(try WeightsLab.screen("m / h e a d _ c o u n t Enter").contains("▸llama.attention.head_count "))
    #expect(try WeightsLab.screen("m m") == WeightsLab.screen(""))
  }

  @Test func searchFindsNamesAndWords() throws {
    let state = try WeightsLab.driver("/ f f n _ u p Enter").state
    #expect(state.weights.tensor?.name == "blk.0.ffn_up.weight" && state.weights.unfolded == [0])
    #expect(try WeightsLab.driver("/ f f n _ u p Enter n").state.weights.tensor?.name == "blk.1.ffn_up.weight")
    #expect(try WeightsLab.driver("/ 查 询 投 影 Enter").state.weights.tensor?.name == "blk.0.attn_q.weight")
    #expect(try WeightsLab.driver("/ z z z Enter").state.notice != nil)
  }

  @Test func twoFilesAreCompared() throws {
    let other = WeightsLab.path("small-Q4_0")
    var driver = try WeightsLab.driver()
    driver.send(.command(.weightsDifference, argument: other))
    let screen = driver.state.frame().plainText
    #expect(screen.contains("small-Q8_0.gguf and small-Q4_0.gguf") && screen.contains("largest error first") && screen.contains(" %"))
    let difference = try #require(driver.state.weights.difference)
    #expect(difference.isDone && difference.differences[0].relative > 0.05)
    // Enter goes to the place of the largest difference.
    driver.send([.key(.enter)])
    #expect(driver.state.weights.page == .browse && driver.state.weights.element == difference.differences[0].largestElement)
    driver.send(.command(.weightsDifference, argument: WeightsLab.path("small-Q8_0")))
    #expect(driver.state.frame().plainText.contains("are equal, number for number"))
    driver.send(.command(.weightsDifference, argument: "/nonexistent"))
    #expect(driver.state.notice?.kind == .failure && driver.state.weights.page == .browse)
    // Without a path the command line asks for one.
    guard case .commandLine(let editor)? = try WeightsLab.driver("D").state.overlay else { Issue.record("no command line"); return }
    #expect(editor.text == "diff ")
  }

  @Test func filesThatShareNothingAreNotEqual() throws {
    for language in Language.allCases {
      var driver = try WeightsLab.driver("", "small-Q8_0", Size(columns: 80, rows: 24), language)
      driver.send(.command(.weightsDifference, argument: WeightsLab.path("strange")))
      let screen = driver.state.frame().plainText
      #expect(screen.contains(WeightWords.noPairs[language]) && !screen.contains("number for number") && !screen.contains("相同"))
    }
  }

  @Test func whatIsNotFiniteHasNoError() throws {
    for theme in LessonLab.themes(Size(columns: 80, rows: 24)) {
      var driver = try WeightsLab.driver("", "strange", theme: theme)
      driver.send(.command(.weightsDifference, argument: WeightsLab.path("strange")))
      let difference = try #require(driver.state.weights.difference)
      #expect(difference.differences.first?.relative.isNaN == true)
      let lines = driver.state.frame().plainText.split(separator: "\n")
      let row = try #require(lines.first { $0.contains("none.weight") })
      #expect(row.contains(theme.glyphMode == .ascii ? " - " : "—") && !row.contains("%") && !row.contains("0"))
      #expect(driver.state.frame().plainText.contains("no number is finite in both files"))
    }
  }

  /// Keys that one cannot do without are there in the longest language and glyphs on the smallest screen.
  @Test func theWayInAndOutIsHinted() throws {
    for glyphs in [GlyphMode.block, .ascii] {
      let theme = Theme(colorMode: .color256, glyphMode: glyphs)
      for (keys, wanted) in [("Down Enter", ["b how it is stored", "back"]), ("Down", ["b how it is stored", "Enter open", "⏎ open"])] {
        let last = try WeightsLab.driver(keys, theme: theme).state.frame().plainText.split(separator: "\n").last ?? ""
        #expect(wanted.filter { last.contains($0) }.count == 2 && last.contains("? help"), "\(last)")
      }
    }
  }

  @Test func longNamesAreToldApart() throws {
    let lines = try WeightsLab.screen("", "strange").split(separator: "\n").filter { $0.contains("long.") || $0.contains("_proj") }
    #expect(lines.contains { $0.contains("up_proj") } && lines.contains { $0.contains("down_proj") }, "\(lines)")
  }

  @Test func metadataIsPlainWhereItMustBe() throws {
    let screen = try WeightsLab.driver("m", "strange", theme: Theme(colorMode: .none, glyphMode: .ascii)).state.frame().plainText
    #expect(screen.contains("3 x 1, 2, 3") && screen.unicodeScalars.allSatisfy(\.isASCII))
  }

  /// What was wrong with the last tensor is not wrong with this one.
  @Test func aProblemStaysWithItsTensor() throws {
    var state = try WeightsLab.driver("Down Enter").state
    let index = try #require(state.weights.tensorIndex)
    let problem = Bilingual(zh: "坏了", en: "broken bytes")
    state.weights.block = nil
    _ = state.update(.engine(.weights(.noBlock(file: state.weights.file, tensor: index + 1, problem))))
    #expect(!state.frame().plainText.contains("broken bytes"))
    _ = state.update(.engine(.weights(.noBlock(file: state.weights.file, tensor: index, problem))))
    #expect(state.frame().plainText.contains("broken bytes"))
  }

  @Test func otherFilesOpenByPath() throws {
    var driver = try WeightsLab.driver("Down")
    driver.send(.command(.viewWeights, argument: WeightsLab.path("small-Q4_0")))
    #expect(driver.state.frame().plainText.contains("small-Q4_0.gguf") && driver.state.weights.row == .file)
    driver.send(.command(.viewWeights, argument: "/nonexistent"))
    #expect(driver.state.frame().plainText.contains(":weights PATH"))
    for command in [Command.weightsMetadata, .cellDown, .weightsDifference] {
      #expect(CommandTable.reasonDisabled(command, driver.state) != nil)
    }
  }

  @Test func keysSayWhyTheyDoNothing() throws {
    var state = try WeightsLab.driver("").state
    #expect(CommandTable.reasonDisabled(.weightsBlock, state)?.en == "choose a tensor first")
    #expect(CommandTable.reasonDisabled(.nextHead, state) != nil && CommandTable.reasonDisabled(.cellDown, state) == nil)
    _ = state.show(.stepper)
    for command in [Command.weightsBlock, .weightsMetadata, .weightsDifference] {
      #expect(CommandTable.reasonDisabled(command, state)?.zh.contains("6") == true)
    }
  }

  /// Statistics come as answers, a stretch at a time; those of a tensor left behind are not wanted any more.
  @Test func whatIsNotLookedAtIsNotRead() throws {
    var state = try WeightsLab.driver("").state
    let first = state.update(.input(.key(.down)))
    guard case .weights(.survey(let request, let tensor, nil))? = first.first else { Issue.record("no survey"); return }
    #expect(state.frame().plainText.contains("reading 0 %"))
    let second = state.update(.input(.key(.end)))
    #expect(second.count == 1 && second[0].supersedes(first[0]) && !first[0].supersedes(.load))
    let survey = try TensorSurvey(tensor)
    #expect(state.update(.engine(.weights(.surveyed(request: request, survey)))).isEmpty)
    guard case .weights(.survey(let last, _, _))? = second.first else { Issue.record("no survey"); return }
    let more = state.update(.engine(.weights(.surveyed(request: last, survey))))
    guard case .weights(.survey(last, _, .some))? = more.first else { Issue.record("no next stretch"); return }
    _ = state.update(.engine(.weights(.notSurveyed(request: last, Bilingual(zh: "坏了", en: "broken")))))
    #expect(state.frame().plainText.contains("broken") && state.weights.measuring == nil)
  }

  @Test func theCacheForgetsTheOldest() {
    var cache = SummaryCache()
    for index in 0...SummaryCache.limit { cache.keep(.failure(SummaryProblem(message: Bilingual(same: "\(index)"))), index) }
    #expect(cache[0] == nil && cache[1] != nil && cache[SummaryCache.limit] != nil)
  }

  // MARK: Frames

  private static let places = [
    "", "Down", "Down Enter", "Down Down", "Down Down Right Down", "Down Down Right Down Down Enter", "Down Enter b", "m", "m End",
    "Down b l l",
    "End Enter b",
  ]

  @Test(arguments: ["small-Q8_0", "small-Q4_0", "hostile"], places) func framesAreWhole(_ file: String, _ keys: String) throws {
    for size in LessonLab.sizes + [Size(columns: 81, rows: 25), Size(columns: 100, rows: 24)] {
      for language in Language.allCases {
        var state = try WeightsLab.driver(keys, file, size, language).state
        for theme in LessonLab.themes(size) {
          state.theme = theme
          let frame = state.frame()
          #expect(LessonLab.brokenCells(frame) == [] && frame.hasWholeGlyphs)
          #expect(frame.cells.allSatisfy { $0.scalar != "\u{1B}" && $0.scalar != "\u{202E}" })
          if theme.glyphMode == .ascii, language == .en, file != "hostile" {
            #expect(frame.cells.allSatisfy { $0.scalar.isASCII }, "\(frame.plainText)")
          }
        }
      }
    }
  }

  /// Keys of the lab in any order, searches and sizes between them: every frame whole, the cursor always on an element.
  @Test(arguments: ["small-Q4_0", "hostile"], [UInt64(1), 2, 3]) func nothingBreaks(_ file: String, _ seed: UInt64) throws {
    var random = WalkRandom(state: seed &* 0x9E37_79B9)
    var driver = try WeightsLab.driver("", file)
    let keys = CommandTable.entries.filter { $0.scope == .lab && $0.command != .back }.flatMap(\.keys) + [.character("n"), .enter, .escape]
    var pages: Set<WeightsState.Page> = []
    for _ in 0..<300 {
      if Int.random(in: 0..<20, using: &random) == 0 { driver.send(try KeyScript.parse("/ a t t n Enter")) }
      if Int.random(in: 0..<20, using: &random) == 0 {
        driver.send([.resize(LessonLab.sizes.randomElement(using: &random) ?? Size(columns: 80, rows: 24))])
      }
      driver.send([.key(keys.randomElement(using: &random) ?? .enter)])
      let state = driver.state
      pages.insert(state.weights.page)
      let frame = state.frame()
      #expect(LessonLab.brokenCells(frame) == [] && frame.hasWholeGlyphs && state.weights.rows.contains(state.weights.row))
      if let count = state.weights.tensor?.elementCount { #expect((0..<count).contains(state.weights.element)) }
    }
    #expect(pages.count >= 3)
  }

  @Test func besideTheLessonItStandsBelow() throws {
    // 100 columns with a lesson leave 58 for the lab: the page goes below the tree.
    let layout = WeightsLayout(Rect(x: 0, y: 0, width: 58, height: 20))
    #expect(layout.page.y > layout.tree.bottom && layout.page.width == 58)
    let wide = WeightsLayout(Rect(x: 0, y: 0, width: 78, height: 20))
    #expect(wide.page.x > wide.tree.right && wide.page.y == 0)
    #expect(try LessonLab.screen("Tab 6", Size(columns: 100, rows: 24), .en).contains("[6 weights]"))
  }
}

enum TensorSurveyReader {
  static func summary(_ tensor: StoredTensor) throws -> TensorSummary {
    var survey = try TensorSurvey(tensor)
    while true { if let summary = try survey.advance() { return summary } }
  }
}

/// Frames kept as text, by the rules of SnapshotTests.
@Suite struct WeightsSnapshotTests {
  @Test(arguments: [
    ("weights-file", ""), ("weights-tensor", "Down Down Right Down Down"), ("weights-block", "Down Down Right Down Down Enter l l j b"),
    ("weights-metadata", "m Down*4"),
  ])
  func framesInFull(_ name: String, _ keys: String) throws {
    for language in Language.allCases {
      Snapshots.compare("\(name).80x24.\(language).txt", try WeightsLab.screen(keys, "small-Q8_0", Size(columns: 80, rows: 24), language))
    }
    Snapshots.compare("\(name).120x40.zh.txt", try WeightsLab.screen(keys, "small-Q8_0", Size(columns: 120, rows: 40), .zh))
  }
}
