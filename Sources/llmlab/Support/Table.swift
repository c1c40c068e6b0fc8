// Lists for people: columns aligned by the cells that their text takes. Scripts use --json.
import Terminal

enum Table {
  /// Left-aligned columns, two spaces apart; numbers can be padded by the caller.
  static func lines(_ rows: [[String]]) -> [DisplayText] {
    let cells = rows.map {
      $0.map { cell in DisplayText(cell.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")) }
    }
    var widths: [Int] = []
    for row in cells {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.width)
      }
    }
    return cells.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell.string
        if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.width + 2) }
      }
      return DisplayText(line)
    }
  }

  static func print(_ rows: [[String]]) throws { for line in lines(rows) { try Output.line(line) } }
}
