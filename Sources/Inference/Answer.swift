// An answer as it grows: ids, text, calls of tools. Not here: where its tokens come from (Generator).
import Tokenization

struct Answer {
  /// What one token changed.
  struct Step {
    let part: GeneratedToken.Part
    /// Characters of the model's words that are safe to show now.
    let text: String
    let isStopped: Bool
    let use: ToolUse?
  }

  private(set) var ids: [Int] = []
  private(set) var uses: [ToolUse] = []
  /// The use that the prompt ended with: its result comes first.
  let pendingUse: ToolUse?
  private let tokenizer: Tokenizer
  private var decoder: StreamingDecoder
  private var stops: StopMatcher
  private var reader: ToolCallReader?
  /// Tokens of a result that are still to come.
  private var forced: ArraySlice<Int> = []
  private var text = ""
  private var isStopped = false

  init(_ tokenizer: Tokenizer, _ options: GenerationOptions, prompt: [Int]) {
    self.tokenizer = tokenizer
    decoder = StreamingDecoder(tokenizer, skippingSpecial: true)
    stops = StopMatcher(options.stopStrings)
    var reader = options.tools.map { ToolCallReader($0, tokenizer) }
    pendingUse = reader?.read(prompt)
    self.reader = reader
    if let pendingUse { take(pendingUse) }
  }

  /// Whether a result is being written.
  var isForcing: Bool { !forced.isEmpty }

  /// The token that has to come next; nil where the model chooses.
  mutating func nextForced() -> Int? { forced.popFirst() }

  mutating func append(_ id: Int, at position: Int, isForced: Bool) -> Step {
    ids.append(id)
    if isForced { return Step(part: .result, text: "", isStopped: false, use: nil) }
    let (part, use) = reader?.append(id, at: position) ?? (.answer, nil)
    if let use { take(use) }
    guard part == .answer else { return Step(part: part, text: "", isStopped: false, use: use) }
    let piece = stops.append(decoder.append(id))
    text += piece.text
    isStopped = piece.stopped
    return Step(part: part, text: piece.text, isStopped: piece.stopped, use: nil)
  }

  private mutating func take(_ use: ToolUse) {
    uses.append(use)
    forced = use.ids[...]
  }

  /// The whole text: what was held back belongs to it, unless a stop string has ended it; so does a call that found no end.
  mutating func finish() -> String {
    if !isStopped { text += stops.append(decoder.finish()).text + stops.finish() }
    // Its beginning may stand in the prompt.
    if let open = reader?.open { text += tokenizer.decode(Array(open.ids.suffix(ids.count)), skippingSpecial: true) }
    return text
  }
}
