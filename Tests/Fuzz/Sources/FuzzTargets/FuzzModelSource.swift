// What a path is, by content.
import ModelFiles

@Sendable func fuzzModelSource(_ input: FuzzInput) throws {
  switch try ModelSource.open(input.file()) {
  case .gguf(let file): try readAll(file)
  case .llama2c(let file): try readAll(file)
  case .huggingFace(let folder): try readAll(folder.weights)
  }
}
