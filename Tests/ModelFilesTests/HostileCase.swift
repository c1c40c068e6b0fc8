// The shape of a hostile file and the words its error must have. Not here: the cases, the fuzzing.
import Testing

@testable import ModelFiles

enum HostileFormat: String {
  case gguf, safetensors, json, llama2c

  /// Opens and reads everything, as a model loader would.
  func open(_ path: String) throws {
    switch self {
    case .gguf: try readAll(GGUFFile(path: path))
    case .safetensors: try readAll(SafetensorsFile(path: path))
    case .json: _ = try JSON.parse(contentsOf: path)
    case .llama2c: try readAll(Llama2CFile(path: path))
    }
  }

  private func readAll(_ file: some WeightsFile) throws {
    for tensor in file.tensors {
      #expect(try file.floats(tensor).count == tensor.elementCount)
      #expect(try file.readBytes(tensor).count == tensor.byteCount)
    }
  }
}

/// A file that must end in a complete `FileError`. Its bytes are made when it is tried: some are large.
struct HostileCase: CustomTestStringConvertible, Sendable {
  typealias Bytes = @Sendable () -> [UInt8]

  let format: HostileFormat
  let name: String
  /// Part of the English problem: the class of the fault.
  let problem: String
  /// Part of the place.
  let place: String
  let bytes: Bytes

  init(
    _ format: HostileFormat, _ name: String, _ problem: String, at place: String, bytes: @autoclosure @escaping Bytes
  ) {
    (self.format, self.name, self.problem, self.place, self.bytes) = (format, name, problem, place, bytes)
  }

  var testDescription: String { "\(format.rawValue): \(name)" }

  static func gguf(_ name: String, _ problem: String, at place: String, _ change: @escaping @Sendable (inout GGUFImage) -> Void)
    -> HostileCase
  {
    @Sendable func bytes() -> [UInt8] {
      var image = GGUFImage.valid
      change(&image)
      return image.bytes
    }
    return HostileCase(.gguf, name, problem, at: place, bytes: bytes())
  }

  /// A valid GGUF file with one key more.
  static func ggufKey(_ name: String, _ problem: String, at place: String, _ key: @autoclosure @escaping Bytes) -> HostileCase {
    gguf(name, problem, at: place) { $0.keys.append(key()) }
  }

  /// A GGUF file with these tensors only, over 4 KiB of data.
  static func ggufTensors(_ name: String, _ problem: String, at place: String, _ tensors: [UInt8]...) -> HostileCase {
    gguf(name, problem, at: place) {
      $0.tensors = tensors
      $0.data = [UInt8](repeating: 0, count: 4096)
    }
  }

  static func llama2c(_ name: String, _ problem: String, at place: String, _ image: @autoclosure @escaping @Sendable () -> Llama2CImage)
    -> HostileCase
  {
    HostileCase(.llama2c, name, problem, at: place, bytes: image().bytes)
  }

  static func safetensors(_ name: String, _ problem: String, at place: String, _ header: String, data: Int = 32, length: UInt64? = nil)
    -> HostileCase
  {
    HostileCase(.safetensors, name, problem, at: place, bytes: safetensorsImage(header, data: data, headerLength: length))
  }

  static func json(_ name: String, _ problem: String, at place: String, _ text: @autoclosure @escaping @Sendable () -> String)
    -> HostileCase
  {
    HostileCase(.json, name, problem, at: place, bytes: Array(text().utf8))
  }
}
