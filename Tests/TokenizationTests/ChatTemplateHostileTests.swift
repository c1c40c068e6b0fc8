// Templates that mean harm: each ends in an error, soon, on a small stack. Then mutated templates; LLMLAB_FUZZ sets the number of cases.
import Foundation
import ModelFiles
import Testing

@testable import Tokenization

#if DEBUG
  /// Unoptimized code is many times slower; the work is the same.
  private let patience = Duration.milliseconds(1500)
#else
  private let patience = Duration.milliseconds(100)
#endif

/// Time that this thread computed: the machine may be busy with other tests.
private func threadTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

@Suite(.serialized) struct ChatTemplateHostileTests {
  private static func nest(_ count: Int, _ open: String, _ inside: String, _ close: String) -> String {
    String(repeating: open, count: count) + inside + String(repeating: close, count: count)
  }

  private static let double = "{% set ns = namespace(s='xx', l=[1, 2]) %}{% for i in range(9999) %}"

  static let templates: [(name: String, source: String)] = [
    ("parentheses", "{{ " + nest(100_000, "(", "1", ")") + " }}"),
    ("lists", "{{ " + nest(100_000, "[", "1", "]") + " }}"),
    ("minus", "{{ " + String(repeating: "-", count: 100_000) + "1 }}"),
    ("plus", "{{ " + String(repeating: "+", count: 100_000) + "1 }}"),
    ("not", "{{ " + String(repeating: "not ", count: 50_000) + "1 }}"),
    ("inline if", "{{ " + String(repeating: "1 if 0 else ", count: 20_000) + "1 }}"),
    ("powers", "{{ " + String(repeating: "9 ** ", count: 20_000) + "9 }}"),
    ("deep subscripts", "{{ " + nest(50_000, "a[", "1", "]") + " }}"),
    ("deep calls", "{{ " + nest(50_000, "f(", "1", ")") + " }}"),
    ("deep tests", "{{ 1 is " + nest(20_000, "eq(", "1", ")") + " }}"),
    ("deep targets", "{% set " + nest(100_000, "(", "a", ")") + " = 1 %}"),
    ("blocks", nest(10_000, "{% if true %}", "x", "{% endif %}")),
    ("loops", nest(10_000, "{% for i in [1] %}", "x", "{% endfor %}")),
    ("unclosed", String(repeating: "{% if true %}", count: 15_000)),
    ("source", String(repeating: "x", count: 300_000)),
    ("raw openings", String(repeating: "{% raw %}", count: 25_000)),
    ("raw ends", "{% raw %}" + String(repeating: "{%", count: 120_000)),
    ("range", "{{ range(10001) }}"),
    ("huge range", "{{ range(-9223372036854775807, 9223372036854775807) }}"),
    ("nested ranges", nest(5, "{% for i in range(10000) %}", "x", "{% endfor %}")),
    ("nested empty ranges", nest(5, "{% for i in range(10000) %}", "", "{% endfor %}")),
    ("repeated ranges", "{% for i in range(10000) %}{% set x = range(10000) %}{% endfor %}"),
    ("self call", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
    ("self call in blocks", "{% macro f() %}" + nest(20, "{% if true %}", "{{ [[[[f()]]]] }}", "{% endif %}") + "{% endmacro %}{{ f() }}"),
    ("mutual calls", "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}"),
    ("branching calls", "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(30) }}"),
    ("default calls itself", "{% macro f(a=f()) %}{{ a }}{% endmacro %}{{ f() }}"),
    ("caller", "{% macro f() %}{{ caller() }}{% endmacro %}{% macro g() %}{% call f() %}{{ g() }}{% endcall %}{% endmacro %}{{ g() }}"),
    ("doubling", double + "{% set ns.s = ns.s ~ ns.s %}{% endfor %}"),
    ("doubling by plus", double + "{% set ns.s = ns.s + ns.s %}{% endfor %}"),
    ("doubling by replace", double + "{% set ns.s = ns.s.replace('x', 'xx') %}{% endfor %}"),
    ("doubling by join", double + "{% set ns.s = [ns.s, ns.s]|join %}{% endfor %}"),
    ("doubling by format", double + "{% set ns.s = '%s%s' % (ns.s, ns.s) %}{% endfor %}"),
    ("doubling by braces", double + "{% set ns.s = '{0}{0}'.format(ns.s) %}{% endfor %}"),
    ("doubling by tojson", double + "{% set ns.s = (ns.s ~ '\"')|tojson|tojson|tojson %}{% endfor %}"),
    ("doubling by repr", double + "{% set ns.s = [ns.s ~ '\\\\']|string %}{% endfor %}"),
    ("doubling by escape", double + "{% set ns.s = (ns.s ~ '&<>')|e %}{% endfor %}"),
    ("doubling by capture", double + "{% set t %}{{ ns.s }}{{ ns.s }}{% endset %}{% set ns.s = t %}{% endfor %}"),
    ("doubling lists", double + "{% set ns.l = ns.l + ns.l %}{% endfor %}"),
    ("shared lists", double + "{% set ns.l = [ns.l, ns.l] %}{% endfor %}"),
    ("shared lists, printed", "{% set a = [1, 1] %}" + (0..<60).map { _ in "{% set a = [a, a] %}" }.joined() + "{{ a }}"),
    ("shared lists, compared", "{% set a = [1, 1] %}" + (0..<60).map { _ in "{% set a = [a, a] %}" }.joined() + "{{ a == a + [] }}"),
    ("shared lists as JSON", "{% set a = [1, 1] %}" + (0..<60).map { _ in "{% set a = {'a': a, 'b': a} %}" }.joined() + "{{ a|tojson }}"),
    ("namespaces in a row", double + "{% set ns.s = namespace(s=ns.s, l=[ns.s]) %}{% endfor %}{{ [1] * 99999 }}"),
    ("namespace holds itself", "{% set ns = namespace() %}{% set ns.ns = [ns] %}{{ [ns] }}"),
    ("loop in itself", double + "{% for j in [ns.l] %}{% set ns.l = loop %}{% endfor %}{% endfor %}{{ [1] * 99999 }}"),
    ("namespace growth", double + "{% for j in range(9999) %}{% set ns = namespace(s=range(999)) %}{% endfor %}{% endfor %}"),
    ("repeat", "{{ 'x' * 9223372036854775807 }}"), ("repeat of much", "{{ 'xxxxxxxx' * 2305843009213693952 }}"),
    ("repeat list", "{{ [1, 2] * 9223372036854775807 }}"), ("repeat often", double + "{% set x = 'x' * 1000000 %}{% endfor %}"),
    ("indent", "{{ 'a\nb'|indent(9999999999) }}"), ("indent text", "{{ ('a\n' * 9999)|indent('x' * 9999) }}"),
    ("tojson indent", "{{ [[1]]|tojson(indent=999999999) }}"), ("percent width", "{{ '%999999999d' % 1 }}"),
    ("percent precision", "{{ '%.999999999f' % 1 }}"), ("brace width", "{{ '{:>999999999}'.format(1) }}"),
    ("zfill", "{{ 'x'.zfill(999999999) }}"),
    ("batch", "{{ [1]|batch(999999999, 0) }}"), ("slice", "{{ [1]|slice(999999999) }}"), ("round", "{{ 1.5|round(999999999) }}"),
    ("power", "{{ 9 ** 9 ** 9 }}"), ("least integer", "{{ (-9223372036854775807 - 1) // -1 }}"),
    ("large integer", "{{ 99999999999999999999 }}"),
    ("integer of text", "{{ ('9' * 100)|int }}"), ("abs of least", "{{ (-9223372036854775807 - 1)|abs }}"),
    ("slow search", "{% set a = 'a' * 500000 %}{{ (a ~ a).find(a ~ 'b') }}"),
    ("slow count", "{% set a = 'a' * 500000 %}{{ (a ~ a ~ 'c').count(a ~ 'b') }}"),
    ("slow split", "{% set a = 'a' * 400000 %}{{ (a ~ a).split(a ~ 'b') }}"), ("split to letters", "{{ ('a,' * 400000).split(',') }}"),
    ("letters", "{{ ('a' * 100000)|list }}"), ("unique", "{{ range(9999)|unique|list }}"),
    ("in list", "{% for i in range(9999) %}{{ -1 in range(9999) }}{% endfor %}"),
    ("sort", "{% for i in range(9999) %}{% set x = range(9999)|sort(reverse=true) %}{% endfor %}"),
    ("strftime", double + "{% set ns.s = strftime_now('%A%A%A%A%A' * 99999) %}{% endfor %}"),
    ("output", "{% for i in range(9999) %}{{ 'x' * 999 }}{% endfor %}"),
    ("text", "{% for i in range(9999) %}" + String(repeating: "x", count: 999) + "{% endfor %}"),
    ("filter of filters", "{{ range(9999)|map('map', 'map', 'map')|list }}"), ("test of test", "{{ 'a'|select('nope')|list }}"),
    ("host objects", "{{ ''.__class__.__mro__[1].__subclasses__() }}"), ("globals", "{{ namespace.__init__.__globals__ }}"),
    ("import", "{% import 'os' as os %}"), ("include", "{% include '/etc/passwd' %}"), ("extends", "{% extends 'x' %}"),
    ("list change", "{{ [].append(1) }}"), ("dict change", "{{ {}.update({}) }}"),
    ("underscore", "{% set ns = namespace() %}{% set ns.__class__ = 1 %}"),
    ("many names", "{{ f(" + (0..<30_000).map { "a\($0)=1," }.joined() + ") }}"), ("step", "{{ 'abc'[::0] }}"),
    ("extreme slices", "{{ 'abc'[-9223372036854775807 - 1:9223372036854775807:-9223372036854775807] ~ raise_exception('end') }}"),
    ("nul", "\u{0}{{ \u{0} }}"), ("unclosed string", "{{ '" + String(repeating: "\\", count: 100_001)), ("escape", "{{ '\\ud800' }}"),
    ("surrogate", "{{ '\\U00110000' }}"), ("comment", String(repeating: "{#", count: 100_000)),
  ]

  /// Runs on a thread with the smallest stack that threads of the system commonly have.
  private static func onSmallStack(_ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      body()
      done.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    done.wait()
  }

  /// The time each took goes to standard output with LLMLAB_TIMES.
  private static let showsTimes = ProcessInfo.processInfo.environment["LLMLAB_TIMES"] != nil

  @Test(arguments: templates.map(\.name)) func endsInAnErrorSoon(_ name: String) throws {
    let source = try #require(Self.templates.first { $0.name == name }).source
    Self.onSmallStack {
      let start = threadTime()
      do throws(ChatTemplateError) {
        let text = try rendered(source).map(\.text).joined()
        Issue.record("\(name) was rendered: \(text.prefix(80))")
      } catch {
        #expect(!error.reason.zh.isEmpty && !error.reason.en.isEmpty && error.line > 0)
      }
      let time = threadTime() - start
      if Self.showsTimes { print("TIME", time, name) }
      #expect(time < patience, "\(name)")
    }
  }

  /// The deepest that the caps allow must fit on that stack; in unoptimized code it may be refused.
  @Test(arguments: [
    "{{ " + nest(60, "(", "1", ")") + " }}", "{{ " + nest(60, "[", "1", "]") + " }}", nest(62, "{% if true %}", "x", "{% endif %}"),
    "{% macro f(n) %}{% if n %}{{ [f(n - 1)] | join }}{% endif %}{% endmacro %}{{ f(20) }}x",
    "{% macro f(n) %}{% for i in [1] %}{% filter trim %}{% set x %}{{ 'x' ~ (f(n - 1) if n) }}{% endset %}{{ x }}{% endfilter %}{% endfor %}{% endmacro %}{{ f(15) }}",
    "{% set a = [1] %}{% for i in range(9) %}{% set a = [a] %}{% endfor %}" + (0..<60).map { _ in "{% set a = [a] %}" }.joined()
      + "{{ a|tojson }}{{ a }}{{ a == a }}",
  ]) func deepTemplatesFitOnASmallStack(_ source: String) {
    Self.onSmallStack {
      do {
        #expect(try !rendered(source).isEmpty)
      } catch {
        #if DEBUG
          #expect((error as? ChatTemplateError)?.reason == TemplateFault.tooDeep.reason)
        #else
          Issue.record("\(error)")
        #endif
      }
    }
  }

  // MARK: Mutations

  private static let cases = ProcessInfo.processInfo.environment["LLMLAB_FUZZ"].flatMap { Int($0) } ?? 1500
  private static let fragments = [
    "{%", "%}", "{{", "}}", "{#", "#}", "-", "+", "|", "(", ")", "[", "]", "'", "\"", "\\", " not ", " in ", " is ", " if ", "else", "elif",
    "endif", "endfor", "set ",
    "for x in ", "macro f()", "f()", ".items()", "|tojson", "|list", "[::-1]", "99999999999", "-1", "0", "loop.", "namespace()", "messages",
    "* 9999", "~", "**", "%",
    "none", "true", ",", "=", ":", "{", "}", "\u{0}", "é", "raise_exception(", "|map(", "|select(", "caller()", "range(9)", "|indent(",
    ".split(", ".format(", "{% raw %}",
  ].map { Array($0.utf8) }

  private static func mutated(_ seed: [UInt8], _ other: [UInt8], _ random: inout SeededGenerator) -> String {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let start = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, start + Int.random(in: 0...40, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes.removeSubrange(start..<end)
      case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 2:
        let from = Int.random(in: 0...other.count, using: &random)
        bytes.insert(contentsOf: other[from..<min(other.count, from + 60)], at: start)
      case 3: bytes.removeSubrange(start...)
      default: bytes.replaceSubrange(start..<min(end, start + 3), with: fragments.randomElement(using: &random) ?? [])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func mutatedTemplatesAreRenderedOrRefused() throws {
    let lines = try String(contentsOfFile: "\(Golden.folder)/expressions.txt", encoding: .utf8).split(separator: "\n").map { line in
      line.contains("{%") ? String(line) : "{{ \(line) }}"
    }
    let seeds = try (GoldenTemplate.names.map(GoldenTemplate.source) + lines).map { Array($0.utf8) }
    let chats = try GoldenChat.all()
    Self.onSmallStack {
      var random = SeededGenerator(seed: 11)
      var (rendered, refused, slowest) = (0, 0, Duration.zero)
      for number in 0..<Self.cases {
        let source = Self.mutated(seeds[number % seeds.count], seeds.randomElement(using: &random) ?? [], &random)
        let start = threadTime()
        do throws(ChatTemplateError) {
          let spans = try (chats.randomElement(using: &random) ?? chats[0]).spans(ChatTemplate(jinja: source, name: "fuzz"))
          #expect(spans.allSatisfy { !$0.text.isEmpty })
          rendered += 1
        } catch {
          #expect(error.line > 0 && error.column > 0)
          refused += 1
        }
        slowest = max(slowest, threadTime() - start)
      }
      #expect(slowest < patience * 2 && rendered > Self.cases / 20 && refused > Self.cases / 20)
    }
  }
}
