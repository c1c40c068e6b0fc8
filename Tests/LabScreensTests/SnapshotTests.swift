// Frames as they are, compared with text files in Snapshots/: what a learner sees, kept so that a change is seen and meant. LLMLAB_RECORD=1 writes
// the files anew. Most frames are kept as text at 80×24; the others, and colours, as a digest a line. Not here: why a frame looks as it does.
import Foundation
import Inference
import Languages
import Tensors
import Terminal
import Testing

@testable import LabScreens

/// A place in the lab that is kept.
struct Scene: Sendable, CustomTestStringConvertible {
  let name: String
  /// After the small lesson has been opened.
  let keys: String
  /// Where the whole frame is kept; elsewhere its digest.
  let inFull: [(Size, Language)]

  var testDescription: String { name }

  init(_ name: String, _ keys: String, _ inFull: [(Size, Language)] = []) {
    self.name = name
    self.keys = keys
    self.inFull = inFull
  }

  private static let small = Size(columns: 80, rows: 24)
  private static let middle = Size(columns: 120, rows: 40)
  private static let large = Size(columns: 200, rows: 60)
  private static let both: [(Size, Language)] = [(small, .zh), (small, .en)]
  /// A prompt with Chinese in it.
  private static let mixed = "e C-u \"the cat 小猫在 the mat\" Enter"

  static let all: [Scene] = [
    Scene("stepper-embed", "Tab Home", both),
    Scene("stepper-norm", "Tab Home Right", [(small, .zh)]),
    Scene("stepper-rope", "Tab Home Right*5 .", [(small, .en)]),
    Scene("stepper-scores", "Tab Home Right*7 [ [ h", [(small, .zh)]),
    Scene("stepper-softmax", "Tab Home Right*9 Down . [ h", both + [(middle, .en)]),
    Scene("stepper-swiglu", "\(mixed) Tab Home Right*15", [(small, .en)]),
    Scene("stepper-logits", "Tab End Left j", [(small, .zh)]),
    Scene("stepper-sample", "Tab End s [", both),
    Scene("attention", "\(mixed) Tab 2 Up*3 Left", both + [(middle, .zh)]),
    Scene("heads", "\(mixed) Tab 3 Down Right", both),
    Scene("probabilities", "Tab 4 s s [ j j", both),
    Scene("text", "Tab s s s 5 [ [", [(small, .zh)]),
    Scene("lesson", "", both + [(large, .zh)]),
    Scene("exercise", "Right H a 0 . 5 Enter", both),
    Scene("help", "?", [(small, .en)]),
    Scene("palette", "C-p \"la\"", [(small, .zh)]),
    Scene("lessons", "o", [(small, .en)]),
    Scene("prompt", "\(mixed) e C-j \"小狗\"", [(small, .zh)]),
  ]

  func driver(_ size: Size, _ language: Language, theme: Theme = Theme(colorMode: .color256)) throws -> InlineDriver {
    var state = LessonLab.state(size, language, theme: theme)
    state.showsTimes = false
    var driver = InlineDriver(state, LabEngine(courseFolder: LessonLab.folder, keeper: nil) { LessonLab.model })
    driver.send(try KeyScript.parse(keys))
    return driver
  }
}

@Suite struct SnapshotTests {
  /// Sums of other lane counts differ in the last bit, and a digit could with them: the portable kernels are the same on every machine.
  static func portably<Value>(_ body: () throws -> Value) rethrows -> Value {
    let before = Kernels.instructionSet
    Kernels.instructionSet = .portable
    defer { Kernels.instructionSet = before }
    return try body()
  }

  private static func isFull(_ scene: Scene, _ size: Size, _ language: Language) -> Bool {
    scene.inFull.contains { $0.0 == size && $0.1 == language }
  }

  @Test(arguments: Scene.all) func framesInFull(_ scene: Scene) throws {
    for (size, language) in scene.inFull {
      let text = try Self.portably { try scene.driver(size, language).state.frame().plainText }
      Snapshots.compare("\(scene.name).\(size.columns)x\(size.rows).\(language).txt", text)
    }
  }

  @Test func framesAsDigests() throws {
    var lines: [String] = []
    var frames: [String: String] = [:]
    for scene in Scene.all {
      for size in LessonLab.sizes {
        for language in Language.allCases where !Self.isFull(scene, size, language) {
          let text = try Self.portably { try scene.driver(size, language).state.frame().plainText }
          let key = "\(scene.name) \(size.columns)x\(size.rows) \(language)"
          frames[key] = text
          lines.append("\(key) \(Snapshots.digest(text))")
        }
      }
    }
    Snapshots.compare("frames.digests", lines.joined(separator: "\n") + "\n") { line in
      frames[line.split(separator: " ").dropLast().joined(separator: " ")]
    }
  }

  /// Every colour mode: the digest of the escapes, and how many styles there are, which tells most mistakes apart.
  @Test func coloursAsDigests() throws {
    var lines: [String] = []
    for name in ["attention", "heads", "stepper-norm", "text", "lesson"] {
      let scene = try #require(Scene.all.first { $0.name == name })
      for mode in ColorMode.allCases {
        let frame = try Self.portably { try scene.driver(LessonLab.sizes[0], .en, theme: Theme(colorMode: mode)).state.frame() }
        let text = frame.ansiText(mode)
        let styles = Set(frame.cells.map { $0.style.reduced(to: mode) }).count
        lines.append("\(name) \(mode.rawValue) \(styles) styles \(Snapshots.digest(text))")
        #expect(stripped(text) == frame.plainText)
        if mode == .none { #expect(!text.contains(#/\e\[[0-9;]*[34]8?;/#), "a colour without colours") }
      }
    }
    Snapshots.compare("colours.digests", lines.joined(separator: "\n") + "\n")
  }

  /// Without escapes and without the spaces at the ends of lines.
  private func stripped(_ text: String) -> String {
    text.replacing(#/\e\[[0-9;]*m/#, with: "").split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
  }

  /// With ASCII glyphs nothing that we draw is anything else: no frames, blocks, dots, arrows, signs. Text of prompts and lessons may be.
  @Test func asciiGlyphsAreASCII() throws {
    let drawn: [ClosedRange<UInt32>] = [
      0x2190...0x21FF, 0x2500...0x259F, 0x25A0...0x25FF, 0x2600...0x27BF, 0x2800...0x28FF, 0xB7...0xB7, 0x2026...0x2026,
    ]
    for scene in Scene.all {
      for mode in [ColorMode.none, .color256] {
        for size in LessonLab.sizes {
          let state = try scene.driver(size, .en, theme: Theme(colorMode: mode, glyphMode: .ascii)).state
          let frame = state.frame()
          for (offset, cell) in frame.cells.enumerated() where drawn.contains(where: { $0.contains(cell.scalar.value) }) {
            let (x, y) = (offset % size.columns, offset / size.columns)
            Issue.record("\(scene.name) \(size.columns)x\(size.rows): “\(cell.scalar)” at \(x),\(y):\n\(frame.plainText)")
            break
          }
        }
      }
    }
  }
}

/// The files in Snapshots/.
enum Snapshots {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snapshots")
  private static var isRecording: Bool { ProcessInfo.processInfo.environment["LLMLAB_RECORD"] == "1" }

  /// Compares line by line and shows the lines that differ; `detail` says more about one of them.
  static func compare(
    _ name: String, _ text: String, detail: (String) -> String? = { _ in nil }, _ location: SourceLocation = #_sourceLocation
  ) {
    let file = folder.appendingPathComponent(name)
    if isRecording {
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      } catch {
        Issue.record(error, sourceLocation: location)
      }
      return
    }
    guard let kept = try? String(contentsOf: file, encoding: .utf8) else {
      Issue.record("Snapshots/\(name) is not there; LLMLAB_RECORD=1 swift test writes it", sourceLocation: location)
      return
    }
    guard kept != text else { return }
    Issue.record("\(name) has changed (LLMLAB_RECORD=1 keeps the new frames):\n\(difference(kept, text, detail))", sourceLocation: location)
  }

  private static func difference(_ kept: String, _ now: String, _ detail: (String) -> String?) -> String {
    let (old, new) = (
      kept.split(separator: "\n", omittingEmptySubsequences: false), now.split(separator: "\n", omittingEmptySubsequences: false)
    )
    var lines: [String] = []
    for row in 0..<max(old.count, new.count) {
      let (before, after) = (row < old.count ? String(old[row]) : nil, row < new.count ? String(new[row]) : nil)
      guard before != after else { continue }
      if let before { lines.append("- \(row + 1): \(before)") }
      if let after {
        lines.append("+ \(row + 1): \(after)")
        if let more = detail(after) { lines.append(more) }
      }
    }
    return lines.prefix(80).joined(separator: "\n")
  }

  /// FNV-1a (Fowler, Noll, Vo), 64 bits: enough to notice a change.
  static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
