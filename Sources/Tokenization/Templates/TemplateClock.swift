// The time that `strftime_now` shows: given, so that rendering is a function of its inputs. Not here: languages other than C's own.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A moment of local time.
public struct TemplateClock: Sendable, Hashable {
  let year: Int
  let month: Int
  let day: Int
  let hour: Int
  let minute: Int
  let second: Int

  /// Parts outside of the calendar are brought to its edge.
  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    (self.year, self.month, self.day) = (min(max(year, 1), 9999), min(max(month, 1), 12), min(max(day, 1), 31))
    (self.hour, self.minute, self.second) = (min(max(hour, 0), 23), min(max(minute, 0), 59), min(max(second, 0), 60))
  }

  /// Now, in the time zone of the machine.
  public static func now() -> TemplateClock {
    var seconds = time(nil)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return TemplateClock(
      year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday), hour: Int(parts.tm_hour),
      minute: Int(parts.tm_min), second: Int(parts.tm_sec))
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]
  private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

  private func dayOfYear(_ month: Int, _ day: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1]
    return before + day + (isLeap && month > 2 ? 1 : 0)
  }

  /// 0 is Sunday: Gauss' day of January 1, and the days since.
  private var weekday: Int {
    let before = year - 1
    return (dayOfYear(month, day) + 5 * (before % 4) + 4 * (before % 100) + 6 * (before % 400)) % 7
  }

  /// `strftime` in the C locale: the directives of dates and times, `%-d` without leading zeros. Others stay as they are.
  func formatted(_ format: String) -> String {
    var result = ""
    var characters = Array(format.unicodeScalars)[...]
    func padded(_ number: Int, _ width: Int, _ plain: Bool, _ fill: Character = "0") -> String {
      let digits = String(number)
      return plain ? digits : String(repeating: fill, count: max(0, width - digits.count)) + digits
    }
    while let scalar = characters.popFirst() {
      guard scalar == "%", let first = characters.first else {
        result.unicodeScalars.append(scalar)
        continue
      }
      let plain = first == "-" && characters.count > 1
      if plain { characters.removeFirst() }
      let directive = characters.removeFirst()
      let hour12 = hour % 12 == 0 ? 12 : hour % 12
      switch directive {
      case "Y": result += String(year)
      case "y": result += padded(year % 100, 2, plain)
      case "m": result += padded(month, 2, plain)
      case "d": result += padded(day, 2, plain)
      case "e": result += padded(day, 2, plain, " ")
      case "j": result += padded(dayOfYear(month, day), 3, plain)
      case "H": result += padded(hour, 2, plain)
      case "I": result += padded(hour12, 2, plain)
      case "M": result += padded(minute, 2, plain)
      case "S": result += padded(second, 2, plain)
      case "p": result += hour < 12 ? "AM" : "PM"
      case "B": result += Self.months[month - 1]
      case "b", "h": result += Self.months[month - 1].prefix(3)
      case "A": result += Self.weekdays[weekday]
      case "a": result += Self.weekdays[weekday].prefix(3)
      case "F": result += formatted("%Y-%m-%d")
      case "T": result += formatted("%H:%M:%S")
      case "R": result += formatted("%H:%M")
      case "D": result += formatted("%m/%d/%y")
      case "n": result += "\n"
      case "t": result += "\t"
      case "%": result += "%"
      default:
        result += plain ? "%-" : "%"
        result.unicodeScalars.append(directive)
      }
    }
    return result
  }
}
