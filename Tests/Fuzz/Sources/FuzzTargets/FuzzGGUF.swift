// GGUF: header, metadata, tensors.
import ModelFiles

@Sendable func fuzzGGUF(_ input: FuzzInput) throws {
  let file = try GGUFFile(path: input.file())
  for (key, _) in file.metadata.entries { _ = try? file.integer(key, in: 0...9) }
  try readAll(file)
}
