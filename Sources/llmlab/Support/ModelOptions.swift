// --model and --threads: from what the user wrote to an open model. Not here: the formats (ModelFiles), checkpoints (Training).
import ArgumentParser
import Assets
import Inference
import Languages
import ModelFiles
import Models
import Store
import Tensors
import Tokenization
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a command is told which model to use.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "GGUF file, Hugging Face folder, training folder, or name of a model; by default the built-in one. · GGUF 文件、Hugging Face 目录、训练目录或模型名，默认用内置模型。",
      valueName: "path|name"), completion: .file())
  var model: String?

  @Option(
    help: ArgumentHelp("LoRA adapter in PEFT's form, put on the model. · PEFT 格式的 LoRA 适配器，加在模型上。", valueName: "folder"),
    completion: .directory)
  var adapter: String?

  @Option(help: "Threads of one operation, 1 to 64. · 每个运算的线程数，1 到 64。")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...64).contains(threads) {
      throw Failure.usage(zh: "--threads 应为 1 到 64", en: "--threads must be 1 to 64")
    }
  }

  /// The path that the model is read from, for commands that read it themselves and know no adapters.
  func path() throws -> String {
    let choice = try choice()
    if let adapter = choice.adapter {
      throw Failure(
        zh: "这个命令不使用适配器 \(adapter)。请先用 llmlab export 合并，再使用合并后的模型。",
        en: "This command uses no adapter such as \(adapter). Merge it with llmlab export, and use the merged model.")
    }
    return choice.path
  }

  func choice() throws -> ModelChoice {
    var choice = try ModelChoice(model)
    if let adapter {
      if let other = choice.adapter {
        throw Failure.usage(
          zh: "--model 已经是适配器 \(other)，不能再加 --adapter", en: "--model is the adapter \(other) already; leave out --adapter")
      }
      choice.adapter = adapter
    }
    return choice
  }

  /// Opens the model.
  func load() throws -> LoadedModel {
    if let threads { Kernels.threadCount = threads }
    return try choice().load()
  }

  /// Opens the tokenizer alone; weights stay on the disk.
  func tokenizer() throws -> Tokenizer { try Tokenizer.open(try choice().path) }
}

/// A model, and the adapter to put on it.
struct ModelChoice {
  var path: String
  var adapter: String?

  /// What a user names: a model, or an adapter that says which model it belongs to; nil is the built-in model.
  init(_ name: String?) throws {
    path = try ModelPlace.path(name)
    adapter = nil
    guard Adapter.isFolder(path) else { return }
    adapter = path
    guard let base = try Adapter.base(of: path), !base.isEmpty else { return }
    let beside = "\(path)/\(base)"
    do { path = try ModelPlace.path(!base.hasPrefix("/") && ModelPlace.exists(beside) ? beside : base) } catch let error as FileError {
      throw FileError(
        file: path, place: "base_model_name_or_path",
        problem: Bilingual(zh: "找不到适配器的基础模型 \(base)", en: "the adapter's base model \(base) is not there"),
        mend: Bilingual(
          zh: "请用 --model 指定基础模型，用 --adapter 指定适配器（\(error.problem.zh)）",
          en: "Name the base model with --model and the adapter with --adapter (\(error.problem.en))"))
    }
  }

  func load() throws(FileError) -> LoadedModel {
    let model = try LoadedModel(path: path)
    return try adapter.map { (folder) throws(FileError) in try model.adapted(by: folder) } ?? model
  }
}

/// Where models lie.
enum ModelPlace {
  /// Models of the user: folders, GGUF files and training runs by name.
  static var userFolder: String { LabPaths().data + "/models" }

  /// Whether there is anything of that name, a link to nowhere included.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return !path.utf8.contains(0) && lstat(path, &status) == 0
  }

  /// The path of a model by path or name; nil is the built-in model. What exists under the name as a path comes first, then the user's models,
  /// then those that ship with the program.
  static func path(_ choice: String?) throws -> String {
    guard let choice else {
      let path = "\(Assets.models)/\(Assets.defaultModel).gguf"
      guard exists(path) else {
        throw FileError(
          file: path, place: "open", problem: Bilingual(zh: "找不到内置模型", en: "the built-in model is not there"),
          mend: Bilingual(
            zh: "请让程序旁边的资源目录与它在一起（重新执行 swift build），或用 --model 指定模型",
            en: "Keep the resource folders beside the program (run swift build again), or name a model with --model"))
      }
      return path
    }
    if exists(choice) { return try newestCheckpoint(choice) }
    if isName(choice) {
      let candidates = [userFolder, Assets.models].flatMap { ["\($0)/\(choice)", "\($0)/\(choice).gguf"] }
      if let path = candidates.first(where: exists) { return try newestCheckpoint(path) }
    }
    let names = known().joined(separator: ", ")
    throw FileError(
      file: choice, place: "--model", problem: Bilingual(zh: "没有这个文件、目录或模型名", en: "there is no such file, folder or model name"),
      mend: Bilingual(
        zh: "请检查路径；已有的模型名：\(names.isEmpty ? "无" : names)", en: "Check the path; known names: \(names.isEmpty ? "none" : names)"))
  }

  /// Names of all models that can be used by name.
  static func known() -> [String] {
    let names = [userFolder, Assets.models].flatMap { folder in
      ((try? WholeFile.names(in: folder)) ?? []).filter { isName($0) && ($0.hasSuffix(".gguf") || WholeFile.isFolder("\(folder)/\($0)")) }
    }
    return Array(Set(names.map { $0.hasSuffix(".gguf") ? String($0.dropLast(5)) : $0 })).sorted()
  }

  /// Names from outside never become paths.
  private static func isName(_ text: String) -> Bool {
    !text.hasPrefix(".") && !text.isEmpty && text.utf8.count <= 200
      && text.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 >= 0x20 && $0 != 0x7F }
  }

  /// The folder of a training run stands for its newest checkpoint that verifies.
  private static func newestCheckpoint(_ path: String) throws -> String {
    guard WholeFile.isFolder(path), !exists("\(path)/config.json"), !Adapter.isFolder(path) else { return path }
    return try Checkpoint.latest(in: path).found?.path ?? path
  }
}
