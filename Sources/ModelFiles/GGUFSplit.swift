// The parts of a GGUF model: `name-00001-of-00003.gguf` and so on (llama.cpp, tools/gguf-split). Not here: reading one part.
//
// Part i (from 0) says `split.no` = i, and every part `split.count` and `split.tensors.count`. The names of the other parts come from the name that
// the user gave, never from inside a file.
import Languages

enum GGUFSplit {
  /// The name of a part, taken apart.
  struct Name: Equatable {
    /// Folder and name before the number, "folder/name".
    let prefix: String
    /// From 1.
    let number: Int
    let count: Int

    init?(_ path: String) {
      let ending = ".gguf"
      guard path.hasSuffix(ending) else { return nil }
      let pieces = path.dropLast(ending.count).split(separator: "-", omittingEmptySubsequences: false)
      func digits(_ text: Substring) -> Int? {
        text.utf8.count == 5 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
      }
      guard pieces.count >= 4, pieces[pieces.count - 2] == "of", let number = digits(pieces[pieces.count - 3]),
        let count = digits(pieces[pieces.count - 1]), number >= 1, number <= count
      else { return nil }
      (prefix, self.number, self.count) = (pieces.dropLast(3).joined(separator: "-"), number, count)
    }

    func path(of number: Int) -> String { "\(prefix)-\(padded(number))-of-\(padded(count)).gguf" }
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
  }

  /// All parts of the model that `opened` belongs to, first part first.
  static func parts(with opened: GGUFPart) throws(FileError) -> [GGUFPart] {
    guard opened.metadata["split.count"] != nil else { return [opened] }
    let count = try integer("split.count", of: opened, in: 1...Limits.shards)
    if count == 1 { return [opened] }
    guard let name = Name(opened.path), name.count == count else {
      throw FileError(
        file: opened.path, place: "split.count",
        problem: Bilingual(
          zh: "这是 \(count) 个分卷之一，但文件名不是“…-00001-of-\(padded(count)).gguf”这种形式",
          en: "this is one of \(count) parts, but its name is not of the form “…-00001-of-\(padded(count)).gguf”"),
        mend: Bilingual(zh: "请恢复各分卷原来的文件名", en: "Give the parts their original names back"))
    }
    var parts: [GGUFPart] = []
    var tensors = 0
    for number in 1...count {
      let part = number == name.number ? opened : try open(name, number)
      let stated = try integer("split.no", of: part, in: 0...Limits.shards)
      if stated != number - 1 {
        throw wrong(
          part, "split.no", "文件名中是第 \(number) 卷，文件内却是第 \(stated + 1) 卷",
          "by its name this is part \(number), by its content part \(stated + 1)")
      }
      let others = try integer("split.count", of: part, in: 1...Limits.shards)
      if others != count {
        throw wrong(
          part, "split.count", "此卷称共有 \(others) 卷，其他卷称 \(count) 卷", "this part says that there are \(others) parts, the others say \(count)"
        )
      }
      tensors += part.table.tensors.count + part.unsupportedTensors.count
      if tensors > Limits.tensors {
        throw .tooLarge(
          part.path, "byte 8", zh: "各卷张量合计超过 \(Limits.tensors) 个", en: "the parts hold more than \(Limits.tensors) tensors together")
      }
      parts.append(part)
    }
    try check(parts)
    return parts
  }

  private static func open(_ name: Name, _ number: Int) throws(FileError) -> GGUFPart {
    let path = name.path(of: number)
    if !WholeFile.exists(path) {
      throw FileError(
        file: path, place: "open",
        problem: Bilingual(zh: "缺少第 \(number) 卷（共 \(name.count) 卷）", en: "part \(number) of \(name.count) is missing"),
        mend: Bilingual(zh: "请把所有分卷下载到同一目录", en: "Download all parts into the same folder"))
    }
    return try GGUFPart(path: path)
  }

  /// The same number of tensors everywhere, and that many, with different names.
  private static func check(_ parts: [GGUFPart]) throws(FileError) {
    let key = "split.tensors.count"
    let announced = try integer(key, of: parts[0], in: 0...Limits.tensors)
    var names: Set<ExactString> = []
    for part in parts {
      let stated = try integer(key, of: part, in: 0...Limits.tensors)
      if stated != announced {
        throw wrong(
          part, key, "此卷称共有 \(stated) 个张量，第 1 卷称 \(announced) 个",
          "this part says that there are \(stated) tensors, part 1 says \(announced)")
      }
      for tensor in part.table.tensors.map(\.name) + part.unsupportedTensors.map(\.name) where !names.insert(ExactString(tensor)).inserted {
        throw wrong(part, tensor, "这个张量在前面的分卷中已经有了", "an earlier part holds this tensor too")
      }
    }
    if names.count != announced {
      throw wrong(
        parts[0], key, "应有 \(announced) 个张量，各卷合计 \(names.count) 个", "there should be \(announced) tensors, the parts hold \(names.count)")
    }
  }

  private static func integer(_ key: String, of part: GGUFPart, in range: ClosedRange<Int>) throws(FileError) -> Int {
    guard case .integer(let value, _) = part.metadata[key], range.contains(value) else {
      throw wrong(
        part, key, "应为 \(range.lowerBound) 至 \(range.upperBound) 的整数", "must be an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  private static func wrong(_ part: GGUFPart, _ place: String, _ zh: String, _ en: String) -> FileError {
    FileError(
      file: part.path, place: place, problem: Bilingual(zh: zh, en: en),
      mend: Bilingual(zh: "请确认各分卷来自同一个模型，并重新下载此卷", en: "Make sure that the parts belong to one model, and download this part again"))
  }
}
