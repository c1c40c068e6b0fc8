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

  private static func plan(_ type: ElementType, available: Int?) -> MemoryPlan {
    MemoryPlan(half, weights: half.weightBytes(as: type), available: available)
  }

  @Test func weightsAreThoseOfTheLayout() {
    #expect(Self.half.weightBytes(as: .f32) == 4 * 494_032_768)
    // 256 does not divide 896: as in files, those rows take no K type; only the down projections do.
    let down = 24 * 896 * 4864
    let rest = 4 * (494_032_768 - down)
    #expect(Self.half.weightBytes(as: .q4_k) == down / 256 * 144 + rest)
    #expect(Self.half.weightBytes(as: .q8_0) < Self.half.weightBytes(as: .f16))
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
    #expect(error.mend.en.contains("Q8_0") && error.mend.zh.contains("Q8_0") && error.mend.en.contains("llmlab quantize"))
    let hopeless = try #require(throws: FileError.self) { try Self.plan(.f32, available: 1 << 20).check("big.gguf") }
    #expect(hopeless.mend.en.hasPrefix("Use a smaller model"))
  }

  @Test func absurdSizesSaturate() {
    var c = Self.half
    (c.vocabularySize, c.hiddenSize, c.intermediateSize, c.layerCount) = (1 << 20, 1 << 20, 1 << 20, 1024)
    #expect(c.weightBytes(as: .f32) > 1 << 50)
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
