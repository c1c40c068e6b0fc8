// Whole frames as text: the lab's pane as a reader sees it at 80×24 without colours, in both languages. Not here: single properties (StepperViewTests).
import Languages
import Models
import Terminal
import Testing

@testable import LabScreens

@Suite struct StepperFrameTests {
  private func frame(_ language: Language, _ glyphs: GlyphMode, _ change: (inout ScreenState) -> Void) throws -> String {
    var state = try SmallLab.state(SmallLab.sizes[0], language, color: .none, glyphs: glyphs)
    change(&state)
    state.clampCursor()
    var frame = Frame(Size(columns: 80, rows: 22))
    state.drawLab(&frame, frame.bounds)
    return frame.steadyText
  }

  private func go(_ state: inout ScreenState, _ kind: OperationKind, layer: Int? = 0, row: Int, column: Int) {
    state.cursor.operation = state.trace?.operations.first { $0.kind == kind && $0.layer == layer }?.index ?? 0
    (state.cursor.row, state.cursor.column) = (row, column)
  }

  @Test func softmaxInASCII() throws {
    let text = try frame(.en, .ascii) { go(&$0, .softmax, row: 4, column: 2) }
    #expect(
      text == #"""
        +-[1 stepper] 2 attention 3 heads 4 probs 5 text 6 weights 7 chat 8 training --+
        |~b > L0[norm q k v rope score mask <softmax> mix proj + | norm gate up act do~|
        |attention pattern (softmax)  Turns each row of scores into weights that sum to|
        |1: exponentials divided by their sum.                                         |
        |all, 1 px = 2x2   0   v2  4   6   8      query 4 _小猫说 looks at             |
        |#''''   0 once    ##' ' ' ' ' ' ' ' '    5 keys hold 100 % of this row        |
        |::'''   1 _upon   ++++' ' ' ' ' ' ' '     3 _time   0.202 ####                |
        |.:.''   2 _a      ::::::' ' ' ' ' ' '    >2 _a      0.201 ####                |
        |....'   3 _time   ::::::::' ' ' ' ' '     1 _upon   0.200 ####                |
        |.....  >4 _小猫说 ....::::..' ' ' ' '     0 once    0.199 ####                |
        |        5 \n      ............' ' ' '     4 _小猫说 0.198 ####                |
        |        6 你好    ..............' ' '                                         |
        |        7 _       ................' '                                         |
        |0.00 .....:::::++++*****##### 1.00 | fixed 0-1 | head 0 of 4 (keys , .)       |
        |> query 4 "_小猫说" -> key 2 "_a"  = 0.2008 | 20.1 % | rank 2 of 5            |
        |reads attn.hook_attn_scores[0, 4, 0-4] *****                                  |
        |blocks.0.attn.hook_pattern[0, 4, 2]   a = exp(s - max) / sum exp(s - max)     |
        |  largest score: key 3 _time                        0.01277                   |
        |  ~ 8 more lines                                                              |
        |= divided by the denominator  0.9924 / 4.942 = 0.2008                         |
        +------------------------------------------------------------------------------+

        """#)
  }

  @Test func embeddingInChinese() throws {
    let text = try frame(.zh, .block) { go(&$0, .embed, layer: nil, row: 4, column: 7) }
    #expect(
      text == #"""
        ┌─[1 步进] 2 注意力  3 所有头  4 概率  5 文本  6 权重  7 对话  8 训练 ─────────┐
        │tok › ▸emb◂ › L0 › L1 › norm › logits › sample                                │
        │嵌入  按编号从嵌入表里取出每个词元的向量。                                    │
        │           0      ▾7       16      24      32      40                         │
        │ 1 ␣upon   --++···+·=--·--++·-+··-·-····+·--·-·--··-·--+·++                   │
        │ 2 ␣a      --+··-·····#-+·+#·+=+··+#-+·+·-·+··+·······-·+·+                   │
        │ 3 ␣time   ·#--+·-·-+·--··-····-···++···+··--··-··+···+---·                   │
        │▸4 ␣小猫说 +····-·····++·-·-++-·+--··-+·-·--+---·++--···+·-                   │
        │ 5 ⏎       -·#·+++++·····=·+-··+·--+·+··-··+····=·+···-···+                   │
        │ 6 你好    -+·=·+·-··-++-=+-+··++·-·-·+·++-++·-+-····+·#+-·                   │
        │ 7 ␣       ·-+····#·-···-·+·-+·-·+·+··++-+·+#-··+++--+-···-                   │
        │-0.0637 =====-----··0·+++++##### 0.0637 · 词元 1–7，共 10 · 全张量同一范围    │
        │              3       4       5       6      [7]      8       9      10       │
        │  数值     -0.0094 -0.0076 -0.0370 0.00065 0.00219 0.0115  0.0105  -0.0101    │
        │▸ 词元 4 “␣小猫说” · 维 7 = 0.002193 · 按大小第 44/48 · 占本行平方和的 <0.1 % │
        │读取 tokens[4]                         = 284 ␣小猫说                          │
        │     model.embed_tokens.weight[284, 7] = 0.002193 #-=•++#-==+=·==--==+--+- 1:2│
        │hook_embed[4, 7]   x = W_E[token]                                             │
        │  词元 ␣小猫说 的编号          284                                            │
        │⇒ 嵌入表第 284 行，维 7   0.002193                                            │
        └──────────────────────────────────────────────────────────────────────────────┘

        """#)
  }

  @Test func attentionInChinese() throws {
    let text = try frame(.zh, .block) {
      go(&$0, .softmax, row: 4, column: 2)
      _ = $0.show(.attention)
    }
    #expect(
      text == #"""
        ┌─ 1 步进 [2 注意力] 3 所有头  4 概率  5 文本  6 权重  7 对话  8 训练 ─────────┐
        │…b › L0[norm q k v rope score mask ▸softmax◂ mix proj + │ norm gate up act do…│
        │第 0 层 第 0 头 · 本行熵 2.32 比特（均匀时 2.32） · 没有突出的模式  注意力权重│
        │只描述，不是解释。                                                            │
        │           o ␣   ␣ ␣       o ␣    查询 4 ␣小猫说 看向                         │
        │           n u   t 小      n u    5 个键占这一行的 100 %                      │
        │           c p ␣ i 猫  你  c p     3 ␣time   0.202 █████▌                     │
        │           e o a m 说⏎ 好␣ e o    ▸2 ␣a      0.201 █████▍                     │
        │           0   ▾2  4   6   8       1 ␣upon   0.200 █████▍                     │
        │ 0 once    ██' ' ' ' ' ' ' ' '     0 once    0.199 █████▍                     │
        │ 1 ␣upon   ▒▒▒▒' ' ' ' ' ' ' '     4 ␣小猫说 0.198 █████▍                     │
        │ 2 ␣a      ░░░░░░' ' ' ' ' ' '                                                │
        │ 3 ␣time   ░░░░░░░░' ' ' ' ' '                                                │
        │▸4 ␣小猫说 ····░░░░··' ' ' ' '    键 2 ␣a 被谁看                              │
        │ 5 ⏎       ············' ' ' '     2 ␣a      0.339 █████████▏                 │
        │ 6 你好    ··············' ' '     3 ␣time   0.248 ██████▊                    │
        │ 7 ␣       ················' '    ▸4 ␣小猫说 0.201 █████▍                     │
        │ 8 once    ··················'     5 ⏎       0.165 ████▌                      │
        │ 9 ␣upon   ····················    还有 4 个查询                              │
        │0.00 ·····░░░░░▒▒▒▒▓▓▓▓▓█████ 1.00 · 固定 0–1 · 头 0，共 4（, . 切换）        │
        │▸ 查询 4 “␣小猫说” → 键 2 “␣a”  = 0.2008 · 20.1 % · 本行第 2/5                │
        └──────────────────────────────────────────────────────────────────────────────┘

        """#)
  }

  @Test func heads() throws {
    let text = try frame(.en, .block) { _ = $0.show(.heads) }
    #expect(
      text == #"""
        ┌─1 stepper 2 attention [3 heads] 4 probs 5 text 6 weights 7 chat 8 training ──┐
        │…b › L0[norm q k v rope score mask ▸softmax◂ mix proj + │ norm gate up act do…│
        │▸0.0 3.3           0.1 3.3            0.2 3.3            0.3 3.3              │
        │██▒▒'''''''''''''' ██▒▒'''''''''''''' ██▒▒'''''''''''''' ██▒▒''''''''''''''   │
        │▒▒▒▒░░░░'''''''''' ▒▒▒▒░░░░'''''''''' ▒▒▒▒░░░░'''''''''' ▒▒▒▒░░░░''''''''''   │
        │░░░░░░░░·''''''''' ░░░░░░░░░''''''''' ░░░░░░░░░''''''''' ░░░░░░░░·'''''''''   │
        │·············''''' ·············''''' ·············''''' ·············'''''   │
        │·················' ·················' ·················' ·················'   │
        │·················· ·················· ·················· ··················   │
        │1.0 3.3            1.1 3.3            1.2 3.3            1.3 3.3              │
        │██▒▒'''''''''''''' ██▒▒'''''''''''''' ██▒▒'''''''''''''' ██▒▒''''''''''''''   │
        │▒▒▒▒░░░░'''''''''' ▒▒▒▒░░░░'''''''''' ▒▒▒▒░░░░'''''''''' ▒▒▒▒░░░░''''''''''   │
        │░░░░░░░░░''''''''' ░░░░░░░░·''''''''' ░░░░░░░░░''''''''' ░░░░░░░░·'''''''''   │
        │·············''''' ·············''''' ·············''''' ·············'''''   │
        │·················' ·················' ·················' ·················'   │
        │·················· ·················· ·················· ··················   │
        │                                                                              │
        │▸ layer 0, head 0 · entropy of the last row 3.32 bits (mean 2.18)             │
        │  scores · P previous token 21.5 % · D duplicate token 10.5 %                 │
        │Over each map: layer.head, entropy of the last row, strongest pattern. Fixed  │
        │0–1, max-pooled. Attention describes; it does not explain.                    │
        └──────────────────────────────────────────────────────────────────────────────┘

        """#)
  }
}
