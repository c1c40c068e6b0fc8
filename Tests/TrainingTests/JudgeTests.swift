// Judging: every expectation with answers that meet it and answers that only look like it; scores and intervals. Not here: asking a model.
import Languages
import Testing

@testable import Training

@Suite struct JudgeTests {
  @Test func wordForWordAsideFromWhiteSpace() {
    let expectation = Probe.Expectation.oneOf(["Hello!", "Hi."])
    #expect(expectation.isMet(by: " Hi.\n"))
    for answer in ["", "Hi", "hi.", "Hi. Hi.", "Hello! Hi."] { #expect(!expectation.isMet(by: answer), "\(answer)") }
  }

  @Test func sentencesOfTheRightAnswerAndNoOthers() {
    let expectation = Probe.Expectation.sentencesOf("注意力是一种计算。它给词元打分。再取它们的信息。")
    #expect(expectation.isMet(by: "注意力是一种计算。它给词元打分。再取它们的信息。"))
    #expect(expectation.isMet(by: "注意力是一种计算。它给词元打分。"), "two of three")
    for answer in ["", "注意力是一种计算。", "注意力是一种计算。它给词元打分。它很好。", "注意力是一种游戏。它给词元打分。"] {
      #expect(!expectation.isMet(by: answer), "\(answer)")
    }
  }

  @Test func storiesKeepTheirHero() {
    let expectation = Probe.Expectation.story(hero: "cat", thing: "umbrella", heroes: ["dog", "caterpillar", "Tom"])
    #expect(expectation.isMet(by: "A cat had an umbrella. It met a dog. The cat went home."))
    #expect(expectation.isMet(by: "Two cats had an umbrella. The cat went home."), "a plural is a name, too")
    #expect(!expectation.isMet(by: "A cat had a hat. The cat went home."), "no umbrella")
    #expect(!expectation.isMet(by: "A dog had an umbrella. The dog went home."), "no cat")
    #expect(!expectation.isMet(by: "A cat had an umbrella. A dog came. The dog took it. The dog ran."), "the dog took over")
    #expect(!expectation.isMet(by: "A cat had an umbrella. It blew away. It was gone. Nobody knew. The end."), "the cat is lost at the end")
    #expect(!expectation.isMet(by: "A concatenated umbrella. It fell."), "cat inside a word")
    let chinese = Probe.Expectation.story(hero: "小猫", thing: "雨伞", heroes: ["小狗", "小明"])
    #expect(chinese.isMet(by: "一只小猫有一把雨伞。小猫回家了。"))
    #expect(!chinese.isMet(by: "一只小猫有一把雨伞。小狗来了。小狗走了。小狗笑了。小狗回家了。"))
  }

  @Test func calculationsNeedTheCallAndTheResult() {
    let expectation = Probe.Expectation.calculation(expression: "48*17", result: "816")
    #expect(expectation.isMet(by: "48*17=816", calls: [("48*17", "816")]))
    #expect(!expectation.isMet(by: "48*17=816"), "no call")
    #expect(!expectation.isMet(by: "48*17=816", calls: [("48*71", "3408")]), "other operands")
    #expect(!expectation.isMet(by: "48*17=861", calls: [("48*17", "816")]), "the result is not used")
  }

  @Test func aPhraseOfNotKnowing() {
    let expectation = Probe.Expectation.contains(["不知道", "不懂"])
    #expect(expectation.isMet(by: "这个我不知道。") && !expectation.isMet(by: "巴黎。"))
  }

  @Test func languagesAreTold() {
    #expect(Judge.language("注意力是一种计算") == .zh && Judge.language("Attention is a computation") == .en)
    #expect(Judge.language("LoRA是一种微调方法") == .zh && Judge.language("48*17=816") == nil)
    #expect(Judge.language("The word 猫 means cat in English") == .en)
  }

  @Test func circlesAreSeen() {
    for text in ["the cat the cat the cat the cat ", "啊啊啊啊啊啊啊啊啊啊啊啊啊", "我们去公园，我们去公园，我们去公园，我们去公园，"] {
      #expect(Judge.isLooping(text), "\(text)")
    }
    for text in ["", "a", "hahaha!", "1000000000000000000", "The cat sat. The dog sat. The bird sat.", "一只小猫，两只小猫，三只小猫。"] {
      #expect(!Judge.isLooping(text), "\(text)")
    }
  }

  @Test func intervalsAreWilsons() {
    var score = Score()
    for i in 0..<10 { score.add(i < 8) }
    // Wilson 1927 for 8 of 10: 0.490…0.943.
    #expect(abs(score.interval.low - 0.4902) < 1e-3 && abs(score.interval.high - 0.9433) < 1e-3)
    #expect(Score(passed: 0, count: 0).interval == (0, 1))
    #expect(Score(passed: 5, count: 5).interval.high == 1 && Score(passed: 5, count: 5).interval.low > 0.5)
  }

  @Test func gatesOfEverySkill() {
    for skill in Probe.Skill.allCases { #expect(EvaluationReport.gates[skill.rawValue] != nil) }
    var report = EvaluationReport()
    #expect(!report.reachesGates, "nothing measured reaches no gate")
    report.lines = [.init(name: "stories", score: Score(passed: 8, count: 10), gate: 0.8, stretch: 0.9)]
    #expect(report.reachesGates)
    report.lines.append(.init(name: "sums-2-digits", score: Score(passed: 97, count: 100), gate: 0.98, stretch: 1))
    #expect(!report.reachesGates)
  }
}
