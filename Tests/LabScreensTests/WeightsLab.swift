// Models in real files for the tests of the weights view, and a lab that has one open. Not here: tests.
import Foundation
import Inference
import Languages
import ModelFiles
import Terminal

@testable import LabScreens

enum WeightsLab {
  /// Written once; the system clears its temporary folder.
  static let folder: String = {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-weights-view-\(UUID().uuidString)").path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for type in [ElementType.q8_0, .q4_0] {
      try? LessonLab.model.transformer.writeGGUF(to: "\(path)/small-\(type.rawValue).gguf", name: "small", type: type, tokenizer: [])
    }
    try? GGUFWriter.write(metadata: [("a\nb\u{1B}[2J", .string("x\n\u{202E}y"))], tensors: hostile, to: path + "/hostile.gguf")
    try? GGUFWriter.write(metadata: [("some.numbers", .int32s([1, 2, 3]))], tensors: strange, to: path + "/strange.gguf")
    return path
  }()

  /// Names of no known family, long ones too, and a tensor without a finite number.
  static let strange: [TensorToWrite] = [
    ("none.weight", Float.nan), ("some.very.long.name.of.a.tensor.up_proj", 1),
    ("some.very.long.name.of.a.tensor.down_proj", 2),
  ].map { TensorToWrite(name: $0, shape: [3], type: .f32, floats: [$1, $1, $1]) }

  static let hostile: [TensorToWrite] = [
    "\u{1B}[31mred", "a\nb", "blk.0.\u{202E}evil.weight", String(repeating: "很长", count: 40), "blk.1.attn_q.weight",
    "é\u{301}\u{301}\u{301}",
  ].enumerated().map { index, name in
    TensorToWrite(name: name, shape: [2, 3], type: .f32, floats: [.nan, .infinity, 0, -1, 1e30, Float(index)])
  }

  static func path(_ name: String) -> String { "\(folder)/\(name).gguf" }

  static func state(_ size: Size, _ language: Language, theme: Theme) -> ScreenState {
    var state = ScreenState(size: size, language: language, theme: theme)
    state.opensLessonByItself = false
    return state
  }

  /// The view is open on the file.
  static func driver(
    _ keys: String = "", _ file: String = "small-Q8_0", _ size: Size = Size(columns: 80, rows: 24), _ language: Language = .en,
    theme: Theme = Theme(colorMode: .color256)
  ) throws -> InlineDriver {
    let small = LessonLab.model
    let model = LoadedModel(
      name: "small", path: path(file), transformer: small.transformer, tokenizer: small.tokenizer, chatTemplate: small.chatTemplate)
    var driver = InlineDriver(state(size, language, theme: theme), LabEngine(courseFolder: "/nonexistent", keeper: nil) { model })
    driver.send(try KeyScript.parse("6 " + keys))
    return driver
  }

  static func screen(
    _ keys: String, _ file: String = "small-Q8_0", _ size: Size = Size(columns: 80, rows: 24), _ language: Language = .en
  ) throws -> String {
    try driver(keys, file, size, language).state.frame().plainText
  }
}
