// exp without Foundation.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum Exponential {
  static func of(_ x: Double) -> Double { exp(x) }
}
