// `llmlab trace`: the tensors of one forward pass by TransformerLens's names.
import ArgumentParser
import Inference
import Languages
import ModelFiles
import Models
import Tensors

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Print tensors of the forward pass by hook name. · 按 hook 名输出前向计算中的张量。",
    discussion: """
      --json prints {"ids", "hooks": [{"name", "shape", "data"}]}. Without --hook it lists all names and shapes. Masked attention scores are null.
      --json 输出各 hook 的名称、形状和数值；不给 --hook 则列出全部名称和形状。被遮蔽的注意力分数为 null。
      """)

  @OptionGroup var prompt: PromptOptions
  @OptionGroup var model: ModelOptions
  @Option(help: "Name such as blocks.0.attn.hook_pattern; repeatable. · 如 blocks.0.attn.hook_pattern；可重复给出。") var hook: [String] = []
  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let text = try prompt.text()
    let loaded = try model.load()
    let transformer = loaded.transformer
    let hooks = try hook.map { try parse($0, layers: transformer.configuration.layerCount) }
    let ids = try prompt.ids(text, loaded)
    if hooks.isEmpty { return try list(transformer.configuration, ids) }
    let wanted = Set(hooks)
    let values = wanted.reduce(0.0) { sum, hook in
      sum + transformer.configuration.shape(of: hook, tokens: ids.count).reduce(1) { $0 * Double($1) }
    }
    try MemoryBudget.check(transformer.configuration, tokens: ids.count, recordedValues: values)
    let recorder = Recorder { wanted.contains($0) }
    Interrupt.expect()
    _ = try transformer.logits(ids.map(Int32.init), Models.Run(recorder: recorder, isCancelled: { Interrupt.isRequested }))
    let recorded = hooks.compactMap { hook in recorder.tensors[hook].map { (hook.name, $0) } }
    if json { try printJSON(ids, recorded) } else { try printTable(recorded) }
  }

  private func parse(_ name: String, layers: Int) throws -> Hook {
    guard let hook = Hook(name: name), hook.layer ?? 0 < max(layers, 1), hook.layer == nil || layers > 0 else {
      throw Failure.usage(
        zh: "没有叫做 \(name) 的 hook；不带 --hook 运行可列出全部名称（共 \(layers) 层）",
        en: "There is no hook named \(name); run without --hook to list all names (\(layers) blocks)")
    }
    return hook
  }

  /// Names and shapes; nothing is computed.
  private func list(_ configuration: TransformerConfiguration, _ ids: [Int]) throws {
    let list = configuration.hooks.map { ($0.name, configuration.shape(of: $0, tokens: ids.count)) }
    if !json { return try Table.print(list.map { [$0, $1.map(String.init).joined(separator: "×")] }) }
    let hooks = list.map { name, shape -> JSON in ["name": .string(name), "shape": .array(shape.map { .integer($0) })] }
    try Output.json(["ids": .array(ids.map { .integer($0) }), "hooks": .array(hooks)])
  }

  private func printJSON(_ ids: [Int], _ recorded: [(name: String, tensor: Tensor)]) throws {
    try Output.data("{\"ids\":\(JSON.array(ids.map { .integer($0) }).serialized()),\"hooks\":[")
    for (i, (name, tensor)) in recorded.enumerated() {
      let shape = JSON.array(tensor.shape.map { .integer($0) }).serialized()
      try Output.data("\(i > 0 ? "," : ""){\"name\":\"\(name)\",\"shape\":\(shape),\"data\":[")
      // Row by row: the text of a large tensor takes several times its memory.
      let rest = tensor.shape.dropFirst()
      let size = rest.reduce(1, *)
      for row in 0..<tensor.shape[0] {
        try Output.data((row > 0 ? "," : "") + NestedFloats.json(tensor.data + row * size, shape: rest))
      }
      try Output.data("]}")
    }
    try Output.data("]}\n")
  }

  private func printTable(_ recorded: [(name: String, tensor: Tensor)]) throws {
    try Table.print(
      recorded.map { name, tensor in
        let shape = tensor.shape.map(String.init).joined(separator: "×")
        return [name, shape, tensor.values.prefix(8).map { "\($0)" }.joined(separator: " ") + (tensor.count > 8 ? " …" : "")]
      })
  }
}
