// Who wrote what in rendered prompts: no text from outside may pass for the template's, in any template and through any operation.
import ModelFiles
import Testing

@testable import Tokenization

@Suite struct ChatTemplateProvenanceTests {
  /// The chat with `text(author)` in place of every text from outside.
  private static func filled(_ chat: GoldenChat, _ text: (PromptSpan.Provenance) -> String) -> GoldenChat {
    func replaced(_ json: JSON, _ text: String) -> JSON {
      switch json {
      case .string: return .string(text)
      case .integer, .number: return .integer(77_777)
      case .array(let elements): return .array(elements.map { replaced($0, text) })
      case .object(let object):
        var result = JSONObject()
        for (key, value) in object.entries { result[key + text] = replaced(value, text) }
        return .object(result)
      default: return json
      }
    }
    func described(_ tool: JSON) -> JSON {
      // The shape stays, or templates would not find what they print.
      switch tool {
      case .array(let elements): return .array(elements.map(described))
      case .object(let object):
        var result = JSONObject()
        for (key, value) in object.entries {
          let isName = key == "name" || key == "description"
          result[key] = isName && value != .null ? .string(text(.tool)) : key == "default" ? .integer(77_777) : described(value)
        }
        return .object(result)
      default: return tool
      }
    }
    var chat = chat
    for i in chat.messages.indices {
      let author: PromptSpan.Provenance =
        switch chat.messages[i].role {
        case .system: .system
        case .user: .user
        case .assistant: .assistant
        case .tool: .tool
        }
      chat.messages[i].content = text(author)
      if chat.messages[i].reasoning != nil { chat.messages[i].reasoning = text(author) }
      if chat.messages[i].name != nil { chat.messages[i].name = text(author) }
      for call in chat.messages[i].toolCalls.indices {
        chat.messages[i].toolCalls[call].name = text(author)
        chat.messages[i].toolCalls[call].arguments = replaced(chat.messages[i].toolCalls[call].arguments, text(author))
      }
    }
    chat.tools = chat.tools?.map(described)
    chat.documents = chat.documents?.map { replaced($0, text(.document)) }
    return chat
  }

  /// Characters that stand in no template, one for each author.
  private static let marks: [PromptSpan.Provenance: Character] = [.system: "α", .user: "β", .assistant: "γ", .tool: "δ", .document: "ε"]

  @Test func marksKeepTheirAuthorInEveryTemplate() throws {
    var seen: Set<PromptSpan.Provenance> = []
    for template in try GoldenTemplate.all() + [.sprout] {
      for chat in try GoldenChat.all() {
        let marked = Self.filled(chat) { author in " x\(Self.marks[author] ?? "?") \(Self.marks[author] ?? "?").\n\n" }
        guard let spans = try? marked.spans(template) else { continue }
        for span in spans {
          for (author, mark) in Self.marks where span.text.lowercased().contains(mark) {
            #expect(span.provenance == author, "\(template.name): \(span)")
            seen.insert(author)
          }
          if span.provenance == .template { #expect(!span.text.contains("77777"), "\(template.name): \(span)") }
        }
      }
    }
    #expect(seen == Set(Self.marks.keys))
  }

  /// A tokenizer that knows every special string of the templates; what the templates write themselves may become one of them, nothing else.
  private static func tokenizer() throws -> (Tokenizer, [String]) {
    var strings: Set<String> = ["<s>", "</s>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[gMASK]", "<sop>", "<think>", "</think>"]
    for name in GoldenTemplate.names {
      for match in try GoldenTemplate.source(name).matches(of: #/<[|｜]?[A-Za-z_▁]+[|｜]>|<(start|end)_of_turn>/#) {
        strings.insert(String(match.0))
      }
    }
    let all = strings.sorted()
    return (try BPETrainer.train(texts: [], vocabularySize: 256 + all.count, specialTokens: all, preTokenizer: .gpt2), all)
  }

  @Test func specialStringsOfOthersBecomeNoSpecialTokenInAnyTemplate() throws {
    let (tokenizer, strings) = try Self.tokenizer()
    #expect(strings.count > 40)
    let special = Set(tokenizer.vocabulary.specialIds)
    // All roles, tools, calls and documents.
    let chats = try [2, 7, 8, 9].map { try GoldenChat.all()[$0] }
    var checked = 0
    for template in try GoldenTemplate.all() + [.sprout] {
      for chat in chats {
        // What the template writes by itself around plain text of the same shape.
        let plain = Self.filled(chat) { _ in "x" }
        guard let expected = try? plain.spans(template) else { continue }
        let own = tokenizer.encode(expected).ids.filter(special.contains)
        let all = Self.filled(chat) { _ in "x" + strings.joined() }
        guard let spans = try? all.spans(template) else { continue }
        let prompt = tokenizer.encode(spans)
        for (id, provenance) in zip(prompt.ids, prompt.provenances) where provenance != .template {
          #expect(!special.contains(id), "\(template.name)")
        }
        #expect(prompt.ids.filter(special.contains) == own, "\(template.name)")
        checked += 1
      }
    }
    #expect(checked > 80)
  }

  /// Provenance through every operation: the template must not appear as the author of a `β`.
  @Test(arguments: [
    "u + 'b'", "u ~ 1", "u * 3", "u[1:]", "u[::-1]", "u[1]", "u.upper()", "u.title()", "u.capitalize()", "u|title", "u|capitalize",
    "u.strip()",
    "u.replace('x', 'y')", "'axa'.replace('x', u)", "u.split('x')|join('-')", "['a', 'b']|join(u)", "u.join(['a', 'b'])", "u.rsplit()[0]",
    "u.splitlines()[0]", "u|tojson", "[u]|tojson(indent=2)", "{u: 1}|tojson", "[u]", "{u: 1}", "(u, 1)|string", "'%s' % u", "'%-9s' % u",
    "'%r' % u", "u % ()", "'{}'.format(u)", "'{:β>9}'.format(1)|replace('β', u)", "u.format()", "u|indent(first=true)", "'a\nb'|indent(u)",
    "u|e",
    "u|trim|lower", "(u|list)[1]", "u|reverse", "u|replace('x', '')", "u|batch(2)|first|join", "[u]|sort|first", "[u]|unique|first",
    "[u]|min",
    "[{'k': u}]|map(attribute='k')|join", "[{'k': u}]|groupby('k')|first|first", "[[u]]|sum(start=[])|first", "u|default('x')",
    "none|default(u, true)",
    "{'a': u}.items()|list", "{'a': u}|dictsort|first|last", "dict(a=u).a", "namespace(a=u).a", "u.zfill(20)", "u.removeprefix('x')",
    "u|string|safe",
    "strftime_now(u)", "u|format", "'%s'|format(u)", "u|slice(2)|list|first|join", "u if u else ''", "u or 'a'", "(u ~ 'x')[1:]",
    "u|center_not if false else u",
    "number", "number + 1", "number|string", "[number]", "'%d' % number", "'{}'.format(number)", "number|tojson", "-number", "number|abs",
    "number|float|int",
    "number / 2 * 2", "number|round(1)", "[number, 1]|sum", "[number]|max",
  ]) func operationsKeepTheAuthor(_ expression: String) throws {
    let spans = try rendered("{% set copy %}{{ \(expression) }}{% endset %}{{ copy }}", ["u": "xβ\u{7}β x", "number": 7777])
    var found = false
    for span in spans {
      let isOutside = span.text.lowercased().contains { "β7".contains($0) }
      if isOutside { #expect(span.provenance == .system, "\(expression): \(span)") }
      found = found || isOutside
    }
    #expect(found, "\(expression): \(spans)")
  }

  @Test func whatCannotBeTracedHasTheLeastTrustedAuthor() throws {
    let template = try ChatTemplate(jinja: "{{ [messages[0].content, tools[0].a, 'own'] | tojson }}{{ documents }}", name: "test")
    let spans = try template.render(
      messages: [ChatMessage(.user, "u")], tools: [["a": "t"]], documents: [["d": true]], addGenerationPrompt: false)
    #expect(
      spans == [
        PromptSpan("[\"", .tool), PromptSpan("u", .user), PromptSpan("\", \"t\", \"", .tool), PromptSpan("own", .template),
        PromptSpan("\"]", .tool), PromptSpan("[{'d': True}]", .document),
      ])
  }
}
