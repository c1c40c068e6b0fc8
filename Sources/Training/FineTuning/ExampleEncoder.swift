// Examples as tokens, for a model of any family: its own chat template writes the chat, and the loss counts what the assistant says. Not here: files
// (ExampleReading), batches (FineTuning).
import Inference
import Languages
import ModelFiles
import Models
import Tokenization

/// A document as tokens.
struct EncodedExample: Sendable {
  var inputs: [Int32] = []
  /// The token after each input.
  var targets: [Int32] = []
  /// 1 where the target is the assistant's, else 0.
  var weights: [Float] = []
  /// Whether the example went on.
  var isCut = false

  var counted: Int { weights.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } }
  var batch: Batch { Batch(inputs: inputs, targets: targets, weights: weights, documents: [inputs.count]) }
}

struct ExampleEncoder {
  let model: LoadedModel
  /// Tokens of a document at most.
  let length: Int
  private let packing: Packing?

  init(_ model: LoadedModel, length: Int) {
    (self.model, self.length) = (model, length)
    let packing = Packing(model.tokenizer, context: length)
    // Sprout's format is written as in its own training.
    self.packing = model.chatTemplate == .sprout && packing.missingToken == nil ? packing : nil
  }

  private var tokenizer: Tokenizer { model.tokenizer }

  /// The documents of an example: one of a chat, cut to the length; as many as a text fills. Without a token that counts a document is left out.
  func encoded(_ example: Example) throws(FileError) -> [EncodedExample] {
    switch example.content {
    case .text(let text): return pieces(text)
    case .chat(let messages):
      if let packing {
        var batch = Batch()
        let prompt: EncodedPrompt
        do throws(ChatTemplateError) {
          prompt = tokenizer.encode(try ChatTemplate.sprout.render(messages: messages, addGenerationPrompt: false))
        } catch { throw Self.refused(error, example.place) }
        packing.append(prompt, promptLoss: 0, to: &batch)
        let isCut = prompt.ids.count > length + 1
        return kept([EncodedExample(inputs: batch.inputs, targets: batch.targets, weights: batch.weights, isCut: isCut)])
      }
      let (ids, isOwn) = try chat(messages, example.place)
      return kept([document(ids[...], isOwn[...])])
    }
  }

  private func kept(_ documents: [EncodedExample]) -> [EncodedExample] { documents.filter { $0.counted > 0 } }

  private func document(_ ids: ArraySlice<Int>, _ isOwn: ArraySlice<Bool>) -> EncodedExample {
    let isCut = ids.count > length + 1
    let (ids, isOwn) = (ids.prefix(length + 1), isOwn.prefix(length + 1))
    return EncodedExample(
      inputs: ids.dropLast().map(Int32.init), targets: ids.dropFirst().map(Int32.init), weights: isOwn.dropFirst().map { $0 ? 1 : 0 },
      isCut: isCut)
  }

  /// All of a text, in pieces; each begins with the last token of the one before.
  private func pieces(_ text: String) -> [EncodedExample] {
    var ids = tokenizer.encode(text, addingBOS: true)
    if let end = tokenizer.roles.eos { ids.append(end) }
    let isOwn = [Bool](repeating: true, count: ids.count)
    return kept(stride(from: 0, to: ids.count - 1, by: length).map { document(ids[$0...], isOwn[$0...]) })
  }

  // MARK: Chats

  /// The tokens of a chat, and which of them the assistant chooses: its words, and what ends its turn.
  private func chat(_ messages: [ChatMessage], _ place: String) throws(FileError) -> (ids: [Int], isOwn: [Bool]) {
    guard let template = model.chatTemplate else { return try plain(messages, place) }
    func tokens(_ messages: some Sequence<ChatMessage>, opening: Bool) throws(FileError) -> EncodedPrompt {
      do {
        return tokenizer.encode(
          try template.render(messages: Array(messages), addGenerationPrompt: opening, specialTokens: tokenizer.templateTokens))
      } catch { throw Self.refused(error, place) }
    }
    let prompt = try tokens(messages, opening: false)
    var (ids, isOwn) = (prompt.ids, prompt.provenances.map { $0 == .assistant })
    // The template ends a turn; that end is the assistant's to say. Template text between two of its parts (of a tool call) is, too.
    var from = 0
    while let last = isOwn[from...].firstIndex(of: true) {
      let end = isOwn[last...].firstIndex(of: false) ?? ids.count
      var next = end
      while next < ids.count, prompt.provenances[next] == .template, !tokenizer.vocabulary.isSpecial(ids[next]) { next += 1 }
      if next < ids.count, prompt.provenances[next] == .template { next += 1 } else if next == ids.count || !isOwn[next] { next = end }
      for i in end..<next { isOwn[i] = true }
      from = max(next, end)
      if from >= ids.count { break }
    }
    // A tool call begins with template text; it is what follows the opening of the turn.
    for (i, message) in messages.enumerated() where message.role == .assistant && !message.toolCalls.isEmpty {
      let before = try tokens(messages[..<i], opening: true).ids
      guard ids.starts(with: before) else { continue }
      for k in before.count..<ids.count {
        if isOwn[k] { break }
        isOwn[k] = true
      }
    }
    // Some templates leave the last turn open.
    if messages.last?.role == .assistant, let last = isOwn.lastIndex(of: true), !tokenizer.vocabulary.isSpecial(ids[last]),
      let end = tokenizer.roles.eos
    {
      ids.append(end)
      isOwn.append(true)
    }
    return (ids, isOwn)
  }

  /// A model without a template: one question and its answer, one after the other.
  private func plain(_ messages: [ChatMessage], _ place: String) throws(FileError) -> (ids: [Int], isOwn: [Bool]) {
    guard messages.map(\.role) == [.user, .assistant] else {
      throw FileError(
        file: place, place: "chat_template",
        problem: Bilingual(zh: "模型没有对话模板，写不出这样的对话", en: "the model has no chat template, so this chat cannot be written"),
        mend: Bilingual(
          zh: "请换用对话模型，或只给 prompt 与 completion，或纯文本", en: "Use a chat model, or give only prompt and completion, or plain text"))
    }
    let prompt = tokenizer.encode([PromptSpan(messages[0].content, .user), PromptSpan(messages[1].content, .assistant)])
    var (ids, isOwn) = (prompt.ids, prompt.provenances.map { $0 == .assistant })
    if tokenizer.addsBOS, let bos = tokenizer.bos { (ids, isOwn) = ([bos] + ids, [false] + isOwn) }
    if let end = tokenizer.roles.eos { (ids, isOwn) = (ids + [end], isOwn + [true]) }
    return (ids, isOwn)
  }

  private static func refused(_ error: ChatTemplateError, _ place: String) -> FileError {
    FileError(
      file: place, place: "chat_template",
      problem: Bilingual(
        zh: "模型的对话模板不接受这段对话：\(error.message.zh)", en: "the model's chat template refuses this chat: \(error.message.en)"),
      mend: Bilingual(zh: "请改写这段对话，或删去它", en: "Change this chat, or delete it"))
  }

  // MARK: Prompts

  /// A prompt to try the model with, and what the data answers.
  func sample(_ example: Example) throws(FileError) -> FineTuningSample? {
    switch example.content {
    case .text(let text):
      let ids = tokenizer.encode(text, addingBOS: true)
      let shown = min(24, ids.count / 2)
      guard shown > 0 else { return nil }
      return FineTuningSample(
        question: tokenizer.decode(Array(ids[..<shown]), skippingSpecial: true), ids: Array(ids[..<shown]),
        reference: tokenizer.decode(Array(ids[shown...].prefix(64)), skippingSpecial: true))
    case .chat(let messages):
      guard let last = messages.lastIndex(where: { $0.role == .assistant && $0.toolCalls.isEmpty && !$0.content.isEmpty }),
        let asked = messages[..<last].last(where: { $0.role == .user })
      else { return nil }
      return FineTuningSample(
        question: asked.content, ids: try prompt(Array(messages[..<last]), example.place), reference: messages[last].content)
    }
  }

  func prompt(_ messages: [ChatMessage], _ place: String) throws(FileError) -> [Int] {
    do {
      if let encoded = try model.encode(chat: messages) { return encoded.ids }
    } catch { throw Self.refused(error, place) }
    return model.encode(raw: messages.map(\.content).joined())
  }
}

/// A prompt for answers before and after.
public struct FineTuningSample: Sendable, Hashable {
  public let question: String
  public let ids: [Int]
  /// What the data answers; nil for a prompt of one's own.
  public let reference: String?
}
