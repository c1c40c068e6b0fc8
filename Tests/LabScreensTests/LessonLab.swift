// What the tests of lesson, overlays and keys share: a small model, a course of one lesson with every part of the format, whole screens as text.
// Not here: tests.
import Course
import Foundation
import Inference
import Languages
import Models
import Tensors
import Terminal
import Tokenization

@testable import LabScreens

/// A small random model, and a course of one lesson that uses every part of the format.
enum LessonLab {
  static let model: LoadedModel = {
    let texts = ["the cat sat on the mat, the cat ran", "小猫在垫子上，小猫跑了"]
    guard let tokenizer = try? BPETrainer.sprout(texts: texts, vocabularySize: 290) else {
      fatalError("the texts are enough for 290 entries")
    }
    let configuration = TransformerConfiguration(
      vocabularySize: 290, hiddenSize: 32, layerCount: 4, headCount: 4, keyValueHeadCount: 2, intermediateSize: 48, contextLength: 256)
    let fresh = Transformer(configuration, seed: 1)
    // Ten times as large as for training, so that every position says something else.
    let transformer = Transformer(configuration) { (name: ParameterName, shape: [Int]) throws(Never) -> Tensor in
      let values = fresh.parameters.first { $0.place == name }?.tensor.values ?? []
      return Tensor(shape.count == 1 ? values : values.map { $0 * 10 }, shape)
    }
    return LoadedModel(name: "small", path: "small", transformer: transformer, tokenizer: tokenizer, chatTemplate: .sprout)
  }()

  /// Written once for all tests; the system clears its temporary folder.
  static let folder: String = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("llmlab-lesson-\(UUID().uuidString)")
    for (name, text) in files {
      let file = folder.appendingPathComponent(name)
      try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try? Data(text.utf8).write(to: file)
    }
    return folder.path
  }()

  static func state(_ size: Size = Size(columns: 80, rows: 24), _ language: Language = .zh, theme: Theme = Theme(colorMode: .color256))
    -> ScreenState
  {
    ScreenState(size: size, language: language, theme: theme)
  }

  /// The screen on the small lesson, with the model, after some keys.
  static func driver(
    _ keys: String = "", _ size: Size = Size(columns: 80, rows: 24), _ language: Language = .zh, theme: Theme = Theme(colorMode: .color256)
  ) throws -> InlineDriver {
    var driver = InlineDriver(state(size, language, theme: theme), LabEngine(courseFolder: folder, keeper: nil) { model })
    driver.send(try KeyScript.parse(keys))
    return driver
  }

  static func screen(
    _ keys: String = "", _ size: Size = Size(columns: 80, rows: 24), _ language: Language = .zh, theme: Theme = Theme(colorMode: .color256)
  ) throws -> String {
    try driver(keys, size, language, theme: theme).state.frame().plainText
  }

  static let sizes = [Size(columns: 80, rows: 24), Size(columns: 120, rows: 40), Size(columns: 200, rows: 60)]
  /// Every way to draw in the smallest window; in larger ones the usual way.
  static func themes(_ size: Size) -> [Theme] {
    guard size.columns == 80 else { return [Theme(colorMode: .color256)] }
    return ColorMode.allCases.map { Theme(colorMode: $0) } + [Theme(colorMode: .none, glyphMode: .ascii)]
  }

  /// Halves of wide characters that have lost the other half, and cells that hold what no cell may hold.
  static func brokenCells(_ frame: Frame) -> [Point] {
    var broken: [Point] = []
    for y in 0..<frame.size.rows {
      for x in 0..<frame.size.columns {
        let cell = frame[x, y]
        let isBroken =
          switch cell.width {
          case 0: x == 0 || frame[x - 1, y].width != 2
          case 2: x + 1 >= frame.size.columns || frame[x + 1, y].width != 0
          default: cell.scalar.value < 0x20
          }
        if isBroken { broken.append(Point(x: x, y: y)) }
      }
    }
    return broken
  }

  /// Whether a line begins with what closes, against the Chinese line rules. The list of terms begins its entries with their mark.
  static func badLine(_ line: String) -> Bool {
    if line.hasPrefix("° ") { return false }
    let text = line.filter { !"│|┌└ ".contains($0) }
    return text.first.map { "，。、；：？！）”》」°".contains($0) } ?? false
  }
}

extension LessonLab {
  private static let files: [String: String] = [
    "course.yaml": """
    chapters:
      - id: c
        title: {zh: 章, en: Chapter}
        lessons:
          - id: parts
            title: {zh: 零件, en: Parts}
            topic: {zh: 全部零件, en: all parts}
          - id: later
            title: {zh: 以后, en: Later}
            topic: {zh: 还没有, en: not yet}
    """,
    "glossary.yaml": """
    model:
      - zh: 词元
        en: token
        says: {zh: 文本的单位。, en: The unit of text.}
    """,
    "c/parts/lesson.yaml": yaml,
    "c/parts/zh.md": """
    <!-- step: all -->
    <!-- lab: step prompt="the cat sat on the mat" format=raw view=stepper operation=attn.hook_pattern layer=0 head=0 token=-1 key=0 -->
    ## 讲全部

    词元<!-- term: token|词元 -->一共 {{trace: tokens}} 个。这一段写得长一些，好让它在任何宽度下都要换行，
    换行之后接着写，“引号”和（括号）不能落错地方。

    | 名称 | 数值 |
    |:--|--:|
    | 层 | 1 |
    | 第一层块 | 12 |

    <!-- run: sample count=3 -->

    <!-- step: checks -->
    <!-- lab: step prompt="the cat sat on the mat" format=raw view=probabilities token=-1 hide=probabilities until=guess -->
    ## 练习

    做一做。

    <!-- check: sum -->
    <!-- check: pick -->
    <!-- check: guess -->

    <!-- step: more -->
    <!-- lab: step prompt="the cat sat on the mat" format=raw view=stepper operation=hook_embed layer=0 head=0 token=-1 -->
    ## 还有

    走一走。

    <!-- run: show view=heads layer=1 -->

    <!-- check: walk -->
    <!-- check: place -->
    <!-- check: best -->
    """,
    "c/parts/en.md": """
    <!-- step: all -->
    <!-- lab: step prompt="the cat sat on the mat" format=raw view=stepper operation=attn.hook_pattern layer=0 head=0 token=-1 key=0 -->
    ## All parts

    A **strong** word, a *soft* one, `mono`, a token<!-- term: token|词元 -->, [llmlab](https://example.org), and a soft
    break. The run has {{trace: tokens}} tokens and a row adds up to {{trace: attn[0,0,1,*] | sum | digits 3}}.
    We are at head {{trace: head}}; there is no such layer: {{trace: attn[9,0,0,0]}}.

    - one
    - two
      - inner

    1. first
    2. second

    > a quote

    ```
    code here
    ```

    ---

    | Name | Value |
    |:--|--:|
    | layer | 1 |

    <!-- run: sample count=3 -->

    <!-- step: checks -->
    <!-- lab: step prompt="the cat sat on the mat" format=raw view=probabilities token=-1 hide=probabilities until=guess -->
    ## Exercises

    Do it.

    <!-- check: sum -->
    <!-- check: pick -->
    <!-- check: guess -->

    <!-- step: more -->
    <!-- lab: step prompt="the cat sat on the mat" format=raw view=stepper operation=hook_embed layer=0 head=0 token=-1 -->
    ## More

    Walk.

    <!-- run: show view=heads layer=1 -->

    <!-- check: walk -->
    <!-- check: place -->
    <!-- check: best -->
    """,
  ]

  private static let hints = """
        hints:
          - {zh: 一, en: one}
          - {zh: 二, en: two, lab: step view=attention}
          - {zh: 三, en: three}
    """

  private static let yaml = """
    id: parts
    title: {zh: 零件, en: Parts}
    summary: {zh: 一句话。, en: One sentence.}
    minutes: 10
    model: sprout-nano
    seed: 1
    steps: [all, checks, more]
    checks:
      - id: sum
        number: {answer: "attn[0,0,1,*] | sum", within: 0.01}
        ask: {zh: 一行的和是多少？, en: What does a row add up to?}
        reasons:
          - {when: "answer < 1", zh: "{{trace: answer}} 太小", en: "{{trace: answer}} is too small"}
    \(hints)
        why: {zh: 因为除以了总和, en: because softmax divides by the sum}
        other: {zh: 加一加, en: add them up}
      - id: pick
        choice:
          - {id: right, right: true, zh: 正确的选项, en: the right option, reason: {zh: 对, en: yes}}
          - {id: wrong, zh: 错误的选项, en: the wrong option, reason: {zh: 不对, en: no}}
          - {id: other, zh: 另一个选项, en: another option, reason: {zh: 也不对, en: no either}}
        ask: {zh: 哪一个？, en: Which?}
    \(hints)
        why: {zh: 就是它, en: that is it}
      - id: guess
        predict: {guess: token, actual: "top[-1,1].token", sampled: 1}
        ask: {zh: 先猜, en: Guess}
    \(hints)
        why: {zh: "你猜的是 {{trace: guess}}", en: "you guessed {{trace: guess}}"}
      - id: walk
        goal: {visited: [hook_embed, logits]}
        ask: {zh: 走完, en: Walk through}
    \(hints)
        why: {zh: 走完了, en: walked}
      - id: place
        trace: "query == 0"
        ask: {zh: 到第一个词元, en: Go to the first token}
    \(hints)
        why: {zh: 到了, en: there}
      - id: best
        token: {answer: "top[-1,1].token"}
        ask: {zh: 第一名是谁？, en: Which leads?}
    \(hints)
        why: {zh: 是它, en: it is}
    solution:
      - {check: sum, do: [answer number=1]}
    wrong:
      - {check: sum, do: [answer number=0.5]}
    """
}
