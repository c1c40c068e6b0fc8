// Readings of one figure, and the clock they are read from. Not here: what is measured (BenchModel, TrainingBenchmark).
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Repeated readings of one figure; what is reported is their median, with the extremes beside it.
struct BenchSeries {
  private(set) var readings: [Double] = []

  mutating func append(_ reading: Double) { readings.append(reading) }

  var median: Double {
    let sorted = readings.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The figure under its name; nothing when it was not measured.
  func members(_ name: String) -> [(name: String, value: JSON)] {
    guard let least = readings.min(), let most = readings.max() else { return [] }
    return [
      (name, .number(median)), ("\(name)_min", .number(least)), ("\(name)_max", .number(most)),
      ("\(name)_spread", .number(median > 0 ? (most - least) / median : 0)),
    ]
  }
}

enum BenchClock {
  /// Work shorter than this is repeated: one shot of a few milliseconds mostly measures what else the machine did.
  private static let window = 0.2

  /// Seconds of one call, over as many calls as fill the window.
  static func secondsPerCall(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    var calls = 0
    var elapsed = 0.0
    repeat {
      try body()
      calls += 1
      elapsed = seconds(since: start)
    } while elapsed < window
    return elapsed / Double(calls)
  }

  static func seconds(since start: ContinuousClock.Instant) -> Double {
    let elapsed = (ContinuousClock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  /// The most memory this process has had so far. Linux counts in KiB, Darwin in bytes.
  static var peakResidentBytes: Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #endif
  }
}
