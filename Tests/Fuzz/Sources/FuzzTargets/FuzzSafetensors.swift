// Safetensors: header and tensors of one file.
import ModelFiles

@Sendable func fuzzSafetensors(_ input: FuzzInput) throws { try readAll(SafetensorsFile(path: input.file())) }
