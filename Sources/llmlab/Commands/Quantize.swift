// `llmlab quantize`: a model into a smaller GGUF file. Not here: which tensor gets which type (QuantizationMix), encoding (ModelFiles).
import ArgumentParser
import Dispatch
import Inference
import Languages
import ModelFiles
import Models
import Tensors
import Tokenization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension QuantizationMix: ExpressibleByArgument {}

struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a model as a GGUF file of smaller weights. · 把模型量化成更小的 GGUF 文件。",
    discussion: """
      A GGUF file of any architecture keeps its metadata and tensor names; a Hugging Face folder is converted on the way. The types _k_m and _k_s give more
      bits to the matrices that lose most. Fewer bits are faster and smaller, and the answers get worse: compare with llmlab inspect --diff.
      任何架构的 GGUF 文件都会原样保留元数据和张量名；Hugging Face 目录会顺便转换格式。名字带 _k_m、_k_s 的类型会给损失最大的矩阵更多位数。
      位数越少越小、越快，回答也越差：可用 llmlab inspect --diff 比较。
      """)

  @Argument(
    help: ArgumentHelp("File, folder or name of the model. · 模型的文件、目录或名称。", valueName: "model"), completion: .file())
  var source: String
  @Option(help: "Type of the weights. · 权重的类型。") var type = QuantizationMix.q4_k_m
  @Option(help: "File to write; by default the model's name with the type, here. · 要写入的文件，默认在当前目录，以模型名加类型命名。", completion: .file())
  var out: String?
  @Flag(help: "Replace what is there. · 覆盖已有文件。") var force = false
  @Flag(help: "Only say what would be written. · 只说明将写出什么。") var dryRun = false
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @Option(help: "Threads, 1 to 64. · 线程数，1 到 64。") var threads: Int?
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let threads, !(1...64).contains(threads) { throw Failure.usage(zh: "--threads 应为 1 到 64", en: "--threads must be 1 to 64") }
    if out?.isEmpty == true { throw Failure.usage(zh: "--out 为空", en: "--out is empty") }
  }

  func run() throws {
    if let threads { Kernels.threadCount = threads }
    let choice = try ModelChoice(source)
    let path = choice.adapter ?? choice.path
    let opened = try ModelSource.open(choice.path)
    let base = path.split(separator: "/").last.map(String.init) ?? path
    let name = base.hasSuffix(".gguf") ? String(base.dropLast(5)) : base
    let target = out ?? "\(name)-\(type.rawValue).gguf"
    if !dryRun, ModelPlace.exists(target), !force {
      throw Failure(
        zh: "\(target) 已经存在。请换一个 --out，或加 --force 覆盖。", en: "\(target) exists. Choose another --out, or replace it with --force.")
    }
    switch opened {
    case _ where choice.adapter != nil: try convert(choice, to: target)
    case .gguf(let file): try requantize(Requantization(file, as: type), to: target)
    case .huggingFace, .llama2c: try convert(choice, to: target)
    }
  }

  /// File to file, tensor by tensor: the model need not fit in memory.
  private func requantize(_ work: Requantization, to target: String) throws {
    let before = work.source.tensors.reduce(0) { $0 + $1.byteCount }
    if dryRun { return try report(target, before: before, after: work.byteCount) }
    let count = work.source.tensors.count
    // One tensor at a time, as it is stored, as f32, and as it will be.
    let largest =
      work.source.tensors.map { 4 * $0.elementCount + $0.byteCount + (work.type(of: $0).byteCount($0.elementCount) ?? 0) }.max() ?? 0
    if let free = FreeMemory.bytes(), largest > free {
      let (need, have) = (MemoryPlan.text(largest), MemoryPlan.text(free))
      throw Failure(
        zh: "最大的张量需要 \(need) 内存，现在只有 \(have) 可用。请先关闭其他程序。",
        en: "The largest tensor takes \(need) of memory, and \(have) are free. Close other programs first.")
    }
    try write(target) { () throws(FileError) in
      try work.write(to: target, encode: Self.encode) { (done) throws(FileError) in try Self.progress(done, count, target) }
    }
    try report(target, before: before, after: work.byteCount)
  }

  /// A folder becomes a GGUF file on the way; an adapter is merged.
  private func convert(_ choice: ModelChoice, to target: String) throws {
    let model = try choice.load()
    let before = model.transformer.parameters.reduce(0) { $0 + $1.weight.byteCount }
    let c = model.transformer.configuration
    let after = c.weightBytes(type)
    if dryRun { return try report(target, before: before, after: after) }
    let tokenizer = try model.tokenizer.ggufMetadata()
    try write(target) { () throws(FileError) in
      try model.transformer.writeGGUF(to: target, name: model.name, mix: type, tokenizer: tokenizer) { (done, count) throws(FileError) in
        try Self.progress(done, count, target)
      }
    }
    try report(target, before: before, after: after)
  }

  /// Runs `body`, which a signal ends between two tensors.
  private func write(_ target: String, _ body: () throws(FileError) -> Void) throws {
    Interrupt.expect([SIGTERM, SIGHUP])
    do { try body() } catch {
      // The half-written file is gone by now.
      if Interrupt.isRequested { throw ExitCode.interrupted }
      // What is wrong with the source is no failure of writing.
      if error.file == target { throw Failure(writing: error) }
      throw error
    }
  }

  /// Ends the writing; never shown.
  private static func interruption(_ file: String) -> FileError {
    FileError(
      file: file, place: "signal", problem: Bilingual(zh: "已中断", en: "interrupted"), mend: Bilingual(zh: "请重新运行", en: "Run it again"))
  }

  private func report(_ target: String, before: Int, after: Int) throws {
    if json {
      let object: JSON = [
        "path": .string(target), "type": .string(type.rawValue), "bytes_before": .integer(before), "bytes": .integer(after),
      ]
      return try Output.json(object)
    }
    let (from, to) = (MemoryPlan.text(before), MemoryPlan.text(after))
    Output.note(Bilingual(zh: "权重 \(from) → \(to)", en: "weights \(from) → \(to)"))
    try Output.text(target + "\n")
  }

  private static func progress(_ done: Int, _ count: Int, _ target: String) throws(FileError) {
    if Interrupt.isRequested { throw interruption(target) }
    if done % 16 == 0 || done == count { Output.note(Bilingual(zh: "已写 \(done)/\(count) 个张量", en: "\(done) of \(count) tensors")) }
  }

  /// Rows shared among the threads.
  private static let encode: @Sendable ([Float], Int, ElementType) -> [UInt8] = { floats, columns, type in
    let rows = floats.count / max(1, columns)
    let parts = min(rows, 4 * Kernels.threadCount)
    guard parts > 1, columns % type.blockSize == 0 else { return QuantizedBlocks.encode(floats, as: type) }
    let rowBytes = columns / type.blockSize * type.blockBytes
    return [UInt8](unsafeUninitializedCapacity: rows * rowBytes) { target, count in
      floats.withUnsafeBufferPointer { source in
        let job = RowEncoding(
          source: source, target: UnsafeMutableRawBufferPointer(target), columns: columns, rowBytes: rowBytes, type: type)
        DispatchQueue.concurrentPerform(iterations: parts) { job.encode(rows: $0 * rows / parts..<($0 + 1) * rows / parts) }
      }
      count = rows * rowBytes
    }
  }
}

/// Rows that several threads encode, each its own.
private struct RowEncoding: @unchecked Sendable {
  let source: UnsafeBufferPointer<Float>
  let target: UnsafeMutableRawBufferPointer
  let columns: Int
  let rowBytes: Int
  let type: ElementType

  func encode(rows: Range<Int>) {
    QuantizedBlocks.encode(
      UnsafeBufferPointer(rebasing: source[rows.lowerBound * columns..<rows.upperBound * columns]), as: type,
      into: UnsafeMutableRawBufferPointer(rebasing: target[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]))
  }
}
