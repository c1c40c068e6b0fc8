// What to say about a file that is no model of the lab: what it seems to be, and the mend. Not here: telling the kinds apart (FileKind).
import Languages

extension FileKind {
  /// The error of opening a file of this kind as a model.
  func refusal(_ path: String) -> FileError {
    let (problem, mend) = words
    return FileError(file: path, place: "byte 0", problem: problem, mend: mend)
  }

  private var words: (problem: Bilingual, mend: Bilingual) {
    switch self {
    case .gguf, .safetensors, .llama2c:
      (
        Bilingual(zh: "这个模型文件要单独打开", en: "this model file is opened by itself"),
        Bilingual(zh: "请给出该文件的路径", en: "Give the path of this file")
      )
    case .json:
      (
        Bilingual(zh: "这是 JSON 文件，里面没有权重", en: "this is a JSON file, it holds no weights"),
        Bilingual(zh: "请给出模型目录、config.json 或权重文件的路径", en: "Give the path of the model's folder, its config.json or its weights")
      )
    case .pickle:
      (
        Bilingual(
          zh: "这似乎是 PyTorch 的 pickle 检查点；打开它等于运行其中的代码，所以不会打开",
          en: "this seems to be a PyTorch checkpoint (pickle); opening one runs code that is inside, so it is not opened"),
        Bilingual(
          zh: "请下载同一模型的 safetensors 版本，或在信任来源时用 transformers 的 save_pretrained 转换",
          en: "Download the model as safetensors, or convert it with save_pretrained of transformers if you trust its source")
      )
    case .onnx: Self.foreign("ONNX")
    case .tensorFlow: Self.foreign("TensorFlow SavedModel")
    case .hdf5: Self.foreign("HDF5 (Keras, TensorFlow)")
    case .tfLite: Self.foreign("TensorFlow Lite")
    case .numpy: Self.foreign("NumPy")
    case .ggmlLegacy:
      (
        Bilingual(zh: "这似乎是 GGUF 之前的 ggml 旧格式", en: "this seems to be a ggml file of the time before GGUF"),
        Bilingual(
          zh: "请下载同一模型的 GGUF 版本，或用 llama.cpp 的 convert_llama_ggml_to_gguf.py 转换",
          en: "Download the model as GGUF, or convert it with convert_llama_ggml_to_gguf.py of llama.cpp")
      )
    case .llamafile:
      (
        Bilingual(zh: "这似乎是 llamafile：一个带着模型的程序", en: "this seems to be a llamafile, a program with a model inside"),
        Bilingual(zh: "请下载同一模型的 GGUF 文件", en: "Download the GGUF file of the same model")
      )
    case .empty:
      (
        Bilingual(zh: "文件是空的", en: "the file is empty"),
        Bilingual(zh: "下载可能没有完成，请重新下载", en: "The download probably did not finish: download it again")
      )
    case .zeros:
      (
        Bilingual(zh: "文件开头全是零，下载似乎没有完成", en: "the file begins with zeros only, the download does not seem to have finished"),
        Bilingual(zh: "请重新下载该文件", en: "Download the file again")
      )
    case .gitLFSPointer:
      (
        Bilingual(zh: "这是 git-lfs 的指针文件，不是模型本身", en: "this is a pointer of git-lfs, not the model itself"),
        Bilingual(zh: "请在该仓库中运行 git lfs pull，或直接从网页下载文件", en: "Run git lfs pull in the repository, or download the file itself")
      )
    case .webPage:
      (
        Bilingual(zh: "这是一个网页，不是模型：下载时保存的是页面", en: "this is a web page, not a model: the download saved the page"),
        Bilingual(zh: "请用下载按钮或 resolve 链接重新下载", en: "Download the file itself, by the download button or the resolve link")
      )
    case .archive:
      (
        Bilingual(zh: "这是压缩包", en: "this is an archive"),
        Bilingual(zh: "请先解压，再打开里面的模型", en: "Unpack it, then open the model inside")
      )
    case .text:
      (
        Bilingual(zh: "这是文本文件，不是模型", en: "this is a text file, not a model"), Self.anyModel
      )
    case .unknown:
      (
        Bilingual(zh: "认不出这是什么文件", en: "this is no kind of model file that the lab knows"), Self.anyModel
      )
    }
  }

  private static let anyModel = Bilingual(
    zh: "请给出 GGUF 文件、Hugging Face 目录（config.json 与 safetensors）或 llama2.c 的 .bin 文件",
    en: "Give a GGUF file, a Hugging Face folder (config.json and safetensors) or a .bin file of llama2.c")

  private static func foreign(_ name: String) -> (problem: Bilingual, mend: Bilingual) {
    (
      Bilingual(zh: "这似乎是 \(name) 格式的模型，暂不支持", en: "this seems to be a model in the format \(name), which is not supported"),
      Bilingual(
        zh: "请下载同一模型的 GGUF 或 safetensors 版本", en: "Download the same model as GGUF or safetensors")
    )
  }
}

extension FileError {
  /// Some names for a message, with how many more there are.
  static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).map { $0.utf8.count > 120 ? "\($0.prefix(40))…" : $0 }.joined(separator: ", ")
    return names.count > 8 ? "\(shown), … (+\(names.count - 8))" : shown
  }
}
