// Prints the value of a query. Not here: computing it (TraceEvaluator).
import Foundation

extension TraceValue {
  /// Numbers as a person reads them: whole ones whole, others to four significant digits, up to eight elements of a vector.
  public func text(_ format: TraceFormat = .automatic) -> String {
    switch self {
    case .text(let text): return text
    case .numbers([], let values, let whole): return values.first.map { Self.print($0, whole: whole, format) } ?? "–"
    case .numbers(_, let values, let whole):
      let shown = values.prefix(8).map { Self.print($0, whole: whole, format) }
      return "[" + shown.joined(separator: ", ") + (values.count > 8 ? ", …]" : "]")
    }
  }

  private static func print(_ value: Double, whole: Bool, _ format: TraceFormat) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    if abs(value) >= 1e15 { return minus(String(format: "%.3e", value)) }
    switch format {
    case .digits(let count): return fixed(value, count)
    case .percent(let count): return fixed(value * 100, count) + "%"
    case .automatic: break
    }
    if whole, let integer = Int(exactly: value) { return integer < 0 ? "−\(integer.magnitude)" : "\(integer)" }
    let size = abs(value)
    if size == 0 { return "0" }
    if size < 1e-4 || size >= 1e6 { return minus(String(format: "%.3e", value)) }
    let decimals = max(0, 3 - Int(floor(log10(size))))
    // 0.99999 becomes 1.000, not 1.0000.
    let power = pow(10, Double(decimals))
    let rounded = (size * power).rounded() / power
    return fixed(value, max(0, 3 - Int(floor(log10(rounded)))))
  }

  private static func fixed(_ value: Double, _ decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", value)
    // "-0.000" would claim a sign that is not shown.
    return text.contains { "123456789".contains($0) } ? minus(text) : text.replacingOccurrences(of: "-", with: "")
  }

  private static func minus(_ text: String) -> String { text.hasPrefix("-") ? "−" + text.dropFirst() : text }
}
