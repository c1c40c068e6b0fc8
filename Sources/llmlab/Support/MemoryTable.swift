// What a model takes in memory at each precision and context length, as a table. Not here: the numbers (MemoryPlan).
import Inference
import Languages
import ModelFiles
import Models

/// Memory by precision and context of one model, beside what is free.
struct MemoryTable {
  let plan: MemoryPlan
  private let contexts: [Int]
  private let plans: [(name: Bilingual, plan: MemoryPlan)]

  /// - Parameter stored: the types that most of the file is stored as.
  init(_ plan: MemoryPlan, stored: String) {
    self.plan = plan
    let longest = plan.configuration.contextLength
    contexts = Array(Set([2048, 8192, 32_768, longest].filter { $0 <= longest } + [longest])).sorted().suffix(4)
    plans =
      [(Bilingual(zh: "文件原样（\(stored)）", en: "as stored (\(stored))"), plan)]
      + MemoryPlan.choices.map { choice in
        (
          Bilingual(same: choice.rawValue),
          MemoryPlan(plan.configuration, weights: plan.configuration.weightBytes(choice), available: plan.available)
        )
      }
  }

  /// Rows of text, the header first. What does not fit is marked.
  func rows(_ language: Language) -> [[String]] {
    let header =
      [Bilingual(zh: "内存需求", en: "memory")[language], Bilingual(zh: "权重", en: "weights")[language]]
      + contexts.map { Bilingual(zh: "\($0) token", en: "\($0) tokens")[language] }
    let body = plans.map { name, plan in
      [name[language], MemoryPlan.text(plan.weights)]
        + contexts.map { context in
          let needed = plan.needed(context: context)
          return MemoryPlan.text(needed)
            + (plan.available.map { needed > $0 } == true ? Bilingual(zh: " 放不下", en: " too much")[language] : "")
        }
    }
    let free = plan.available.map(MemoryPlan.text) ?? "—"
    return [header] + body + [[Bilingual(zh: "现在可用", en: "free now")[language], free]]
  }

  var json: JSON {
    let list = plans.map { name, plan -> JSON in
      let needed = contexts.map { JSON.array([.integer($0), .integer(plan.needed(context: $0))]) }
      return ["precision": .string(name.en), "weights": .integer(plan.weights), "needed": .array(needed)]
    }
    return [
      "available": plan.available.map { .integer($0) } ?? .null, "per_position": .integer(plan.perPosition), "precisions": .array(list),
    ]
  }
}
