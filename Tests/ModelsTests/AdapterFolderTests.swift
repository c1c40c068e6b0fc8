// Adapters in PEFT's form: PEFT's logits, loss and gradients on five families, round trips, and folders that are refused with the reason.
import Foundation
import ModelFiles
import Tensors
import Testing

@testable import Models

/// One case of adapters.json.
struct AdapterCase: Sendable, CustomTestStringConvertible {
  let name: String
  let config: JSON
  let tensors: [(name: String, shape: [Int])]
  let loss: Double
  var testDescription: String { name }

  static let all: [AdapterCase] = {
    do {
      let file = "\(Golden.folder)/adapters.json"
      return try JSON.parse(contentsOf: file).cursor(file: file).members().map { name, golden in
        AdapterCase(
          name: name, config: try golden.member("config").value,
          tensors: try golden.member("tensors").members().map { ($0, try $1.elements().map { try $0.integer(in: 1...1 << 20) }) },
          loss: try golden.member("loss").number())
      }
    } catch { fatalError("adapters.json: \(error)") }
  }()

  /// `seeded` of make_adapter_goldens.py.
  func values(_ tensor: (name: String, shape: [Int])) -> [Float] {
    FamilyModel.uniform(tensor.name, tensor.shape.reduce(1, *)).map { Float($0 * 0.5) }
  }

  /// The folder as PEFT saves it.
  func write(to folder: String, config: JSON? = nil, _ change: (inout [TensorToWrite]) -> Void = { _ in }) throws {
    var written = tensors.map { TensorToWrite(name: $0.name, shape: $0.shape, type: .f32, floats: values($0)) }
    change(&written)
    try AtomicFile.write(Array((config ?? self.config).serialized().utf8), to: "\(folder)/adapter_config.json")
    try SafetensorsWriter.write(written, to: "\(folder)/adapter_model.safetensors")
  }

  func adapted() throws -> Transformer {
    let folder = try TemporaryFolder()
    try write(to: folder.path)
    let model = try FamilyModel.named(name).model()
    return model.with(try Adapter(folder: folder.path, for: model.configuration))
  }
}

@Suite struct AdapterFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: AdapterCase.all)
  func logitsAndGradientsEqualPEFT(_ golden: AdapterCase) throws {
    let (model, tokens) = (try golden.adapted(), try FamilyModel.named(golden.name).tokens)
    let expected = try SafetensorsFile(path: "\(Golden.folder)/adapters.safetensors")
    expectClose(
      try model.logits(tokens).values, try expected.floats(expected.required("\(golden.name) logits")), tolerance: 1e-4, "logits")
    let adapter = try #require(model.adapter)
    for module in adapter.modules {
      for tensor in [module.down] + module.ups.map(\.tensor) { tensor.keepGradient(in: Tensor(repeating: .nan, tensor.shape)) }
    }
    let tape = Tape()
    let loss = crossEntropy(
      try model.logits(Array(tokens.dropLast()), Run(tape: tape)), targets: Array(tokens.dropFirst()),
      weights: [Float](repeating: 1, count: tokens.count - 1), tape)
    tape.backward(from: loss)
    #expect(abs(Double(loss[0]) - golden.loss) < 1e-4)
    // Written as an adapter of its own, the gradient has the file's names and order of rows.
    let gradient = Adapter(
      modules: try adapter.modules.map { module in
        Adapter.Module(
          name: module.name, down: try #require(module.down.gradient),
          ups: try module.ups.map { ($0.place, try #require($0.tensor.gradient)) }, scale: module.scale)
      }, rank: adapter.rank, alpha: adapter.alpha)
    try gradient.write(to: folder.path, for: model.configuration, base: "")
    let written = try SafetensorsFile(path: "\(folder.path)/adapter_model.safetensors")
    #expect(written.tensors.count == golden.tensors.count)
    for (name, shape) in golden.tensors {
      let theirs = try expected.floats(expected.required("\(golden.name) gradient \(name)", shape: shape))
      expectClose(try written.floats(written.required(name, shape: shape)), theirs, tolerance: 1e-4, name)
    }
  }

  @Test(arguments: AdapterCase.all)
  func whatIsReadIsWrittenAgain(_ golden: AdapterCase) throws {
    let model = try golden.adapted()
    try #require(model.adapter).write(to: folder.path, for: model.configuration, base: "some/model")
    let written = try SafetensorsFile(path: "\(folder.path)/adapter_model.safetensors")
    #expect(Set(written.tensors.map(\.name)) == Set(golden.tensors.map(\.name)))
    for tensor in golden.tensors {
      #expect(try written.floats(written.required(tensor.name, shape: tensor.shape)) == golden.values(tensor))
    }
    let again = try Adapter(folder: folder.path, for: model.configuration)
    let tokens = try FamilyModel.named(golden.name).tokens
    #expect(bits(try model.with(again).logits(tokens)) == bits(try model.logits(tokens)))
    #expect(try Adapter.base(of: folder.path) == "some/model" && Adapter.isFolder(folder.path))
  }

  /// For `Tests/Reference/check_peft.py`: base, adapter and merged model of each case, as the lab writes them.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["LLMLAB_WRITE_ADAPTERS"] != nil))
  func writeEveryAdapter() throws {
    let target = try #require(ProcessInfo.processInfo.environment["LLMLAB_WRITE_ADAPTERS"])
    for golden in AdapterCase.all {
      let model = try golden.adapted()
      for name in ["base", "adapter", "merged"] { try WholeFile.makeFolder("\(target)/\(golden.name)/\(name)") }
      try #require(model.adapter).write(to: "\(target)/\(golden.name)/adapter", for: model.configuration, base: "../base")
      for (name, model) in [("base", model.with(nil)), ("merged", model)] {
        let path = "\(target)/\(golden.name)/\(name)"
        try AtomicFile.write(
          Array(try model.huggingFaceConfig(bos: 1, eos: 2, type: .f32).serialized(pretty: true).utf8), to: "\(path)/config.json")
        try SafetensorsWriter.write(model.tensorsToWrite(.f32), to: "\(path)/model.safetensors")
      }
    }
  }

  // MARK: Refusals

  private func refusal(config changes: [String: JSON] = [:], _ change: (inout [TensorToWrite]) -> Void = { _ in }) throws -> FileError {
    let golden = try #require(AdapterCase.all.first)
    var config = golden.config
    if case .object(var object) = config {
      for (key, value) in changes { object[key] = value }
      config = .object(object)
    }
    try golden.write(to: folder.path, config: config, change)
    let c = try FamilyModel.named(golden.name).model().configuration
    return try #require(fileError { _ = try Adapter(folder: folder.path, for: c) })
  }

  @Test(
    arguments: [
      ("peft_type", "IA3"), ("use_dora", true), ("lora_bias", true), ("bias", "all"), ("modules_to_save", ["lm_head"]),
      ("init_lora_weights", "pissa_niter_4"), ("r", 0), ("lora_alpha", "8"), ("layer_replication", [[0, 1]]), ("alpha_pattern.^q", 2),
    ] as [(String, JSON)])
  func settingsThatWouldComputeSomethingElse(_ key: String, _ value: JSON) throws {
    let parts = key.split(separator: ".").map(String.init)
    var pattern = JSONObject()
    if parts.count == 2 { pattern[parts[1]] = value }
    let change: JSON = parts.count == 2 ? .object(pattern) : value
    let error = try refusal(config: [parts[0]: change])
    #expect(error.file.hasSuffix("adapter_config.json") && error.place == key, "\(error.message.en)")
    #expect(error.message.zh != error.message.en)
  }

  @Test func tensorsThatDoNotFit() throws {
    let q = "base_model.model.model.layers.0.self_attn.q_proj"
    func tensor(_ name: String, _ shape: [Int]) -> TensorToWrite {
      TensorToWrite(name: name, shape: shape, type: .f32, floats: [Float](repeating: 0, count: shape.reduce(1, *)))
    }
    let cases: [(place: String, change: (inout [TensorToWrite]) -> Void)] = [
      ("\(q).lora_A.weight", { $0.removeAll { $0.name == "\(q).lora_A.weight" } }),
      ("\(q).lora_B.weight", { $0.removeAll { $0.name == "\(q).lora_B.weight" } }),
      (
        "\(q).lora_A.weight",
        {
          $0.removeAll { $0.name == "\(q).lora_A.weight" }; $0.append(tensor("\(q).lora_A.weight", [3, 26]))
        }
      ),
      (
        "\(q).lora_B.weight",
        {
          $0.removeAll { $0.name == "\(q).lora_B.weight" }; $0.append(tensor("\(q).lora_B.weight", [30, 2]))
        }
      ),
      (
        "\(q).lora_A.weight",
        {
          $0.removeAll { $0.name == "\(q).lora_A.weight" }; $0.append(tensor("\(q).lora_A.weight", [3]))
        }
      ),
      ("\(q).lora_magnitude_vector", { $0.append(tensor("\(q).lora_magnitude_vector", [30])) }),
      (
        "base_model.model.model.layers.9.self_attn.q_proj",
        {
          $0.append(tensor("base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight", [3, 27]))
          $0.append(tensor("base_model.model.model.layers.9.self_attn.q_proj.lora_B.weight", [30, 3]))
        }
      ),
      ("lora_A", { $0 = [] }),
    ]
    for (place, change) in cases {
      let error = try refusal(change)
      #expect(error.place == place && error.file.hasSuffix("adapter_model.safetensors"), "\(error.message.en)")
      #expect(error.message.zh != error.message.en)
    }
  }

  @Test func picklesAreRefused() throws {
    let golden = try #require(AdapterCase.all.first)
    try golden.write(to: folder.path)
    try FileManager.default.moveItem(atPath: "\(folder.path)/adapter_model.safetensors", toPath: "\(folder.path)/adapter_model.bin")
    let c = try FamilyModel.named(golden.name).model().configuration
    #expect(fileError { _ = try Adapter(folder: folder.path, for: c) }?.place == "adapter_model.bin")
  }
}
