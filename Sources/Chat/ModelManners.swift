// What to expect of a model, said before the first answer. Not here: measurements (evaluate).
import Inference
import Languages

extension LoadedModel {
  /// Whether this is one of the models that learned from the package's own text, by its template.
  public var isSprout: Bool { chatTemplate == .sprout }

  /// What the model can and cannot do, on one line of 80 columns or little more.
  public var manners: Bilingual {
    if isSprout {
      return Bilingual(
        zh: "小芽只会聊课程概念、小故事、算术、中英互译和寒暄；别的不懂，还会说错。",
        en: "Sprout knows course concepts, tiny stories, sums, zh-en pairs; it errs.")
    }
    return Bilingual(
      zh: "\(name) 说的话不保证属实。", en: "What \(name) says may be wrong.")
  }
}
