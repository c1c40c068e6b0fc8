// GGUF models in several parts. Not here: one part's format.
import Foundation
import Testing

@testable import ModelFiles

@Suite struct SplitTests {
  /// Part `number` of three: one tensor of eight floats, all `number`.
  static func part(_ number: UInt16, count: UInt16 = 3, total: Int32 = 3, tensor: String? = nil) -> GGUFImage {
    var image = GGUFImage(
      keys: [
        GGUFImage.key("split.no", 2, littleEndian(number)), GGUFImage.key("split.count", 2, littleEndian(count)),
        GGUFImage.key("split.tensors.count", 5, littleEndian(total)),
      ], tensors: [GGUFImage.tensor(tensor ?? "t\(number)", [8])],
      data: (0..<8).flatMap { _ in littleEndian(Float(number).bitPattern) })
    if number == 0 { image.keys.insert(GGUFImage.key("general.architecture", 8, GGUFImage.string("test")), at: 0) }
    return image
  }

  static func name(_ number: Int, of count: Int = 3) -> String { "model-v1-0000\(number)-of-0000\(count).gguf" }

  private func folder(_ change: (inout [GGUFImage]) -> Void = { _ in }) throws -> TemporaryFolder {
    var images = (0..<3).map { Self.part(UInt16($0)) }
    change(&images)
    let folder = try TemporaryFolder()
    for (index, image) in images.enumerated() { try folder.write(image.bytes, Self.name(index + 1)) }
    return folder
  }

  @Test(arguments: 1...3) func anyPartOpensAll(number: Int) throws {
    let folder = try folder()
    let file = try GGUFFile(path: folder.file(Self.name(number)))
    #expect(file.path == folder.file(Self.name(number)))
    #expect(file.parts == (1...3).map { folder.file(Self.name($0)) })
    #expect(try file.string("general.architecture") == "test")
    #expect(file.tensors.map(\.name) == ["t0", "t1", "t2"])
    for index in 0..<3 { #expect(try file.floats(file.required("t\(index)")) == [Float](repeating: Float(index), count: 8)) }
    guard case .gguf(let opened) = try ModelSource.open(folder.path) else { throw FileError.damaged("", "", zh: "", en: "another kind") }
    #expect(opened.tensors.count == 3)
  }

  /// Parts that the `gguf` package wrote (Tests/Reference/make_checkpoints.py).
  @Test(arguments: 1...3) func partsOfTheReference(number: Int) throws {
    let file = try GGUFFile(path: golden("split-0000\(number)-of-00003.gguf"))
    #expect(try file.string("test.note") == "only the first part has this")
    #expect(file.tensors.map(\.name) == (0..<5).map { "tensor.\($0)" })
    for index in 0..<5 {
      #expect(try file.floats(file.required("tensor.\(index)", shape: [2, 3])) == (0..<6).map { Float(index * 10 + $0) })
    }
  }

  @Test func aLonePartOfOneIsAnOrdinaryFile() throws {
    let folder = try TemporaryFolder()
    let file = try GGUFFile(path: folder.write(Self.part(0, count: 1, total: 1).bytes, "any name.gguf"))
    #expect(file.tensors.map(\.name) == ["t0"] && file.parts.count == 1)
  }

  @Test func missingAndRenamedPartsAreNamed() throws {
    let folder = try folder()
    let first = folder.file(Self.name(1))
    #expect(rename(folder.file(Self.name(3)), folder.file("away")) == 0)
    let error = fileError { _ = try GGUFFile(path: first) }
    #expect(error?.file == folder.file(Self.name(3)) && error?.problem.en == "part 3 of 3 is missing")
    #expect(rename(first, folder.file("model.gguf")) == 0)
    #expect(fileError { _ = try GGUFFile(path: folder.file("model.gguf")) }?.problem.en.contains("00001-of-00003") == true)
    #expect(rename(folder.file(Self.name(2)), folder.file(Self.name(2, of: 4))) == 0)
    #expect(fileError { _ = try GGUFFile(path: folder.file(Self.name(2, of: 4))) }?.place == "split.count")
  }

  @Test func everyInconsistencyNamesItsPart() throws {
    let cases: [(part: Int, place: String, problem: String, change: (inout [GGUFImage]) -> Void)] = [
      (2, "split.no", "part 1", { $0[1] = Self.part(0) }), (2, "split.count", "4 parts", { $0[1] = Self.part(1, count: 4) }),
      (3, "split.tensors.count", "4 tensors", { $0[2] = Self.part(2, total: 4) }),
      (3, "t0", "earlier part", { $0[2] = Self.part(2, tensor: "t0") }),
      (1, "split.tensors.count", "hold 3", { for index in 0..<3 { $0[index] = Self.part(UInt16(index), total: 5) } }),
      (2, "split.no", "must be an integer", { $0[1].keys.removeFirst() }),
      (2, "split.count", "must be an integer", { $0[1].keys[1] = GGUFImage.key("split.count", 8, GGUFImage.string("3")) }),
      (1, "split.count", "must be an integer", { $0[0].keys[2] = GGUFImage.key("split.count", 4, littleEndian(UInt32(5000))) }),
      (2, "byte 0", "no GGUF file", { $0[1].magic = [0, 0, 0, 1] }), (3, "t2", "past the end", { $0[2].data = [] }),
    ]
    for (part, place, problem, change) in cases {
      let folder = try folder(change)
      let error = try #require(fileError { _ = try GGUFFile(path: folder.file(Self.name(1))) }, "\(problem)")
      #expect(error.file == folder.file(Self.name(part)) && error.place == place && error.problem.en.contains(problem), "\(error)")
    }
  }

  @Test(arguments: [
    "model.gguf", "00001-of-00003.gguf", "m-00001-of-00003.bin", "m-0001-of-0003.gguf", "m-00000-of-00003.gguf", "m-00004-of-00003.gguf",
    "m-00001-of-0000３.gguf", "m-00001-to-00003.gguf", "m--0001-of-00003.gguf", "m-+0001-of-00003.gguf",
  ])
  func otherNamesAreNoParts(name: String) { #expect(GGUFSplit.Name(name) == nil) }

  @Test func namesRoundTrip() {
    let name = GGUFSplit.Name("a-b/c-of-d-00012-of-00345.gguf")
    #expect(name?.prefix == "a-b/c-of-d" && name?.number == 12 && name?.count == 345)
    #expect(name?.path(of: 7) == "a-b/c-of-d-00007-of-00345.gguf")
  }
}
