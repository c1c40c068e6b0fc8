// JSON: what parses is written as text that parses to the same value.
import ModelFiles

@Sendable func fuzzJSON(_ input: FuzzInput) throws {
  let value = try JSON.parse(Array(input.bytes), file: "input")
  let again = try JSON.parse(Array(value.serialized().utf8), file: "again")
  precondition(again == value)
}
