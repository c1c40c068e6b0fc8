// What can go wrong in a template, in words, and the error that shows it with its place. Not here: finding it.
import Languages
import ModelFiles

/// A template that cannot be read or rendered. Outside text in `reason` is shown through `DisplayText` by whoever prints it.
public struct ChatTemplateError: BilingualError, Hashable {
  /// The template's name as given to `ChatTemplate`.
  public let template: String
  /// Where in the template, both from 1; columns count Unicode scalars.
  public let line: Int
  public let column: Int
  public let reason: Bilingual

  public var message: Bilingual {
    Bilingual(
      zh: "对话模板 \(template) 第 \(line) 行第 \(column) 列：\(reason.zh)。",
      en: "chat template \(template), line \(line), column \(column): \(reason.en).")
  }
}

/// The reasons.
enum TemplateFault: Error, Hashable {
  // Reading.
  case sourceTooLong, unterminated(String), character(String), expected(String), unknownTag(String), unsupported(String), nesting
  case badEscape, badNumber, outsideLoop(String)
  // Rendering.
  case raised(String)
  case undefined(String)
  case noAttribute(type: String, name: String)
  case unknownFilter(String), unknownTest(String)
  case operands(String, String, String)
  case argument(String), wrongType(expected: String, found: String), notCallable(String)
  case divisionByZero, overflow, frozen(String)
  // Caps.
  case tooManySteps, textTooLong, tooMuchText, listTooLong, rangeTooLong, tooDeep, outputTooLong

  var reason: Bilingual {
    switch self {
    case .sourceTooLong:
      Bilingual(zh: "模板超过 \(Limits.templateSourceBytes) 字节", en: "the template is longer than \(Limits.templateSourceBytes) bytes")
    case .unterminated(let what): Bilingual(zh: "\(what) 没有结束", en: "\(what) is never closed")
    case .character(let found): Bilingual(zh: "此处不能有“\(found)”", en: "\"\(found)\" cannot stand here")
    case .expected(let what): Bilingual(zh: "此处应为 \(what)", en: "\(what) is expected here")
    case .unknownTag(let name): Bilingual(zh: "未知的标签 \(name)", en: "unknown tag \(name)")
    case .unsupported(let what): Bilingual(zh: "不支持 \(what)", en: "\(what) is not supported")
    case .nesting:
      Bilingual(zh: "嵌套超过 \(Limits.templateNesting) 层", en: "nesting is deeper than \(Limits.templateNesting) levels")
    case .badEscape: Bilingual(zh: "字符串中的转义序列无效", en: "an escape sequence of this string is not valid")
    case .badNumber: Bilingual(zh: "数值无法表示", en: "this number cannot be represented")
    case .outsideLoop(let name): Bilingual(zh: "\(name) 只能在循环内使用", en: "\(name) stands outside a loop")
    case .raised(let message): Bilingual(zh: "模板拒绝了这段对话：\(message)", en: "the template refuses this chat: \(message)")
    case .undefined(let name): Bilingual(zh: "\(name) 没有定义", en: "\(name) is undefined")
    case .noAttribute(let type, let name): Bilingual(zh: "\(type) 没有属性 \(name)", en: "\(type) has no attribute \(name)")
    case .unknownFilter(let name): Bilingual(zh: "未知的过滤器 \(name)", en: "unknown filter \(name)")
    case .unknownTest(let name): Bilingual(zh: "未知的测试 \(name)", en: "unknown test \(name)")
    case .operands(let sign, let left, let right):
      Bilingual(zh: "\(sign) 不能用于 \(left) 与 \(right)", en: "\(sign) cannot be applied to \(left) and \(right)")
    case .argument(let name): Bilingual(zh: "参数不对：\(name)", en: "wrong argument: \(name)")
    case .wrongType(let expected, let found): Bilingual(zh: "应为 \(expected)，实际是 \(found)", en: "expected \(expected), found \(found)")
    case .notCallable(let type): Bilingual(zh: "\(type) 不能被调用", en: "\(type) cannot be called")
    case .divisionByZero: Bilingual(zh: "除以零", en: "division by zero")
    case .overflow: Bilingual(zh: "数值超出范围", en: "a number is out of range")
    case .frozen(let name): Bilingual(zh: "模板不能修改列表或字典（\(name)）", en: "templates cannot change lists and dicts (\(name))")
    case .tooManySteps:
      Bilingual(zh: "渲染超过 \(Limits.templateSteps) 步", en: "rendering takes more than \(Limits.templateSteps) steps")
    case .textTooLong:
      Bilingual(zh: "字符串超过 \(Limits.templateOutputBytes) 个字符", en: "a string is longer than \(Limits.templateOutputBytes) characters")
    case .tooMuchText:
      Bilingual(zh: "渲染中的文本总量过大", en: "rendering makes more than \(Limits.templateTextLetters) characters of text")
    case .listTooLong:
      Bilingual(zh: "列表超过 \(Limits.templateListItems) 项", en: "a list has more than \(Limits.templateListItems) items")
    case .rangeTooLong:
      Bilingual(zh: "range 超过 \(Limits.templateRange) 项", en: "range has more than \(Limits.templateRange) items")
    case .tooDeep: Bilingual(zh: "调用或值嵌套过深", en: "calls or values are nested too deeply")
    case .outputTooLong:
      Bilingual(zh: "输出超过 \(Limits.templateOutputBytes) 字节", en: "the output is longer than \(Limits.templateOutputBytes) bytes")
    }
  }
}
