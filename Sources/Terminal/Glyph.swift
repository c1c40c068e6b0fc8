// A character cell's content, and display text as a sequence of them: the one place that says how text becomes cells.

/// One base scalar with the zero-width scalars that join it.
public struct Glyph: Sendable, Hashable {
  public var scalar: Unicode.Scalar
  public var marks: Marks
  /// Cells: 1 or 2.
  public var width: Int

  public init(_ scalar: Unicode.Scalar) {
    self.scalar = scalar
    marks = Marks()
    width = max(1, scalar.cellWidth)
  }

  public static let space = Glyph(" ")

  func append(to view: inout String.UnicodeScalarView) {
    view.append(scalar)
    marks.append(to: &view)
  }

  /// At most four scalars of width 0, stored in place so that a cell needs no memory of its own.
  public struct Marks: Sendable, Hashable {
    var first: UInt32 = 0
    var second: UInt32 = 0
    var third: UInt32 = 0
    var fourth: UInt32 = 0

    public init() {}

    public var isEmpty: Bool { first == 0 }

    mutating func add(_ scalar: Unicode.Scalar) {
      if first == 0 {
        first = scalar.value
      } else if second == 0 {
        second = scalar.value
      } else if third == 0 {
        third = scalar.value
      } else if fourth == 0 {
        fourth = scalar.value
      }
    }

    /// The scalars as code points, 0 where there is none.
    public var codes: (UInt32, UInt32, UInt32, UInt32) { (first, second, third, fourth) }

    func append(to view: inout String.UnicodeScalarView) {
      guard first != 0 else { return }
      for code in [first, second, third, fourth] where code != 0 {
        if let scalar = Unicode.Scalar(code) { view.append(scalar) }
      }
    }
  }
}

extension DisplayText {
  /// A tab reaches to the next multiple of this many columns, counted from the start of the text.
  static let tabWidth = 4

  /// The text as cells on one line: tabs as spaces, a newline as the glyph ⏎.
  public var glyphs: Glyphs { Glyphs(string: string) }

  public struct Glyphs: Sequence, Sendable {
    let string: String

    public func makeIterator() -> Iterator { Iterator(scalars: string.unicodeScalars.makeIterator()) }

    public struct Iterator: IteratorProtocol {
      var scalars: String.UnicodeScalarView.Iterator
      var column = 0
      var spaces = 0
      var pending: Unicode.Scalar?

      init(scalars: String.UnicodeScalarView.Iterator) {
        self.scalars = scalars
        pending = self.scalars.next()
      }

      public mutating func next() -> Glyph? {
        if spaces > 0 {
          spaces -= 1
          column += 1
          return .space
        }
        guard let scalar = pending else { return nil }
        pending = scalars.next()
        if scalar == "\t" {
          spaces = DisplayText.tabWidth - column % DisplayText.tabWidth
          return next()
        }
        var glyph = Glyph(scalar == "\n" ? "⏎" : scalar)
        if scalar != "\n" {
          while let mark = pending, mark.value >= 0x300, mark.cellWidth == 0 {
            glyph.marks.add(mark)
            pending = scalars.next()
          }
        }
        column += glyph.width
        return glyph
      }
    }
  }

  init(glyphs: some Sequence<Glyph>) {
    var view = String.UnicodeScalarView()
    for glyph in glyphs { glyph.append(to: &view) }
    self.init(sanitized: String(view))
  }
}
