// The doctor's checks of machine, shipped files, model and folders. None writes anything.
import Assets
import Course
import Inference
import Languages
import ModelFiles
import Store
import Tensors
import Terminal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

enum MachineChecks {
  static func all() -> [Finding] { [instructionSet, threads, memory] + folders + [store] }

  private static var instructionSet: Finding {
    let set = Kernels.instructionSet
    let name = Bilingual(zh: "指令集", en: "instruction set")
    if set != .portable { return Finding("instruction-set", name, .ok, Bilingual(same: set.name)) }
    return Finding(
      "instruction-set", name, .warn, Bilingual(same: set.name),
      mend: Bilingual(zh: "此处理器没有 AVX2，运行会慢一些", en: "This processor lacks AVX2; everything works, more slowly"))
  }

  private static var threads: Finding {
    Finding(
      "threads", Bilingual(zh: "线程", en: "threads"), .ok,
      Bilingual(
        zh: "\(Kernels.threadCount)（可用 \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) 个处理器）",
        en: "\(Kernels.threadCount) of \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors"))
  }

  /// The built-in model and its caches take a fraction of this.
  private static let enoughMemory = 256 << 20

  private static var memory: Finding {
    let name = Bilingual(zh: "内存", en: "memory")
    guard let available = availableMemory else {
      return Finding("memory", name, .ok, Bilingual(zh: "系统没有给出可用内存", en: "the system does not tell how much is free"))
    }
    let fact = Bilingual(zh: "可用 \(available >> 20) MiB", en: "\(available >> 20) MiB available")
    if available >= enoughMemory { return Finding("memory", name, .ok, fact) }
    return Finding(
      "memory", name, .warn, fact, mend: Bilingual(zh: "请关闭一些程序，大模型可能放不下", en: "Close other programs; larger models may not fit"))
  }

  private static var availableMemory: Int? {
    // Files of /proc have no size, so they are read as a stream.
    guard let file = fopen("/proc/meminfo", "r") else { return nil }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count, file)
    let text = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
  }

  private static var folders: [Finding] {
    let paths = LabPaths()
    return [("data", paths.data), ("config", paths.config), ("cache", paths.cache), ("state", paths.state)].map { id, path in
      let name = Bilingual(zh: "目录 \(id)", en: "folder \(id)")
      if isWritable(path) { return Finding("folder-\(id)", name, .ok, Bilingual(same: path)) }
      return Finding(
        "folder-\(id)", name, .fail, Bilingual(zh: "\(path) 不可写", en: "\(path) cannot be written"),
        mend: Bilingual(zh: "请修改权限，或用 LLMLAB_HOME 指定另一个目录", en: "Change its permissions, or set LLMLAB_HOME to another folder"))
    }
  }

  /// Whether the folder can be written, or made below the nearest folder that exists.
  private static func isWritable(_ path: String) -> Bool {
    var path = path
    while !ModelPlace.exists(path), let slash = path.lastIndex(of: "/"), slash != path.startIndex { path = String(path[..<slash]) }
    if !path.contains("/") && !ModelPlace.exists(path) { path = "." }
    return WholeFile.isFolder(path) && access(path, W_OK | X_OK) == 0
  }

  private static var store: Finding {
    let name = Bilingual(zh: "学习记录", en: "saved progress")
    let path = LabPaths().store
    guard ModelPlace.exists(path) else { return Finding("store", name, .ok, Bilingual(zh: "还没有记录", en: "nothing saved yet")) }
    do throws(StoreError) {
      let count = try LabStore(path: path).progress().count
      return Finding("store", name, .ok, Bilingual(zh: "\(count) 课有记录", en: "lessons begun: \(count)"))
    } catch {
      return Finding("store", name, .fail, error.message)
    }
  }
}

enum AssetChecks {
  static func all(_ model: ModelOptions) -> [Finding] { [models, corpus, course, generation(model)] }

  private static let rebuild = Bilingual(
    zh: "请重新执行 swift build，并让资源目录留在程序旁边", en: "Run swift build again, and keep the resource folders beside the program")

  /// Compares the shipped models with the list of their checksums.
  private static var models: Finding {
    let name = Bilingual(zh: "内置模型", en: "built-in models")
    do throws(FileError) {
      let lines = try WholeFile.text(Assets.models + "/SHA256SUMS", limit: 1 << 20).split(separator: "\n")
      for line in lines {
        // As sha256sum writes it: sum, two spaces, name.
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, let file = parts[1].split(whereSeparator: { " *".contains($0) }).first, !file.contains("/") else {
          continue
        }
        let bytes = try WholeFile.bytes("\(Assets.models)/\(file)", limit: 1 << 30)
        if SHA256.hexadecimal(bytes) != parts[0] {
          return Finding("models", name, .fail, Bilingual(zh: "\(file) 的校验和不符", en: "the checksum of \(file) differs"), mend: rebuild)
        }
      }
      return Finding("models", name, .ok, Bilingual(zh: "校验和相符：\(lines.count) 个文件", en: "checksums match, files: \(lines.count)"))
    } catch {
      return Finding(
        "models", name, .fail, Bilingual(zh: "\(error.file)：\(error.problem.zh)", en: "\(error.file): \(error.problem.en)"), mend: rebuild)
    }
  }

  private static var corpus: Finding {
    let name = Bilingual(zh: "语料和配方", en: "corpus and recipes")
    let files = ((try? WholeFile.names(in: Assets.corpus)) ?? []).filter { $0.hasSuffix(".jsonl") }
    let recipes = ((try? WholeFile.names(in: Assets.recipes)) ?? []).filter { $0.hasSuffix(".yaml") }
    let fact = Bilingual(zh: "语料文件 \(files.count) 个，配方 \(recipes.count) 个", en: "corpus files: \(files.count), recipes: \(recipes.count)")
    if !files.isEmpty && !recipes.isEmpty { return Finding("corpus", name, .ok, fact) }
    return Finding("corpus", name, .warn, fact, mend: rebuild)
  }

  private static var course: Finding {
    let name = Bilingual(zh: "课程", en: "course")
    do {
      let course = try CourseFolder.open(nil)
      let (written, problems) = (course.entries.count(where: \.isWritten), course.validate())
      if let first = problems.first { return Finding("course", name, .fail, first.message, mend: rebuild) }
      return Finding("course", name, .ok, Bilingual(zh: "\(written) 课可学", en: "lessons: \(written)"))
    } catch {
      return Finding("course", name, .fail, Bilingual(zh: "找不到课程文件", en: "the lessons are not there"), mend: rebuild)
    }
  }

  private static func generation(_ options: ModelOptions) -> Finding {
    let name = Bilingual(zh: "模型试运行", en: "model runs")
    do {
      let start = ContinuousClock.now
      let model = try options.load()
      var generation = GenerationOptions()
      generation.maxTokens = 8
      let ids = model.encode(raw: "a")
      let result = try Generator(model, contextLength: ids.count + 8).generate(ids, generation)
      let elapsed = (ContinuousClock.now - start).components
      let milliseconds = Int(elapsed.seconds) * 1000 + Int(elapsed.attoseconds / 1_000_000_000_000_000)
      return Finding(
        "model", name, .ok,
        Bilingual(
          zh: "\(model.name)：生成 \(result.ids.count) 个 token，用时 \(milliseconds) ms（含加载）",
          en: "\(model.name): \(result.ids.count) tokens in \(milliseconds) ms, loading included"))
    } catch {
      let message = (error as? any BilingualError)?.message ?? Bilingual(same: String(describing: error))
      return Finding("model", name, .fail, message)
    }
  }
}
