// llama2.c checkpoints, all three versions.
import ModelFiles

@Sendable func fuzzLlama2C(_ input: FuzzInput) throws { try readAll(Llama2CFile(path: input.file())) }
