// Compact tables for vocabularies: many byte strings in one array, and look-up of a string of bytes. Not here: what the strings mean.

/// Byte strings one after the other in one array, by index.
public struct ByteStrings: RandomAccessCollection, Sendable, Hashable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init() {}

  init(_ strings: some Sequence<some Collection<UInt8>>) {
    for string in strings { append(string) }
  }

  mutating func append(_ string: some Collection<UInt8>) {
    bytes += string
    ends.append(bytes.count)
  }

  mutating func reserveCapacity(_ count: Int, bytes: Int) {
    ends.reserveCapacity(count)
    self.bytes.reserveCapacity(bytes)
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { ends.count }

  func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }
  public subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

  /// All strings joined, for searches by range.
  var joined: [UInt8] { bytes }
}

/// A seed that no file can know, so that no file can make its entries collide.
enum HashSeed {
  static let value = UInt64.random(in: .min ... .max)
}

/// Look-up of a byte string among the strings of a vocabulary: open addressing, the strings lie in `ByteStrings`.
struct TokenTable: Sendable {
  let strings: ByteStrings
  /// The index of a string, -1 where a slot is free.
  private var slots: [Int32]
  private let mask: Int

  /// - Parameter isIncluded: strings that are left out are never found. Of equal strings the first is found.
  init(_ strings: ByteStrings, where isIncluded: (Int) -> Bool = { _ in true }) {
    self.strings = strings
    var capacity = 16
    while capacity < strings.count * 2 { capacity *= 2 }
    slots = [Int32](repeating: -1, count: capacity)
    mask = capacity - 1
    strings.joined.withUnsafeBufferPointer { bytes in
      for index in strings.indices where isIncluded(index) {
        let string = UnsafeBufferPointer(rebasing: bytes[strings.range(index)])
        let slot = place(of: string, bytes)
        if slots[slot] < 0 { slots[slot] = Int32(index) }
      }
    }
  }

  /// The index of a string, nil if it is not there.
  func index(of string: UnsafeBufferPointer<UInt8>) -> Int32? {
    let found = strings.joined.withUnsafeBufferPointer { slots[place(of: string, $0)] }
    return found < 0 ? nil : found
  }

  func index(of string: some Collection<UInt8>) -> Int32? {
    Array(string).withUnsafeBufferPointer { index(of: $0) }
  }

  /// The slot that holds the string, or the free one where it belongs.
  @inline(__always)
  private func place(of string: UnsafeBufferPointer<UInt8>, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var slot = Int(truncatingIfNeeded: Self.hash(string)) & mask
    while slots[slot] >= 0 {
      let range = strings.range(Int(slots[slot]))
      if range.count == string.count, UnsafeBufferPointer(rebasing: bytes[range]).elementsEqual(string) { return slot }
      slot = (slot + 1) & mask
    }
    return slot
  }

  @inline(__always)
  static func hash(_ string: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash = HashSeed.value ^ UInt64(string.count)
    for byte in string {
      hash = (hash ^ UInt64(byte)) &* 0x9FB2_1C65_1E98_DF25
      hash ^= hash >> 32
    }
    return hash
  }
}

/// Integer keys and values in open addressing.
struct IntegerTable: Sendable {
  private struct Slot {
    var key: UInt64
    var value: UInt64
  }

  static let none = UInt64.max
  private var slots: [Slot]
  private let mask: Int
  private(set) var count = 0

  /// - Parameter capacity: how many entries there will be at most.
  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = [Slot](repeating: Slot(key: Self.none, value: Self.none), count: size)
    mask = size - 1
  }

  /// The value of a key, `none` if there is none.
  @inline(__always)
  subscript(key: UInt64) -> UInt64 { slots[place(of: key)].value }

  /// Sets the value unless the key has one. `none` is no key.
  mutating func insert(_ key: UInt64, _ value: UInt64) {
    let slot = place(of: key)
    guard slots[slot].key == Self.none else { return }
    precondition(count < mask, "more entries than the table was made for")
    slots[slot] = Slot(key: key, value: value)
    count += 1
  }

  @inline(__always)
  private func place(of key: UInt64) -> Int {
    var hash = (key ^ HashSeed.value) &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
    var slot = Int(truncatingIfNeeded: hash >> 32) & mask
    while slots[slot].key != key, slots[slot].key != Self.none { slot = (slot + 1) & mask }
    return slot
  }
}

/// A trie over bytes, its edges in one hash table.
struct TokenTrie: Sendable {
  /// Longer strings are never found: a hostile vocabulary could make every search as long as its longest token, at every place of a text.
  static let maximumLength = 256

  private var edges: IntegerTable
  /// The id of the string that ends at a node, -1 if none does.
  private var ids: [Int32] = [-1]

  init(_ strings: some Collection<(bytes: ArraySlice<UInt8>, id: Int32)>) {
    func isSearched(_ bytes: ArraySlice<UInt8>) -> Bool { (1...Self.maximumLength).contains(bytes.count) }
    edges = IntegerTable(capacity: strings.reduce(1) { isSearched($1.bytes) ? $0 + $1.bytes.count : $0 })
    for (bytes, id) in strings where isSearched(bytes) {
      var node = 0
      for byte in bytes {
        if let next = child(of: node, byte) {
          node = next
        } else {
          edges.insert(UInt64(node) << 8 | UInt64(byte), UInt64(ids.count))
          node = ids.count
          ids.append(-1)
        }
      }
      if ids[node] < 0 { ids[node] = id }
    }
  }

  @inline(__always)
  private func child(of node: Int, _ byte: UInt8) -> Int? {
    let found = edges[UInt64(node) << 8 | UInt64(byte)]
    return found == IntegerTable.none ? nil : Int(found)
  }

  /// Calls `body` with the end and the id of every string that `text` starts with at `start`, shortest first.
  @inline(__always)
  func forEachMatch(in text: UnsafeBufferPointer<UInt8>, at start: Int, end: Int, _ body: (_ end: Int, _ id: Int32) -> Void) {
    var node = 0
    var position = start
    while position < end, let next = child(of: node, text[position]) {
      node = next
      position += 1
      if ids[node] >= 0 { body(position, ids[node]) }
    }
  }
}
