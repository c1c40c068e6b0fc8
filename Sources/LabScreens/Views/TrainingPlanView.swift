// What a run would be and cost, before anything starts. Not here: where the numbers come from (the program).
import Languages
import Terminal

extension ScreenState {
  func drawTrainingPlan(_ frame: inout Frame, _ area: Rect) {
    let (status, body) = area.cut(top: 1)
    guard let plan = training.plan else { return drawNoPlan(&frame, area) }
    drawTrainingStatus(&frame, status)
    var lines: [StyledText] = []
    if let problem = training.problem { lines += [StyledText(DisplayText(problem[language]), theme.error), StyledText()] }
    let width = area.width - 4
    let facts = planFacts(plan)
    let leadWidth = 2 + (facts.map { DisplayText($0.0[language]).width }.max() ?? 0)
    for (name, text) in facts {
      let lead = StyledText(DisplayText(name[language]), theme.dim).padded(to: leadWidth)
      lines += StyledText(DisplayText(PlainGlyphs.text(text[language], theme.glyphMode))).hanging(lead, width: width)
    }
    lines.append(StyledText())
    let keys = Bilingual(
      zh: "还没有开始任何计算。s 开始，p 暂停，x 停止并保存；关掉这个视图训练也照常进行。另一个配方：:train 配方。",
      en:
        "Nothing is being computed yet. s starts, p pauses, x stops and saves; the run goes on when this view is closed. Another recipe: :train RECIPE."
    )
    if training.phase == .ready { lines.append(StyledText(DisplayText(keys[language]), theme.text)) }
    drawLines(&frame, body.inset(horizontal: 2, vertical: 1), lines)
  }

  private func drawNoPlan(_ frame: inout Frame, _ area: Rect) {
    let text: StyledText
    if let problem = training.problem {
      text = StyledText(DisplayText(problem[language]), theme.error)
    } else {
      let words =
        training.phase == .watching
        ? Bilingual(zh: "这里还没有检查点和记录。", en: "There are no checkpoints and no log here yet.")
        : training.phase == .closed
          ? Bilingual(zh: "按 8 查看可以在这里训练什么。", en: "Press 8 to look at what could be trained here.")
          : Bilingual(zh: "正在查看配方和训练目录…", en: "looking at the recipe and the run's folder…")
      text = StyledText(DisplayText(words[language]), theme.dim)
    }
    drawLines(
      &frame, area.inset(horizontal: 2, vertical: 1),
      [text, StyledText(), StyledText(DisplayText(TrainingRequest.usage[language]), theme.dim)])
  }

  private func planFacts(_ plan: TrainingPlan) -> [(Bilingual, Bilingual)] {
    func count(_ value: Int) -> String { Numbers.count(Double(value)) }
    func count(_ value: Double) -> String { Numbers.count(value) }
    let left = max(0, plan.steps - plan.doneSteps)
    let tokens = left * plan.tokensPerStep
    var facts: [(Bilingual, Bilingual)] = [
      (
        Bilingual(zh: "模型", en: "model"),
        Bilingual(
          zh:
            "\(count(plan.parameters)) 个参数：\(plan.layers) 个块，宽 \(plan.hidden)，\(plan.heads)/\(plan.keyValueHeads) 头，上下文 \(plan.context)，词表 \(plan.vocabulary)",
          en:
            "\(count(plan.parameters)) parameters: \(plan.layers) blocks, width \(plan.hidden), \(plan.heads)/\(plan.keyValueHeads) heads, context \(plan.context), vocabulary \(plan.vocabulary)"
        )
      )
    ]
    if let from = plan.from { facts.append((Bilingual(zh: "起点", en: "begins with"), Bilingual(same: from))) }
    if plan.doneSteps > 0 {
      facts.append(
        (
          Bilingual(zh: "已完成", en: "done"),
          Bilingual(zh: "第 \(plan.doneSteps) 步，共 \(plan.steps) 步", en: "step \(plan.doneSteps) of \(plan.steps)")
        ))
    }
    facts.append(
      (
        Bilingual(zh: "数据", en: "data"),
        Bilingual(
          zh: "\(left) 步 × 约 \(plan.tokensPerStep) 词元 = \(count(tokens)) 词元；乘积用 \(plan.precision)",
          en: "\(left) steps × about \(plan.tokensPerStep) tokens = \(count(tokens)) tokens; products in \(plan.precision)")
      ))
    var first = 1
    for stage in plan.stages {
      let parts = stage.mixture.map { "\($0.name) \(Numbers.fixed($0.share * 100, decimals: 0))%" }.joined(separator: ", ")
      facts.append((Bilingual(zh: "第 \(first)–\(stage.lastStep) 步", en: "\(first)–\(stage.lastStep)"), Bilingual(same: parts)))
      first = stage.lastStep + 1
    }
    let operations = plan.operationsPerToken * Double(tokens)
    facts.append(
      (
        Bilingual(zh: "计算", en: "compute"),
        Bilingual(
          zh: "约 \(count(operations))FLOP（每个词元 \(count(plan.operationsPerToken))FLOP）",
          en: "about \(count(operations))FLOP (\(count(plan.operationsPerToken))FLOP a token)")
      ))
    facts.append((Bilingual(zh: "时间", en: "time"), planTime(plan, tokens: tokens)))
    let memory = WeightWords.bytes(plan.memoryBytes)
    facts.append(
      (
        Bilingual(zh: "内存", en: "memory"),
        Bilingual(zh: "\(memory)：权重、梯度、优化器；另加激活值", en: "\(memory) for weights, gradients and optimizer, and activations")
      ))
    let bytes = WeightWords.bytes(plan.checkpointBytes)
    facts.append(
      (
        Bilingual(zh: "检查点", en: "checkpoints"),
        Bilingual(
          zh: "每 \(plan.checkpointEvery) 步一个（\(bytes)）；"
            + (plan.keep > 0 ? "沿全程留下 \(plan.keep) 个，另加起点、最新和最好的" : "留下最新两个和最好的一个"),
          en: "one every \(plan.checkpointEvery) steps (\(bytes)); "
            + (plan.keep > 0
              ? "\(plan.keep) stay along the run, with its beginning, the newest and the best" : "the newest two and the best stay"))
      ))
    facts.append((Bilingual(zh: "目录", en: "folder"), Bilingual(same: plan.folder)))
    return facts
  }

  private func planTime(_ plan: TrainingPlan, tokens: Int) -> Bilingual {
    guard let rate = plan.tokensPerSecond, rate > 0 else {
      return Bilingual(zh: "开始之后才测得出", en: "unknown until the first steps are measured")
    }
    let time = TrainingWords.duration(Double(tokens) / rate)
    return Bilingual(
      zh: "约 \(time)，按这次训练之前测得的 \(Numbers.count(rate)) 词元/秒",
      en: "about \(time), at the \(Numbers.count(rate)) tokens/s that this run had before")
  }
}
