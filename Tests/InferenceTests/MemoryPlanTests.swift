// Whether a model fits: needs by precision and context, the refusal and its mend, and what the system says is free.
import Languages
import ModelFiles
import Models
import Testing

@testable import Inference

@Suite struct MemoryPlanTests {
  /// A model of Qwen2.5-0.5B's shape: 494 million parameters.
  static let half: TransformerConfiguration = {
    var c = TransformerConfiguration(
      vocabularySize: 151_936, hiddenSize: 896, layerCount: 24, headCount: 14, keyValueHeadCount: 2, headSize: 64, intermediateSize: 4864,
      contextLength: 32_768)
    c.biases.queryKeyValue = true
    return c
  }()

  private static func plan(_ mix: QuantizationMix, available: Int?) -> MemoryPlan {
    MemoryPlan(half, weights: half.weightBytes(mix), available: available)
  }

  @Test func weightsAreThoseOfTheLayout() {
    #expect(Self.half.weightBytes(.f32) == 4 * 494_032_768)
    // Vectors stay f32: two norms and three biases a block, and the last norm. Everything else is whole blocks of 34 bytes for 32.
    let vectors = 24 * (2 * 896 + 896 + 2 * 128) + 896
    #expect(Self.half.weightBytes(.q8_0) == (494_032_768 - vectors) / 32 * 34 + 4 * vectors)
    // Rows of 896 are no whole blocks of 256: they take types of blocks of 32, as the written file does.
    #expect(
      Self.half.weightBytes(.q4_k_m) < Self.half.weightBytes(.q5_k_m) && Self.half.weightBytes(.q5_k_m) < Self.half.weightBytes(.q8_0))
    #expect(Self.half.cacheBytesPerPosition == 2 * 24 * 128 * 4)
  }

  @Test func needsGrowWithTheContext() {
    let plan = Self.plan(.q8_0, available: nil)
    #expect(plan.needed(context: 1000) - plan.needed(context: 0) == 1000 * plan.perPosition)
    #expect(plan.fittingContext == 32_768)
  }

  @Test func aModelThatFitsIsOpenedWithTheContextThatFits() throws {
    let all = Self.plan(.q8_0, available: 8 << 30)
    #expect(all.fittingContext == 32_768)
    try all.check("m")
    let some = Self.plan(.q8_0, available: all.weights + all.working + 1000 * all.perPosition)
    #expect(some.fittingContext == 1000)
    try some.check("m")
  }

  @Test func aModelThatDoesNotFitIsRefusedWithWhatWould() throws {
    let plan = Self.plan(.f32, available: 800 << 20)
    #expect(plan.fittingContext == 0)
    let error = try #require(throws: FileError.self) { try plan.check("big.gguf") }
    #expect(error.file == "big.gguf" && error.place == "memory")
    #expect(error.problem.en == "opening this model takes about 2.0 GiB of memory, and 800 MiB are free")
    #expect(error.mend.en.contains("q8_0") && error.mend.zh.contains("q8_0") && error.mend.en.contains("llmlab quantize"))
    let hopeless = try #require(throws: FileError.self) { try Self.plan(.f32, available: 1 << 20).check("big.gguf") }
    #expect(hopeless.mend.en.hasPrefix("Use a smaller model"))
  }

  @Test func absurdSizesSaturate() {
    var c = Self.half
    (c.vocabularySize, c.hiddenSize, c.intermediateSize, c.layerCount) = (1 << 20, 1 << 20, 1 << 20, 1024)
    #expect(c.weightBytes(.f32) > 1 << 50)
    #expect(MemoryPlan(c, weights: .max, available: 1 << 30).fittingContext == 0)
  }

  @Test func sizesAreRoundedUp() {
    #expect(MemoryPlan.text(1) == "1 MiB")
    #expect(MemoryPlan.text(340 << 20) == "340 MiB")
    #expect(MemoryPlan.text((1 << 30) + 1) == "1.1 GiB")
  }

  @Test func freeMemoryIsRead() throws {
    #expect(FreeMemory.available("MemTotal: 100 kB\nMemAvailable:    2048 kB\n") == 2048 * 1024)
    for broken in [
      nil, "", "MemAvailable:", "MemAvailable: x kB", "MemAvailable: -4 kB", "MemAvailable: 99999999999999999999 kB", "MemAvailable: 4 MB",
    ] {
      #expect(FreeMemory.available(broken) == nil)
    }
    #expect(try #require(FreeMemory.bytes()) > 1 << 24)
  }

  @Test func aCacheNeverTakesMoreThanHalfOfWhatIsFree() {
    let perPosition = KeyValueCache.bytesPerPosition(Self.half)
    #expect(Generator.contextLimit(Self.half, free: 2000 * perPosition) == 1000)
    #expect(Generator.contextLimit(Self.half, free: 0) == 1)
    #expect(Generator.contextLimit(Self.half, free: nil) == 32_768)
  }
}
