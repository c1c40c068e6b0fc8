// The filters that apply tests and filters to every item: select, reject, selectattr, rejectattr, map. Not here: those tests and filters.

extension TemplateInterpreter {
  func selection(_ name: String, _ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    if name == "map" { return try mapped(value, arguments) }
    var rest = arguments
    var attribute: TemplateValue?
    if name.hasSuffix("attr") {
      guard let first = arguments.positional.first else { throw .argument(name) }
      attribute = first
      rest = arguments.dropping(1)
    }
    let test = try rest.positional.first.map(requiredText)?.string
    let testArguments = rest.dropping(1)
    let keeps = name.hasPrefix("select")
    var kept: [TemplateValue] = []
    for item in try items(of: value) {
      try budget.spend(1)
      let subject = try attributePath(attribute, of: item)
      let holds = try test.map { (test) throws(TemplateFault) in try self.test(test, subject, testArguments) } ?? subject.isTrue
      if holds == keeps { kept.append(item) }
    }
    return try list(kept)
  }

  /// `map(attribute='name', default=…)` or `map('filter', …)`.
  private func mapped(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateFault) -> TemplateValue {
    let items = try items(of: value)
    var results: [TemplateValue] = []
    if arguments.positional.isEmpty {
      var attribute: TemplateValue?
      var standard: TemplateValue?
      for (name, value) in arguments.named {
        switch name {
        case "attribute": attribute = value
        case "default": standard = value
        default: throw .argument(name)
        }
      }
      guard let attribute else { throw .argument("attribute") }
      for item in items {
        let result = try attributePath(attribute, of: item)
        results.append(result.isUndefined ? standard ?? result : result)
      }
    } else {
      let name = try requiredText(arguments.positional[0]).string
      for item in items {
        try budget.spend(1)
        results.append(try filter(name, item, arguments.dropping(1)))
      }
    }
    return try list(results)
  }
}
