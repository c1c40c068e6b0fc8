// `llmlab paths`: where the program keeps and finds its files.
import ArgumentParser
import Assets
import Languages
import ModelFiles
import Store

struct Paths: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the folders that llmlab uses. · 显示 llmlab 使用的目录。",
    discussion: """
      XDG base directories; LLMLAB_HOME puts all of them into one folder. Nothing is created before something is saved.
      遵循 XDG 目录规范；设置 LLMLAB_HOME 可集中到一个目录。保存内容之前不会创建任何目录。
      """)

  @Flag(help: "Print JSON. · 输出 JSON。") var json = false
  @OptionGroup var common: CommonOptions

  func run() throws {
    let paths = LabPaths()
    let list = [
      ("data", paths.data), ("config", paths.config), ("cache", paths.cache), ("state", paths.state), ("store", paths.store),
      ("models", ModelPlace.userFolder), ("assets", Assets.folder(of: "Assets")), ("lessons", CourseFolder.builtIn),
    ]
    if json {
      var object = JSONObject()
      for (name, path) in list { object[name] = .string(path) }
      try Output.json(.object(object))
    } else {
      try Table.print(list.map { [$0, $1] })
    }
  }
}
