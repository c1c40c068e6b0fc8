// Filters over lists and dicts. Not here: select, reject and map (TemplateSelection).

extension TemplateInterpreter {
  func listFilter(_ name: String, _ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "join":
      let given = try arguments.bound("d", "attribute")
      var parts: [TemplateText] = []
      for item in try items(of: value) { parts.append(try text(of: try attributePath(given[1], of: item))) }
      return .text(try joined(parts, separator: try given[0].map(text) ?? TemplateText()))
    case "first", "last":
      try arguments.expectNone()
      let items = try items(of: value)
      return (name == "first" ? items.first : items.last) ?? .undefined(name)
    case "list":
      try arguments.expectNone()
      return try list(try items(of: value))
    case "items":
      try arguments.expectNone()
      if value.isUndefined { return try list([]) }
      guard case .dict(let dict) = value else { throw .wrongType(expected: "dict", found: value.typeName) }
      return try pairs(of: dict)
    case "dictsort": return try dictSorted(value, try arguments.bound("case_sensitive", "by", "reverse"))
    case "sort":
      let given = try arguments.bound("reverse", "case_sensitive", "attribute")
      let items = try items(of: value)
      let keys = try sortKeys(items, attribute: given[2], caseSensitive: given[1])
      return try list(try sorted(keys, reversed: given[0]?.isTrue ?? false).map { items[$0] })
    case "unique": return try unique(value, try arguments.bound("case_sensitive", "attribute"))
    case "min", "max": return try extreme(name, value, try arguments.bound("case_sensitive", "attribute"))
    case "reverse":
      try arguments.expectNone()
      if case .text(let text) = value {
        try budget.text(text.count)
        return .text(TemplateText(letters: text.letters.reversed()))
      }
      return try list(try items(of: value).reversed())
    case "sum":
      let given = try arguments.bound("attribute", "start")
      var sum = given[1] ?? .integer(0)
      for item in try items(of: value) { sum = try apply(.plus, sum, try attributePath(given[0], of: item)) }
      return sum
    case "batch": return try batches(value, try arguments.bound("linecount", "fill_with"))
    case "slice": return try slices(value, try arguments.bound("slices", "fill_with"))
    default: return try grouped(value, try arguments.bound("attribute", "default", "case_sensitive"))
    }
  }

  func list(_ items: [TemplateValue], isTuple: Bool = false) throws(TemplateFault) -> TemplateValue {
    .list(try TemplateList(items, isTuple: isTuple, budget))
  }

  /// The member under a path like `function.name` or an index; the value itself without one.
  func attributePath(_ path: TemplateValue?, of value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    guard let path else { return value }
    guard case .text(let text) = path else {
      if case .null = path { return value }
      return try item(path, of: value)
    }
    var value = value
    let dot = TemplateText(".", .template)
    for part in try split(text, dot, limit: -1, fromEnd: false) {
      if let index = Int(part.string) { value = try item(.integer(index), of: value) } else { value = try item(.text(part), of: value) }
    }
    return value
  }

  // MARK: Order

  /// What values are compared by: text in lower case unless asked otherwise.
  private func sortKeys(
    _ items: [TemplateValue], attribute: TemplateValue? = nil, caseSensitive: TemplateValue?
  ) throws(TemplateFault) -> [TemplateValue] {
    var keys: [TemplateValue] = []
    for item in items {
      let key = try attributePath(attribute, of: item)
      if case .text(let text) = key, caseSensitive?.isTrue != true {
        keys.append(.text(try cased(text) { _, _ in .lower }))
      } else {
        keys.append(key)
      }
    }
    return keys
  }

  /// The positions of `keys` in order: a stable merge sort, because the comparison may throw. Reversed, equal keys still keep their order.
  func sorted(_ keys: [TemplateValue], reversed: Bool) throws(TemplateFault) -> [Int] {
    var order = Array(keys.indices)
    var width = 1
    while width < order.count {
      var merged: [Int] = []
      merged.reserveCapacity(order.count)
      for start in stride(from: 0, to: order.count, by: 2 * width) {
        let middle = min(start + width, order.count)
        let end = min(start + 2 * width, order.count)
        var (left, right) = (start, middle)
        while left < middle, right < end {
          let (a, b) = (keys[order[left]], keys[order[right]])
          if try reversed ? isLess(a, b, "<") : isLess(b, a, "<") {
            merged.append(order[right])
            right += 1
          } else {
            merged.append(order[left])
            left += 1
          }
        }
        merged += order[left..<middle] + order[right..<end]
      }
      order = merged
      width *= 2
    }
    return order
  }

  private func dictSorted(_ value: TemplateValue, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateValue {
    guard case .dict(let dict) = value else { throw .wrongType(expected: "dict", found: value.typeName) }
    let by = try given[1].map(requiredText)?.string ?? "key"
    guard by == "key" || by == "value" else { throw .argument("by") }
    let keys = try sortKeys(by == "key" ? dict.keys : dict.values, caseSensitive: given[0])
    var pairs: [TemplateValue] = []
    for position in try sorted(keys, reversed: given[2]?.isTrue ?? false) {
      pairs.append(try list([dict.keys[position], dict.values[position]], isTuple: true))
    }
    return try list(pairs)
  }

  private func unique(_ value: TemplateValue, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateValue {
    let items = try items(of: value)
    let keys = try sortKeys(items, attribute: given[1], caseSensitive: given[0])
    var seen: [TemplateValue] = []
    var kept: [TemplateValue] = []
    for (item, key) in zip(items, keys) where try position(of: key, in: seen) == nil {
      seen.append(key)
      kept.append(item)
    }
    return try list(kept)
  }

  private func extreme(_ name: String, _ value: TemplateValue, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateValue {
    let items = try items(of: value)
    let keys = try sortKeys(items, attribute: given[1], caseSensitive: given[0])
    guard var best = keys.indices.first else { return .undefined(name) }
    for position in keys.indices.dropFirst() {
      let (one, other) = name == "min" ? (position, best) : (best, position)
      if try isLess(keys[one], keys[other], "<") { best = position }
    }
    return items[best]
  }

  // MARK: Groups

  private func batches(_ value: TemplateValue, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateValue {
    guard let size = try given[0].map(integer), size > 0 else { throw .argument("linecount") }
    let items = try items(of: value)
    var batches: [TemplateValue] = []
    let step = max(1, min(size, items.count))
    for start in stride(from: 0, to: items.count, by: step) {
      var batch = Array(items[start..<min(items.count, start + step)])
      if let fill = given[1], batch.count < size {
        try budget.list(size)
        batch += Array(repeating: fill, count: size - batch.count)
      }
      batches.append(try list(batch))
    }
    return try list(batches)
  }

  /// `count` columns; the first ones take what does not divide, the others are filled.
  private func slices(_ value: TemplateValue, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateValue {
    guard let count = try given[0].map(integer), count > 0 else { throw .argument("slices") }
    let items = try items(of: value)
    try budget.list(count)
    var slices: [TemplateValue] = []
    var start = 0
    for number in 0..<count {
      let isLonger = number < items.count % count
      let end = start + items.count / count + (isLonger ? 1 : 0)
      var slice = Array(items[start..<end])
      if let fill = given[1], !isLonger { slice.append(fill) }
      slices.append(try list(slice))
      start = end
    }
    return try list(slices)
  }

  /// Pairs of a key and the items that have it, in the order of the keys.
  private func grouped(_ value: TemplateValue, _ given: [TemplateValue?]) throws(TemplateFault) -> TemplateValue {
    guard let attribute = given[0] else { throw .argument("attribute") }
    var keyed: [(key: TemplateValue, item: TemplateValue)] = []
    for item in try items(of: value) {
      let key = try attributePath(attribute, of: item)
      keyed.append((key.isUndefined ? given[1] ?? key : key, item))
    }
    let keys = try sortKeys(keyed.map(\.key), caseSensitive: given[2])
    var groups: [TemplateValue] = []
    var open: (key: TemplateValue, name: TemplateValue, items: [TemplateValue])?
    func close() throws(TemplateFault) {
      guard let group = open else { return }
      groups.append(try list([group.name, try list(group.items)], isTuple: true))
    }
    for position in try sorted(keys, reversed: false) {
      if let group = open, try isEqual(group.key, keys[position]) {
        open?.items.append(keyed[position].item)
      } else {
        try close()
        open = (keys[position], keyed[position].key, [keyed[position].item])
      }
    }
    try close()
    return try list(groups)
  }
}
