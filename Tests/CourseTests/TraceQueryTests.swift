// Queries: grammar, values over a known run, errors, printing.
import Course
import Testing

struct TraceQueryTests {
  private func text(_ query: String, answer: CheckAnswer? = nil) throws -> String { try TraceQuery(query).text(FakeRun(), answer: answer) }

  @Test(arguments: [
    ("attn[0,1,3,2]", "1.000"), ("attn[1,0,4,*] | max", "0.2000"), ("attn[0,1,3,*] | argmax", "2"),
    ("attn[0,1,3,*] | argmax | token", " upon"), ("attn[layer,head,query,key]", "0.2500"), ("attn[1,0,query,query-1]", "0.2500"),
    ("attn[1,0,3,*] | entropy", "2.000"), ("attn[1,0,1,*]", "[0.5000, 0.5000, 0, 0, 0]"), ("attn[1,0,-1,*] | sum | digits 2", "1.00"),
    ("prob[-1, \" cat\"] | percent 1", "50.0%"), ("prob[0, *] | sum", "1.000"), ("top[-1,1].token", " cat"), ("top[0,1]", "0.5000"),
    ("top[0,1].id", "1"), ("top[-1,2].token", "<|bos|>"), ("rank[-1, \" cat\"]", "1"), ("rank[-1, \" time\"]", "6"),
    ("surprise[1]", "1.000"), ("surprise[*] | mean", "1.000"), ("token[1]", "Once"), ("token[-1].id", "4"), ("tokens", "5"),
    ("previous[0,1]", "1.000"), ("previous[*,*] | argmax", "[0, 1]"), ("previous[*,*] | argmax | at 1", "1"), ("first[0,1]", "0.2500"),
    ("own[1,1] | digits 3", "0.321"), ("blocks.0.hook_resid_pre[0,*] | norm", "5.000"), ("blocks.0.hook_resid_pre[-1,*]", "[0, −1.000]"),
    ("(blocks.0.hook_resid_pre[0,*] * blocks.0.hook_resid_pre[2,*]) | sum", "7.000"), ("blocks.layer.attn.hook_rot_q[1,0,1]", "5.000"),
    ("scores[1,0,1,*] | softmax | max", "0.7311"), ("scores[1,0,1,2]", "−∞"), ("model.layers", "2"), ("model.headSize | sqrt", "4.000"),
    ("1 + 2 * 3 - 4 / 2", "5.000"), ("1 + 2 | digits 1", "3.0"), ("-(1 + 2)", "−3"), ("7 - 2 - 1", "4"), ("2 * -3", "−6"),
    ("model.epsilon", "1.000e-05"),
    ("0.1 | digits 3", "0.100"), ("-0.0001 | digits 2", "0.00"), ("5 | entry", " cat"), ("blocks.0.hook_resid_pre[*,0] | count", "5"),
    ("attn[0,0,*,0] | min", "0.2000"), ("1 / 3", "0.3333"), ("1000000 / 7", "142857"), ("logits[0, \"Once\"]", "1.609"),
  ]) func values(query: String, expected: String) throws { #expect(try text(query) == expected) }

  @Test(arguments: [
    "", "attn", "attn[1,2,3]", "attn[1,2,3,4", "nothing[1]", "attn[1,2,3,4] | what", "blocks.0.hook_nothing[1]", "blocks.x.hook_embed",
    "top[1,1].size", "prob[1,\"open]", "1 +", "(1", "1)", "1 2", "{", "digits 2", "1 | digits 9", "(1 | digits 2) + 1", "model.age", "=",
    "attn[1,2,3,4].token", "+1", "blocks.+1.hook_attn_out[0,0]", "99999999999999999999999",
  ]) func badSyntax(query: String) { #expect(throws: TraceError.self) { try TraceQuery(query) } }

  @Test(arguments: [
    "attn[2,0,0,0]", "attn[0,0,5,0]", "attn[0,0,-6,0]", "prob[0,\"dog\"]", "attn[0,0,0,\"Once\"]", "blocks.1.hook_attn_out[0,0]",
    "blocks.0.hook_resid_pre[0]", "surprise[0]", "top[0,0]", "top[0,7]", "token[*]", "answer", "guess", "model.parameters",
    "attn[0,0,0,*] + attn[0,0,*,*]", "\"a\" + 1", "\"a\" | max", "attn[0,0,0.5,0]", "attn[0,0,3,*] | at 5", "9 | token", "attn[0,0,1/0,0]",
    "rank[*,*] + rank[*,*] + attn[*,*,*,9]", "-\"a\"",
  ]) func badValues(query: String) throws {
    let query = try TraceQuery(query)
    #expect(throws: TraceError.self) { try query.value(FakeRun()) }
  }

  @Test func nothingHasRun() throws {
    struct Empty: TraceValues {
      var tokens: [Int] { [] }
      var cursor: LabCursor { LabCursor() }
      func text(ofToken id: Int) -> String { "" }
      func tokenID(of text: String) -> Int? { nil }
      func tensor(hook: String) -> TraceTensor? { nil }
      func fact(_ fact: ModelFact) -> Double? { nil }
    }
    for query in ["attn[0,0,0,0]", "top[-1,1].token", "surprise[*] | mean", "token[0]", "previous[*,*] | max"] {
      #expect(throws: TraceError.self) { try TraceQuery(query).value(Empty()) }
    }
  }

  @Test func nestingIsBounded() {
    #expect(throws: TraceError.self) { try TraceQuery(String(repeating: "(", count: 200) + "1" + String(repeating: ")", count: 200)) }
    #expect(throws: TraceError.self) { try TraceQuery(Array(repeating: "1", count: 100).joined(separator: "+")) }
    #expect(throws: TraceError.self) { try TraceQuery("1" + String(repeating: "|sqrt", count: 90)) }
    #expect(throws: TraceError.self) { try TraceQuery(String(repeating: "attn[", count: 90)) }
    #expect(throws: TraceError.self) { try TraceQuery(String(repeating: "1", count: 600)) }
  }

  @Test(arguments: [
    ("previous[0,1] == (previous[*,*] | max)", true), ("previous[layer,head] == (previous[*,*] | max)", false),
    ("1 < 2 and 2 < 1", false), ("1 <= 1 and 2 >= 2 and 1 != 2", true), ("token[1] == \"Once\"", true),
    ("token[1] != \"Once\"", false), ("0.1 + 0.2 == 0.3", true), ("0.1 + 0.2 > 0.3", false),
  ]) func predicates(text: String, expected: Bool) throws { #expect(try TracePredicate(text).holds(FakeRun()) == expected) }

  @Test func answersAreVariables() throws {
    #expect(try text("answer | digits 2", answer: .number(0.93)) == "0.93")
    #expect(try TracePredicate("answer > 1").holds(FakeRun(), answer: .number(1.5)))
    #expect(try text("prob[-1, answer] | percent", answer: .text(" cat")) == "50%")
    #expect(throws: TraceError.self) { try text("answer", answer: .done) }
    #expect(throws: TraceError.self) { try TracePredicate("answer < 1").holds(FakeRun(), answer: .text("x")) }
  }
}
