// The help's box, and one or two sentences about each thing that can be in sight. Not here: the page (HelpPage).
import Course
import Insight
import Languages
import Models
import Terminal

extension ScreenState {
  func drawHelp(_ frame: inout Frame, _ body: Rect, _ scroll: ScrollState) {
    let lines = HelpPage(self).lines
    let inner = overlayBox(
      &frame, in: body, inside: Size(columns: HelpPage.width(self), rows: Layout(self).overlayHeight),
      title: Bilingual(zh: "帮助", en: "Help")[language])
    var scroll = scroll
    scroll.clamp(content: lines.count, height: inner.height)
    for (row, line) in lines.dropFirst(scroll.offset).prefix(inner.height).enumerated() {
      frame.draw(line.truncated(to: inner.width, ellipsis: theme.ellipsis), at: Point(x: inner.x, y: inner.y + row), in: inner)
    }
    frame.scrollBar(
      Rect(x: inner.right + 1, y: inner.y, width: 1, height: inner.height), offset: scroll.offset, content: lines.count, theme: theme)
  }

  private func operationWords(_ operation: Operation, _ trace: Trace) -> (Bilingual, Bilingual) {
    let configuration = trace.model.transformer.configuration
    return (operation.kind.title(in: configuration), operation.kind.explanation(in: configuration))
  }

  /// Name and explanation of what is in sight, the focused pane first.
  var visibleExplanations: [(Bilingual, Bilingual)] {
    let layout = Layout(self)
    var lab: [(Bilingual, Bilingual)] = []
    if !layout.lab.isEmpty {
      if let name = ScreenState.viewNames.first(where: { $0.view == view })?.name { lab.append((name, ScreenState.explanation(of: view))) }
      if ![.weights, .chat, .training].contains(view), let operation, let trace { lab.append(operationWords(operation, trace)) }
    }
    let lesson = layout.lesson.isEmpty ? [] : [(Bilingual(zh: "课程", en: "lesson"), ScreenState.lessonExplanation)]
    return visiblePane == .lesson ? lesson + lab : lab + lesson
  }

  private static let lessonExplanation = Bilingual(
    zh: "课文里突出显示的数字都是从实验台上这次运行里读出来的：换提示词、移光标，它们就跟着变。方框是练习，由实验台自己检查。",
    en: "Highlighted numbers are read from the run in the lab: edit the prompt or move the cursor and they follow. Boxes are exercises, "
      + "checked by the lab itself.")

  private static func explanation(of view: LabView) -> Bilingual {
    switch view {
    case .stepper:
      Bilingual(
        zh: "一次一个运算。上方标出走到了哪里，下面是这个运算得到的张量，一行一个词元；光标处的数字怎么来的，卡片逐项写出。",
        en:
          "One operation at a time. The strip shows where you are, below it is the tensor that the operation made, one row per token; the "
          + "card writes out how the number under the cursor was computed.")
    case .attention:
      Bilingual(
        zh: "一个头的注意力图。一行是一个正在计算的词元，一列是它看到的词元，颜色是权重；每一行加起来等于 1。",
        en: "The attention pattern of one head. A row is the token being computed, a column a token it looks at, the colour is the weight; "
          + "each row adds up to 1.")
    case .heads:
      Bilingual(
        zh: "所有层、所有头的注意力图，缩小了排在一起。权重大只说明从哪里取了信息，不等于解释。",
        en: "The patterns of all heads in all layers, small, side by side. A large weight says where information came from; it is not an "
          + "explanation.")
    case .probabilities:
      Bilingual(
        zh: "下一个词元的概率，从大到小，先是模型给的，再是经过温度和各个过滤器之后的；被切掉的词元变暗并划掉。",
        en:
          "The next token's probabilities, largest first: as the model gives them, and after temperature and filters. Tokens that a filter "
          + "cut are dim and struck through.")
    case .text:
      Bilingual(
        zh: "全部文本。底色越重，模型当时越没料到这个词元；光标处写出准确的比特数。",
        en: "The whole text. The stronger the background, the less the model expected the token; at the cursor stands the exact number of "
          + "bits.")
    case .weights:
      Bilingual(
        zh: "模型文件里存了什么。左边是张量的树，按块分组，条的长短是占文件的份额；右边是选中张量的用途、统计和图。↑↓ 选择，→ 或 Enter 展开、进入，← 退回；"
          + "进入张量后光标走到每一个数，Enter 或 b 写出它存成哪些字节、怎样算回来。m 看元数据，/ 按名字搜索。",
        en:
          "What the model's file holds. Left the tensors as a tree, one branch per block, each bar a share of the file; right what the chosen tensor is "
          + "for, its statistics and pictures. Up and Down choose, Right or Enter unfolds and goes in, Left goes back; inside a tensor the cursor walks "
          + "over the numbers, and Enter or b writes out which bytes store one and how they give its value. m shows the metadata, / searches."
      )
    case .chat:
      Bilingual(
        zh: "与模型对话。输入行里 Enter 发送、Ctrl-J 换行；Esc 回到消息：左右键走过回答的每个词元，Enter 看它还可能是什么，s 到步进视图里看这个位置怎样算出。"
          + "重答和改写都是新的分支，< > 切换，什么也不覆盖。调用计算器时，结果由计算器写入。",
        en:
          "Talk with the model. In the input line Enter sends and Ctrl-J makes a new line; Esc goes to the messages: Left and Right walk over the tokens "
          + "of an answer, Enter shows what else could have stood there, s opens that position in the stepper. Regenerating and editing add branches, < > "
          + "switches, nothing is overwritten. Where the calculator is called, it writes the result itself.")
    case .training:
      Bilingual(
        zh: "一次训练：每一步的损失、学习率和梯度范数，留出集上每字节的比特数，固定的几个问题当时的回答。曲线下面的圆点是存下来的检查点：← → 走动，Enter 打开，"
          + "实验台就换成那时的模型，训练照常进行；< > 到相邻的检查点，8 回来。",
        en:
          "A run of training: loss, learning rate and gradient norm of each step, bits per byte on held-out answers, and what the model made of a few "
          + "fixed prompts. The dots below the curve are checkpoints: Left and Right walk over the steps, Enter makes the lab's model the one of that "
          + "time while training goes on; < > go to the neighbours, 8 comes back.")
    }
  }
}
