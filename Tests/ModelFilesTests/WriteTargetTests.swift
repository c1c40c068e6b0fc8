// What a writer must never replace. Not here: what it writes (WriterTests).
import Foundation
import Languages
import Testing

@testable import ModelFiles

@Suite struct WriteTargetTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func foldersDevicesAndPipesAreRefused() throws {
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let link = folder.file("link")
    #expect(symlink("/dev/null", link) == 0)
    for path in [folder.path, pipe, link, "/dev/null"] {
      let error = try #require(throws: FileError.self) { try AtomicFile.write([1], to: path) }
      #expect(error.file == path && error.place == "open")
    }
    var status = stat()
    #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["link", "pipe"])
  }

  @Test func aFileAndANewNameAreWritten() throws {
    let path = folder.file("a")
    try AtomicFile.write([1], to: path)
    try AtomicFile.write([2, 3], to: path)
    #expect(try WholeFile.bytes(path, limit: 10) == [2, 3])
  }
}
