// Every cap on what an outside file may ask of us, in one place. Not here: ranges of hyperparameters, which belong to the models.

/// Caps for files from outside. A reader first compares a size with the bytes that are left, then with the cap, and only then allocates.
public enum Limits {
  /// GGUF: everything before the tensor data.
  public static let headerBytes = 64 << 20
  /// Safetensors: the header, as in the reference implementation.
  public static let safetensorsHeaderBytes = 100_000_000
  public static let keyBytes = 64 << 10
  public static let stringBytes = 16 << 20
  /// Elements of one GGUF array, and of all arrays of one file together.
  public static let arrayElements = 16 << 20
  public static let metadataKeys = 65_536
  public static let tensors = 65_536
  public static let tensorNameBytes = 256
  /// ggml has four dimensions.
  public static let ggufDimensions = 4
  public static let safetensorsDimensions = 8
  public static let alignment = 8...(1 << 20)
  public static let shards = 1024
  /// Dense weights of files from this size on are read in place (MappedFile); no cap, a choice.
  public static let mappedFileBytes = 1 << 30
  /// tokenizer.model, vocab.json, merges.txt and vocab.txt, each.
  public static let vocabularyFileBytes = 64 << 20
  /// Templates of one model.
  public static let chatTemplates = 64

  public static let vocabulary = 1 << 20
  public static let layers = 1024

  public static let jsonFileBytes = 64 << 20
  public static let jsonDepth = 64
  /// Values of one JSON document, all levels together (Gemma's tokenizer.json, a large one, has about 2 million).
  public static let jsonValues = 8 << 20

  public static let requestBodyBytes = 4 << 20
  public static let templateSteps = 1_000_000
  public static let templateNesting = 64
  public static let templateOutputBytes = 1 << 20
  public static let templateRange = 10_000
  /// Published chat templates have some ten KiB.
  public static let templateSourceBytes = 128 << 10
  /// Items of one list in a template.
  public static let templateListItems = 1 << 16
  /// Characters of all strings that one rendering makes, at 4 bytes each.
  public static let templateTextLetters = 16 << 20
  /// Levels of evaluation, those of all open macro calls together.
  public static let templateDepth = 160
  /// Of the thread's stack, by all levels together.
  public static let templateStackBytes = 256 << 10
}
