// Merges as files write them → ids: two tokens whose union is a token. Not here: the files.

struct MergeReader {
  private let table: TokenTable
  private let continuingPrefix: [UInt8]
  private var joined: [UInt8] = []

  /// - Parameters:
  ///   - table: all tokens by their spelling.
  ///   - continuingPrefix: what the right part loses where it begins with it.
  init(_ table: TokenTable, continuingPrefix: String = "") {
    self.table = table
    self.continuingPrefix = Array(continuingPrefix.utf8)
  }

  /// `left right`, two non-empty parts with one space between them; nil where that is not so or a token is missing.
  mutating func merge(_ text: String) -> Merge? {
    var text = text
    return text.withUTF8 { bytes in
      guard let space = bytes.firstIndex(of: 0x20), space > 0, space + 1 < bytes.count, !bytes[(space + 1)...].contains(0x20) else {
        return nil
      }
      return merge(UnsafeBufferPointer(rebasing: bytes[..<space]), UnsafeBufferPointer(rebasing: bytes[(space + 1)...]))
    }
  }

  mutating func merge(_ left: String, _ right: String) -> Merge? {
    var (left, right) = (left, right)
    guard !left.isEmpty, !right.isEmpty else { return nil }
    return left.withUTF8 { left in right.withUTF8 { right in merge(left, right) } }
  }

  private mutating func merge(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Merge? {
    guard let leftId = table.index(of: left), let rightId = table.index(of: right) else { return nil }
    joined.removeAll(keepingCapacity: true)
    joined += left
    joined += right.dropFirst(right.starts(with: continuingPrefix) ? continuingPrefix.count : 0)
    guard let merged = joined.withUnsafeBufferPointer({ table.index(of: $0) }) else { return nil }
    return Merge(left: leftId, right: rightId, merged: merged)
  }

  /// The first token of a merge that the vocabulary lacks.
  func missing(_ left: String, _ right: String) -> String? {
    let rest = right.utf8.dropFirst(right.utf8.starts(with: continuingPrefix) ? continuingPrefix.count : 0)
    let merged = String(decoding: Array(left.utf8) + rest, as: UTF8.self)
    return [left, right, merged].first { table.index(of: $0.utf8) == nil }
  }
}
