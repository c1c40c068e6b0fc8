// exp and log without Foundation.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum Numeric {
  #if canImport(Glibc)
    static func exp(_ x: Double) -> Double { Glibc.exp(x) }
    static func log(_ x: Double) -> Double { Glibc.log(x) }
  #else
    static func exp(_ x: Double) -> Double { Darwin.exp(x) }
    static func log(_ x: Double) -> Double { Darwin.log(x) }
  #endif
}
