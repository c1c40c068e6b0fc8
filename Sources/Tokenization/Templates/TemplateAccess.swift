// Attributes, items and slices of values, and what can be iterated, by Python's rules inside Jinja's sandbox. Not here: calling methods.
import ModelFiles

extension TemplateInterpreter {
  /// `value.name`: a method of the type first, then a member; undefined if there is neither.
  func attribute(_ name: String, of value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    switch value {
    case .undefined(let missing): throw .undefined(missing)
    case .namespace(let index): return namespaces[index][name] ?? .undefined(name)
    case .loop(let index): return try loopAttribute(name, index)
    default:
      if Self.hasMethod(value, name) { return .method(value, name) }
      if case .dict(let dict) = value { return dict.value(TemplateText(name, .template)) ?? .undefined(name) }
      return .undefined(name)
    }
  }

  /// `value[key]`: a member first, then an attribute; undefined if there is neither.
  func item(_ key: TemplateValue, of value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    if case .undefined(let missing) = value { throw .undefined(missing) }
    if case .dict(let dict) = value, let member = try member(key, of: dict) { return member }
    if case .text(let name) = key { return try attribute(name.string, of: value) }
    guard let index = key.wholeNumber else { return .undefined("[\(key.typeName)]") }
    switch value {
    case .list(let list):
      let position = index < 0 ? index + list.items.count : index
      return list.items.indices.contains(position) ? list.items[position] : .undefined("[\(index)]")
    case .text(let text):
      let position = index < 0 ? index + text.count : index
      return text.letters.indices.contains(position) ? .text(TemplateText(letters: [text.letters[position]])) : .undefined("[\(index)]")
    default: return .undefined("[\(index)]")
    }
  }

  /// The member of a dict under any key.
  func member(_ key: TemplateValue, of dict: TemplateDict) throws(TemplateFault) -> TemplateValue? {
    switch key {
    case .text(let text): return dict.value(text)
    case .list, .dict: throw .unsupported("dict[\(key.typeName)]")
    default: return try position(of: key, in: dict.keys).map { dict.values[$0] }
    }
  }

  func position(of value: TemplateValue, in values: [TemplateValue]) throws(TemplateFault) -> Int? {
    for (position, candidate) in values.enumerated() where try isEqual(candidate, value) { return position }
    return nil
  }

  /// Python's slices: bounds from the end when negative, clamped, any step but 0.
  func slice(_ value: TemplateValue, from start: Int?, to end: Int?, by step: Int) throws(TemplateFault) -> TemplateValue {
    func indices(_ count: Int) throws(TemplateFault) -> [Int] {
      if step == 0 || step == .min { throw .argument("[::\(step)]") }
      func clamped(_ bound: Int?, standard: Int) -> Int {
        guard let bound else { return standard }
        return min(max(bound < 0 ? bound + count : bound, step > 0 ? 0 : -1), step > 0 ? count : count - 1)
      }
      let first = clamped(start, standard: step > 0 ? 0 : count - 1)
      let last = clamped(end, standard: step > 0 ? count : -1)
      // Steps beyond the length take one item; smaller ones cannot overflow.
      let stride = min(max(step, -count - 1), count + 1)
      return Array(Swift.stride(from: first, to: last, by: stride))
    }
    switch value {
    case .undefined(let missing): throw .undefined(missing)
    case .text(let text):
      try budget.text(text.count)
      return .text(TemplateText(letters: try indices(text.count).map { text.letters[$0] }))
    case .list(let list):
      try budget.list(list.items.count)
      return .list(try TemplateList(try indices(list.items.count).map { list.items[$0] }, isTuple: list.isTuple, budget))
    default: throw .wrongType(expected: "str, list", found: value.typeName)
    }
  }

  /// What a loop or a filter goes through: items, keys, characters; nothing of an undefined value.
  func items(of value: TemplateValue) throws(TemplateFault) -> [TemplateValue] {
    switch value {
    case .undefined: return []
    case .list(let list):
      try budget.list(list.items.count)
      return list.items
    case .dict(let dict):
      try budget.list(dict.count)
      return dict.keys
    case .text(let text):
      try budget.list(text.count)
      return text.letters.map { .text(TemplateText(letters: [$0])) }
    default: throw .wrongType(expected: "list", found: value.typeName)
    }
  }

  /// A whole number, booleans included as Python has it.
  func integer(_ value: TemplateValue) throws(TemplateFault) -> Int {
    guard let number = value.wholeNumber else { throw .wrongType(expected: "int", found: value.typeName) }
    return number
  }

  private func loopAttribute(_ name: String, _ number: Int) throws(TemplateFault) -> TemplateValue {
    let loop = loops[number]
    switch name {
    case "index": return .integer(loop.index + 1)
    case "index0": return .integer(loop.index)
    case "revindex": return .integer(loop.items.count - loop.index)
    case "revindex0": return .integer(loop.items.count - loop.index - 1)
    case "first": return .bool(loop.index == 0)
    case "last": return .bool(loop.index == loop.items.count - 1)
    case "length": return .integer(loop.items.count)
    case "previtem": return loop.index > 0 ? loop.items[loop.index - 1] : .undefined("previtem")
    case "nextitem": return loop.index + 1 < loop.items.count ? loop.items[loop.index + 1] : .undefined("nextitem")
    case "cycle", "changed": return .method(.loop(number), name)
    default: return .undefined(name)
    }
  }
}

extension TemplateValue {
  var wholeNumber: Int? {
    switch self {
    case .integer(let value, _): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }
}
