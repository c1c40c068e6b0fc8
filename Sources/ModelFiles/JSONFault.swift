// What can be wrong with a JSON document, in words. Not here: finding it.
import Languages

/// What can be wrong with a document, in words.
enum JSONFault {
  case truncated, trailing, unexpected, expectedKey, duplicate, tooDeep, tooMany, longString
  case control, escape, surrogate, encoding, overflow

  func error(file: String, part: String, line: Int, column: Int) -> FileError {
    FileError(file: file, place: (part.isEmpty ? "" : part + " ") + "\(line):\(column)", problem: problem, mend: mend)
  }

  var problem: Bilingual {
    switch self {
    case .truncated: Bilingual(zh: "JSON 在此处中断，内容不完整", en: "the JSON document ends too early")
    case .trailing: Bilingual(zh: "JSON 结束之后还有多余内容", en: "there is text after the end of the JSON document")
    case .unexpected: Bilingual(zh: "此处的字符不符合 JSON 语法", en: "this character is not valid JSON here")
    case .expectedKey: Bilingual(zh: "此处应为带双引号的键名", en: "a key in double quotes is expected here")
    case .duplicate: Bilingual(zh: "同一对象中键名重复", en: "this key appears twice in the same object")
    case .tooDeep: Bilingual(zh: "嵌套超过 \(Limits.jsonDepth) 层", en: "nesting is deeper than \(Limits.jsonDepth) levels")
    case .tooMany: Bilingual(zh: "JSON 中的值超过 \(Limits.jsonValues) 个", en: "the document holds more than \(Limits.jsonValues) values")
    case .longString:
      Bilingual(zh: "字符串超过 \(Limits.stringBytes) 字节", en: "a string is longer than \(Limits.stringBytes) bytes")
    case .control: Bilingual(zh: "字符串中有未转义的控制字符", en: "a string holds an unescaped control character")
    case .escape: Bilingual(zh: "无效的转义序列", en: "this escape sequence is not valid")
    case .surrogate: Bilingual(zh: "UTF-16 代理项没有成对出现", en: "a UTF-16 surrogate stands alone")
    case .encoding: Bilingual(zh: "字符串不是合法的 UTF-8", en: "the string is not valid UTF-8")
    case .overflow: Bilingual(zh: "数值超出双精度浮点数的范围", en: "the number does not fit a double")
    }
  }

  var mend: Bilingual {
    switch self {
    case .truncated: Bilingual(zh: "文件可能没有下载完整，请重新下载或补全", en: "The file may be cut off: download it again or complete it")
    case .duplicate: Bilingual(zh: "删除多余的同名键，只保留一个", en: "Delete all but one of the equal keys")
    case .encoding: Bilingual(zh: "请将文件另存为 UTF-8 编码", en: "Save the file as UTF-8")
    case .tooDeep, .tooMany, .longString, .overflow:
      Bilingual(zh: "请检查文件来源，正常的模型文件不会这样", en: "Check where the file comes from: no ordinary model file looks like this")
    default: Bilingual(zh: "请改正此处，或重新下载该文件", en: "Correct it here, or download the file again")
    }
  }
}
