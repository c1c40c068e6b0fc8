// Numbers as text without Foundation, always with a point, whatever the locale.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

public enum Numbers {
  /// Digits after the point, rounded as C's `printf` does; `NaN`, `inf` and `-inf` by name.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : (value < 0 ? "-inf" : "inf") }
    let text = format("%.\(min(max(0, decimals), 20))f", value)
    // A rounded negative zero is a zero.
    return text.first == "-" && !text.contains(where: { $0 >= "1" && $0 <= "9" }) ? String(text.dropFirst()) : text
  }

  /// So many significant digits, trailing zeros kept: 0.1235, 12.35, 1235, 1.235e+06, 1.235e-05.
  public static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return fixed(value, decimals: 0) }
    let digits = min(max(1, digits), 17)
    if value == 0 { return fixed(0, decimals: digits - 1) }
    let magnitude = abs(value)
    if magnitude < 1e-4 || magnitude >= 1e6 { return format("%.\(digits - 1)e", value) }
    // The exponent after rounding: 0.99996 has five significant digits before and one before the point after it.
    let scientific = format("%.\(digits - 1)e", value)
    let exponent = scientific.lastIndex(of: "e").flatMap { Int(scientific[scientific.index(after: $0)...]) } ?? 0
    return fixed(value, decimals: max(0, digits - 1 - exponent))
  }

  /// At most three cells, for the inside of a heatmap's cell: .42, -.4, 4.2, 42, 9k.
  static func tiny(_ value: Float) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : (value < 0 ? "-∞" : "∞") }
    let magnitude = Double(abs(value))
    let sign = value < 0 ? "-" : ""
    if magnitude < 0.995 {
      let text = fixed(magnitude, decimals: value < 0 ? 1 : 2)
      return text.first == "1" ? sign + "1" : sign + text.dropFirst()
    }
    if magnitude < 9.95, value >= 0 { return fixed(magnitude, decimals: 1) }
    if magnitude < (value < 0 ? 99.5 : 999.5) { return sign + fixed(magnitude, decimals: 0) }
    if magnitude < (value < 0 ? 9_500 : 99_500) { return sign + fixed(magnitude / 1000, decimals: 0) + "k" }
    return sign + ">>"
  }

  /// A count with a unit prefix of 1000: 999, 1.50 k, 12.3 M.
  public static func count(_ value: Double) -> String {
    var value = value
    for prefix in ["", " k", " M", " G", " T"] {
      if abs(value) < 999.5 || prefix == " T" {
        return prefix.isEmpty && value == value.rounded() ? fixed(value, decimals: 0) : significant(value, digits: 3) + prefix
      }
      value /= 1000
    }
    return significant(value, digits: 3)
  }

  private static func format(_ format: String, _ value: Double) -> String {
    // 400 bytes hold the longest finite number: 309 digits, a point and 20 decimals.
    var buffer = [CChar](repeating: 0, count: 400)
    let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
