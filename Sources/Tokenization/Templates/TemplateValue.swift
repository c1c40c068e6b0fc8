// The values of templates: Python's, as far as templates can see them. None can change but a namespace. Not here: printing, operators, methods.
import ModelFiles

/// A value. Namespaces, macros and loops are indices into the interpreter's tables, so that no value can hold itself.
indirect enum TemplateValue: Sendable {
  /// What a missing variable or attribute gives; with its name.
  case undefined(String)
  case null
  case bool(Bool)
  /// Numbers have an author too: printed, they become text of the prompt.
  case integer(Int, TemplateAuthor = .template)
  case float(Double, TemplateAuthor = .template)
  case text(TemplateText)
  case list(TemplateList)
  case dict(TemplateDict)
  case namespace(Int)
  case macro(Int)
  case loop(Int)
  /// A method not yet called: `value.items`.
  case method(TemplateValue, String)
  case function(TemplateFunction)

  static func text(_ string: String) -> TemplateValue { .text(TemplateText(string, .template)) }

  var isTrue: Bool {
    switch self {
    case .undefined, .null: false
    case .bool(let value): value
    case .integer(let value, _): value != 0
    case .float(let value, _): value != 0
    case .text(let text): !text.isEmpty
    case .list(let list): !list.items.isEmpty
    case .dict(let dict): dict.count > 0
    case .namespace, .macro, .loop, .method, .function: true
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  /// Python's name of the type.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .null: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .text: "str"
    case .list(let list): list.isTuple ? "tuple" : "list"
    case .dict: "dict"
    case .namespace: "Namespace"
    case .macro: "Macro"
    case .loop: "LoopContext"
    case .method: "method"
    case .function: "function"
    }
  }

  /// Levels of containers, for the cap.
  var depth: Int {
    switch self {
    case .list(let list): list.depth
    case .dict(let dict): dict.depth
    case .method(let receiver, _): receiver.depth + 1
    default: 0
    }
  }

  /// The least trusted author of a plain value; containers are asked by `TemplateInterpreter.author`, at a cost.
  var ownAuthor: TemplateAuthor {
    switch self {
    case .integer(_, let author), .float(_, let author): author
    case .text(let text): text.author
    default: .template
    }
  }
}

/// The functions that templates may call.
enum TemplateFunction: String, Sendable, CaseIterable {
  case range, namespace, dict
  case raiseException = "raise_exception"
  case strftimeNow = "strftime_now"
}

/// A list or a tuple.
struct TemplateList: Sendable {
  let items: [TemplateValue]
  let isTuple: Bool
  let depth: Int

  /// Charges the items.
  init(_ items: [TemplateValue], isTuple: Bool = false, _ budget: TemplateBudget) throws(TemplateFault) {
    try budget.list(items.count)
    self.items = items
    self.isTuple = isTuple
    depth = try containerDepth(items)
  }
}

/// A dict: ordered, keys unique. Text is found by hash, other keys one by one.
final class TemplateDict: Sendable {
  let keys: [TemplateValue]
  let values: [TemplateValue]
  let depth: Int
  private let positions: [TemplateText: Int]
  private static let linear = 8

  /// Keys must be unique; charges the members.
  init(keys: [TemplateValue], values: [TemplateValue], _ budget: TemplateBudget) throws(TemplateFault) {
    try budget.list(keys.count)
    self.keys = keys
    self.values = values
    depth = try containerDepth(values)
    var positions: [TemplateText: Int] = [:]
    if keys.count > Self.linear {
      for (position, key) in keys.enumerated() {
        if case .text(let text) = key { positions[text] = position }
      }
    }
    self.positions = positions
  }

  var count: Int { keys.count }

  func value(_ name: TemplateText) -> TemplateValue? {
    if keys.count > Self.linear { return positions[name].map { values[$0] } }
    for (position, key) in keys.enumerated() {
      if case .text(let text) = key, text == name { return values[position] }
    }
    return nil
  }
}

/// One more than the deepest item. A cap on it bounds every recursion over values, the release of their memory included.
private func containerDepth(_ items: [TemplateValue]) throws(TemplateFault) -> Int {
  var depth = 0
  for item in items { depth = max(depth, item.depth) }
  if depth >= Limits.templateNesting { throw .tooDeep }
  return depth + 1
}

extension TemplateValue {
  /// JSON from outside, every text and number of it by `author`.
  init(_ json: JSON, _ author: TemplateAuthor, _ budget: TemplateBudget) throws(TemplateFault) {
    try budget.enter()
    defer { budget.leave() }
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value, author)
    case .number(let value): self = .float(value, author)
    case .string(let string):
      try budget.text(string.utf8.count)
      self = .text(TemplateText(string, author))
    case .array(let elements):
      var items: [TemplateValue] = []
      for element in elements { items.append(try TemplateValue(element, author, budget)) }
      self = .list(try TemplateList(items, budget))
    case .object(let object):
      var keys: [TemplateValue] = []
      var values: [TemplateValue] = []
      for (key, value) in object.entries {
        keys.append(.text(TemplateText(key, author)))
        values.append(try TemplateValue(value, author, budget))
      }
      self = .dict(try TemplateDict(keys: keys, values: values, budget))
    }
  }
}
