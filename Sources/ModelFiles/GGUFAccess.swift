// Typed access to GGUF metadata: every mismatch is a `FileError` that names the key. Not here: which keys a model needs.
import Languages

extension GGUFFile {
  public func contains(_ key: String) -> Bool { metadata[key] != nil }

  /// An integer in `range`, of any stored integer type.
  public func integer(_ key: String, in range: ClosedRange<Int>) throws(FileError) -> Int {
    guard case .integer(let value, _) = try value(key) else { throw wrongType(key, Bilingual(zh: "整数", en: "an integer")) }
    guard range.contains(value) else { throw outside(key, "\(value)", "\(range.lowerBound)…\(range.upperBound)") }
    return value
  }

  /// A finite number in `range`, of any stored number type.
  public func number(_ key: String, in range: ClosedRange<Double>) throws(FileError) -> Double {
    let number: Double
    switch try value(key) {
    case .integer(let value, _): number = Double(value)
    case .float32(let value): number = Double(value)
    case .float64(let value): number = value
    default: throw wrongType(key, Bilingual(zh: "数值", en: "a number"))
    }
    guard range.contains(number) else { throw outside(key, "\(number)", "\(range.lowerBound)…\(range.upperBound)") }
    return number
  }

  public func bool(_ key: String) throws(FileError) -> Bool {
    guard case .bool(let value) = try value(key) else { throw wrongType(key, Bilingual(zh: "布尔值", en: "a boolean")) }
    return value
  }

  public func string(_ key: String) throws(FileError) -> String {
    guard case .string(let value) = try value(key) else { throw wrongType(key, Bilingual(zh: "字符串", en: "a string")) }
    return value
  }

  public func strings(_ key: String) throws(FileError) -> [String] {
    guard case .strings(let values) = try value(key) else { throw wrongType(key, Bilingual(zh: "字符串数组", en: "an array of strings")) }
    return values
  }

  public func integers(_ key: String) throws(FileError) -> [Int] {
    guard case .integers(let values, _) = try value(key) else { throw wrongType(key, Bilingual(zh: "整数数组", en: "an array of integers")) }
    return values
  }

  public func floats(_ key: String) throws(FileError) -> [Float] {
    guard case .float32s(let values) = try value(key) else {
      throw wrongType(key, Bilingual(zh: "单精度浮点数组", en: "an array of 32-bit floating-point numbers"))
    }
    return values
  }

  private func value(_ key: String) throws(FileError) -> GGUFValue {
    guard let value = metadata[key] else {
      throw error(
        key, Bilingual(zh: "缺少这个必需的元数据键", en: "this metadata key is required and missing"),
        Bilingual(zh: "请换用完整的 GGUF 文件", en: "Use a complete GGUF file"))
    }
    return value
  }

  /// An error at `key`, for rules that only the caller knows.
  public func error(_ key: String, _ problem: Bilingual, _ mend: Bilingual) -> FileError {
    FileError(file: path, place: key, problem: problem, mend: mend)
  }

  private func wrongType(_ key: String, _ expected: Bilingual) -> FileError {
    let found = metadata[key].map { $0.arrayCount == nil ? "\($0.elementType)" : "[\($0.elementType)]" } ?? ""
    return error(
      key, Bilingual(zh: "类型不对：应为\(expected.zh)，实际是 \(found)", en: "wrong type: expected \(expected.en), found \(found)"),
      Bilingual(zh: "请重新下载或重新导出该文件", en: "Download or export the file again"))
  }

  private func outside(_ key: String, _ number: String, _ range: String) -> FileError {
    error(
      key, Bilingual(zh: "数值 \(number) 超出允许范围 \(range)", en: "\(number) is outside the allowed range \(range)"),
      Bilingual(zh: "请重新下载该文件，或换用其他模型", en: "Download the file again, or use another model"))
  }
}
