// A text field: text, cursor, Emacs keys, undo, history and its search. Pure; drawing is in LineEditorDrawing. Enter, Esc, Ctrl-C, Ctrl-P and
// the like belong to the owner and are reported as not handled.

public struct LineEditor: Sendable, Hashable {
  /// Characters as a person counts them, so that no key ever splits one.
  public private(set) var characters: [Character] = []
  /// The cursor stands before this character.
  public private(set) var cursor = 0
  public var history = History()
  /// The search through the history (Ctrl-R), while it is open.
  public private(set) var search: Search?
  /// Whether Ctrl-J and Alt-Enter make a new line.
  public let isMultiline: Bool

  private var undoStack: [Snapshot] = []
  private var redoStack: [Snapshot] = []
  private var lastEdit = Edit.none
  private var killed: [Character] = []
  /// The entry shown, counted from the start of the history; at its end the text is the user's own draft.
  private var historyIndex: Int?
  private var draft: [Character] = []

  public struct Search: Sendable, Hashable {
    public fileprivate(set) var query = ""
    /// The entry found; nil where nothing contains the query.
    public fileprivate(set) var match: Int?
  }

  private struct Snapshot: Sendable, Hashable {
    var characters: [Character]
    var cursor: Int
  }

  private enum Edit { case none, typing, deleting, killing, other }

  /// Characters that a field may hold; what goes beyond is refused.
  static let limit = 1 << 20
  private static let undoLimit = 200

  public init(_ text: String = "", isMultiline: Bool = true) {
    self.isMultiline = isMultiline
    characters = LineEditor.clean(text, isMultiline)
    cursor = characters.count
  }

  public var text: String { String(characters) }
  public var isEmpty: Bool { characters.isEmpty }

  // MARK: Keys

  /// Applies a key; false where the key means nothing to a text field, so that the owner may use it.
  public mutating func handle(_ key: Key) -> Bool {
    if search != nil, let handled = handleSearch(key) { return handled }
    switch key {
    case .character(let character):
      // A run of typing is one undo step, cut at words.
      if lastEdit != .typing || character == " " { remember() }
      // Marks and the parts of an emoji arrive one by one and make one character with what stands before them.
      if cursor > 0, case let joined = String(characters[cursor - 1]) + String(character), joined.count == 1 {
        replace((cursor - 1)..<cursor, with: Array(joined), .typing)
      } else {
        replace(cursor..<cursor, with: [character], .typing)
      }
    case .control("j"), .altEnter:
      guard isMultiline else { return false }
      edit(cursor..<cursor, ["\n"])
    case .left, .control("b"): move(to: cursor - 1)
    case .right, .control("f"): move(to: cursor + 1)
    case .controlLeft, .alt("b"): move(to: wordStart(before: cursor))
    case .controlRight, .alt("f"): move(to: wordEnd(after: cursor))
    case .home, .control("a"): move(to: lineStart(cursor))
    case .end, .control("e"): move(to: lineEnd(cursor))
    case .alt("<"): move(to: 0)
    case .alt(">"): move(to: characters.count)
    case .up: return moveLine(-1) || recall(-1)
    case .down: return moveLine(1) || recall(1)
    case .backspace: delete(max(0, cursor - 1)..<cursor)
    case .delete: delete(cursor..<min(characters.count, cursor + 1))
    case .control("d"):
      // On an empty field Ctrl-D is the owner's: it leaves.
      guard !isEmpty else { return false }
      delete(cursor..<min(characters.count, cursor + 1))
    case .control("w"), .altBackspace: kill(wordStart(before: cursor)..<cursor)
    case .alt("d"): kill(cursor..<wordEnd(after: cursor))
    case .control("u"): kill(lineStart(cursor)..<cursor)
    case .control("k"):
      let end = lineEnd(cursor)
      kill(cursor..<(end == cursor ? min(characters.count, end + 1) : end))
    case .control("y"): edit(cursor..<cursor, killed)
    case .control("t"): transpose()
    case .control("_"): undo()
    case .alt("_"): redo()
    case .control("r"):
      guard !history.entries.isEmpty else { return false }
      search = Search(query: "", match: nil)
    default: return false
    }
    return true
  }

  /// Inserts pasted text: its newlines stay (spaces in a field of one line), other controls are left out.
  public mutating func paste(_ text: String) { edit(cursor..<cursor, LineEditor.clean(text, isMultiline)) }

  /// Replaces the text, as one undo step.
  public mutating func setText(_ text: String) {
    edit(0..<characters.count, LineEditor.clean(text, isMultiline))
    historyIndex = nil
  }

  /// Takes the text out of the field, adds it to the history and leaves the field empty.
  public mutating func submit() -> String {
    let text = self.text
    history.add(text)
    self = LineEditor(history: history, killed: killed, isMultiline: isMultiline)
    return text
  }

  private init(history: History, killed: [Character], isMultiline: Bool) {
    self.isMultiline = isMultiline
    self.history = history
    self.killed = killed
  }

  private static func clean(_ text: String, _ isMultiline: Bool) -> [Character] {
    text.compactMap { character in
      switch character {
      case "\n", "\r\n", "\r": isMultiline ? "\n" : " "
      case "\t": isMultiline ? "\t" : " "
      default: Key.isPrintable(character) ? character : nil
      }
    }
  }

  // MARK: Editing

  private mutating func edit(_ range: Range<Int>, _ new: [Character]) {
    guard !range.isEmpty || !new.isEmpty else { return }
    remember()
    replace(range, with: new, .other)
  }

  private mutating func delete(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    if lastEdit != .deleting { remember() }
    replace(range, with: [], .deleting)
  }

  /// Removes a range and keeps it for Ctrl-Y; kills in a row add up.
  private mutating func kill(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    let cut = Array(characters[range])
    if lastEdit != .killing { killed = cut } else { killed = range.lowerBound < cursor ? cut + killed : killed + cut }
    remember()
    replace(range, with: [], .killing)
  }

  private mutating func replace(_ range: Range<Int>, with new: [Character], _ kind: Edit) {
    guard characters.count - range.count + new.count <= LineEditor.limit else { return }
    characters.replaceSubrange(range, with: new)
    cursor = range.lowerBound + new.count
    lastEdit = kind
  }

  private mutating func transpose() {
    let right = min(cursor, characters.count - 1)
    guard right >= 1 else { return }
    edit((right - 1)..<(right + 1), [characters[right], characters[right - 1]])
  }

  private mutating func remember() {
    undoStack.append(Snapshot(characters: characters, cursor: cursor))
    if undoStack.count > LineEditor.undoLimit { undoStack.removeFirst() }
    redoStack = []
  }

  private mutating func undo() {
    guard let snapshot = undoStack.popLast() else { return }
    redoStack.append(Snapshot(characters: characters, cursor: cursor))
    restore(snapshot)
  }

  private mutating func redo() {
    guard let snapshot = redoStack.popLast() else { return }
    undoStack.append(Snapshot(characters: characters, cursor: cursor))
    restore(snapshot)
  }

  private mutating func restore(_ snapshot: Snapshot) {
    characters = snapshot.characters
    cursor = snapshot.cursor
    lastEdit = .none
  }

  // MARK: Moving

  private mutating func move(to place: Int) {
    cursor = min(max(0, place), characters.count)
    lastEdit = .none
  }

  private func lineStart(_ place: Int) -> Int { (characters[..<place].lastIndex(of: "\n") ?? -1) + 1 }
  private func lineEnd(_ place: Int) -> Int { characters[place...].firstIndex(of: "\n") ?? characters.count }

  /// Moves to the line above or below, to the same column of cells; false where there is none.
  private mutating func moveLine(_ step: Int) -> Bool {
    let start = lineStart(cursor)
    let column = LineEditor.width(characters[start..<cursor])
    let target: Int
    if step < 0 {
      guard start > 0 else { return false }
      target = lineStart(start - 1)
    } else {
      let end = lineEnd(cursor)
      guard end < characters.count else { return false }
      target = end + 1
    }
    var place = target
    let end = lineEnd(target)
    while place < end, LineEditor.width(characters[target...place]) <= column { place += 1 }
    move(to: place)
    return true
  }

  static func width(_ characters: some Sequence<Character>) -> Int { DisplayText(String(characters)).width }

  /// Words are runs of letters and digits; each Chinese, Japanese or Korean character is one of its own.
  private func kind(_ index: Int) -> Int {
    guard let scalar = characters[index].unicodeScalars.first else { return 0 }
    if scalar.cellWidth == 2, scalar.properties.isAlphabetic { return 2 }
    return scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" ? 1 : 0
  }

  private func wordStart(before place: Int) -> Int {
    var place = place
    while place > 0, kind(place - 1) == 0 { place -= 1 }
    guard place > 0 else { return 0 }
    if kind(place - 1) == 2 { return place - 1 }
    while place > 0, kind(place - 1) == 1 { place -= 1 }
    return place
  }

  private func wordEnd(after place: Int) -> Int {
    var place = place
    while place < characters.count, kind(place) == 0 { place += 1 }
    guard place < characters.count else { return place }
    if kind(place) == 2 { return place + 1 }
    while place < characters.count, kind(place) == 1 { place += 1 }
    return place
  }

  // MARK: History

  /// Shows the entry before or after the one shown; false at either end, so that the owner may use the key.
  private mutating func recall(_ step: Int) -> Bool {
    let current = historyIndex ?? history.entries.count
    let target = current + step
    guard target >= 0, target <= history.entries.count, target != current else { return false }
    if historyIndex == nil { draft = characters }
    remember()
    characters = target == history.entries.count ? draft : Array(history.entries[target])
    cursor = characters.count
    historyIndex = target == history.entries.count ? nil : target
    lastEdit = .other
    return true
  }

  /// A key while the search is open; nil where it closes the search and then does its usual work.
  private mutating func handleSearch(_ key: Key) -> Bool? {
    guard var current = search else { return nil }
    switch key {
    case .character(let character):
      current.query.append(character)
      current.match = history.last(containing: current.query, before: (current.match ?? history.entries.count - 1) + 1)
    case .backspace:
      if !current.query.isEmpty { current.query.removeLast() }
      current.match = history.last(containing: current.query, before: history.entries.count)
    case .control("r"):
      // The same entry twice is no further find.
      current.match = history.last(containing: current.query, before: current.match ?? history.entries.count) ?? current.match
    case .escape, .control("g"), .control("c"):
      search = nil
      return true
    case .enter:
      acceptSearch(current)
      return true
    default:
      acceptSearch(current)
      return nil
    }
    search = current
    return true
  }

  private mutating func acceptSearch(_ current: Search) {
    search = nil
    if let match = current.match { setText(history.entries[match]) }
  }
}
