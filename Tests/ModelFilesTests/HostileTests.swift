// Hostile files end in complete errors, quickly. Not here: the files themselves (HostileCorpus).
import Testing

@testable import ModelFiles

@Suite struct HostileTests {
  @Test func theCorpusIsLargeAndItsNamesDiffer() {
    #expect(HostileCorpus.all.count >= 60)
    #expect(Set(HostileCorpus.all.map(\.testDescription)).count == HostileCorpus.all.count)
  }

  @Test(arguments: HostileCorpus.all)
  func endsInACompleteError(hostile: HostileCase) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(hostile.bytes(), "hostile.\(hostile.format.rawValue)")
    let error = try #require(fileError { try hostile.format.open(path) }, "accepted")
    #expect(error.file == path)
    #expect(hostile.problem.isEmpty || error.problem.en.contains(hostile.problem), "\(error)")
    #expect(hostile.place.isEmpty || error.place.contains(hostile.place), "\(error)")
  }

  /// The valid images are what the corpus differs from; every shorter prefix of them is an error.
  @Test(arguments: [
    (HostileFormat.gguf, GGUFImage.valid.bytes), (.safetensors, validSafetensors), (.llama2c, Llama2CImage().bytes),
    (.llama2c, Llama2CImage(version: 1).bytes), (.llama2c, Llama2CImage(version: 2).bytes),
    (.json, Array(#"{"a": [1.5e3, "é\n", true], "b": {"c": null}}"#.utf8)),
  ])
  func truncationAtEveryByte(format: HostileFormat, bytes: [UInt8]) throws {
    let folder = try TemporaryFolder(inMemory: true)
    try format.open(folder.write(bytes, "whole"))
    // Data of llama2.c files is long and all alike.
    for length in 0..<bytes.count where length < 600 || length % 41 == 0 {
      let path = try folder.write(Array(bytes.prefix(length)), "part")
      #expect(fileError { try format.open(path) } != nil, "prefix of \(length) bytes was accepted")
    }
  }

  @Test func sizesRememberOverflow() {
    #expect((FileSize(6) * FileSize(7) + FileSize(1)).atMost(43) == 43)
    #expect(FileSize(44).atMost(43) == nil)
    #expect(FileSize(-1).atMost(.max) == nil)
    #expect(FileSize(UInt64.max).atMost(.max) == nil)
    #expect((FileSize(Int.max) + FileSize(1)).atMost(.max) == nil)
    #expect((FileSize(Int.max) * FileSize(2) * FileSize(0)).atMost(.max) == nil)
    #expect(FileSize.product([1 << 40, 1 << 40, 0].map { FileSize($0) }).atMost(.max) == nil)
    #expect(FileSize(33).roundedUp(to: 32).atMost(.max) == 64)
    #expect(FileSize(Int.max).roundedUp(to: 32).atMost(.max) == nil)
    #expect(ElementType.q8_0.byteCount(64) == 68 && ElementType.q8_0.byteCount(33) == nil && ElementType.f32.byteCount(.max) == nil)
  }
}
