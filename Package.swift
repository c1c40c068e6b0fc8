// swift-tools-version: 6.0
// llmlab: one package, one program, small targets. Arrows point down this list only.
import PackageDescription

// CI sets LLMLAB_STRICT so that our own warnings fail the build; users' newer compilers must not be stopped by them.
let strict: [SwiftSetting] =
  Context.environment["LLMLAB_STRICT"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

func room(_ name: String, _ below: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
  .target(name: name, dependencies: below, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ below: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []) -> Target {
  .testTarget(name: name, dependencies: below, exclude: exclude, resources: resources, swiftSettings: strict)
}

let package = Package(
  name: "llmlab",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "llmlab", targets: ["llmlab"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
  ],
  targets: [
    // The program: the only place that wires things.
    .executableTarget(
      name: "llmlab",
      dependencies: [
        "LabScreens", "CursesTerminal", "Chat", "Training", "Store", "Assets", "Lessons",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    // Interface: pure state, update and view.
    room("LabScreens", ["Terminal", "Course", "Chat", "Insight", "Inference"]),
    room("CursesTerminal", ["CCurses", "Terminal"]),
    .target(name: "CCurses", linkerSettings: [.linkedLibrary("ncursesw")]),
    room("Terminal", ["Languages"]),
    // Course and what it stores.
    room("Course", ["Languages", "Ccmark", .product(name: "Yams", package: "Yams")]),
    room("Store", ["Languages", .product(name: "GRDB", package: "GRDB.swift")]),
    .systemLibrary(
      name: "Ccmark", pkgConfig: "libcmark-gfm",
      providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"]), .brew(["cmark-gfm"])]),
    // Conversations: a tree of messages, its prompt, its budget.
    room("Chat", ["Inference"]),
    // The engine, from insight down to the kernels.
    room("Insight", ["Inference"]),
    room("Training", ["Inference", .product(name: "Yams", package: "Yams")]),
    room("Inference", ["Models", "Tokenization"]),
    room("Models", ["Tensors", "ModelFiles"]),
    room("Tokenization", ["ModelFiles"]),
    room("ModelFiles", ["Languages", "CFileMap"]),
    .target(name: "CFileMap"),
    room("Tensors", ["CKernels"]),
    // Debug builds would compile C at -O0 and make every test crawl.
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
    room("Languages"),
    // Resources: one small Swift file beside the folders.
    .target(name: "Lessons", path: "Lessons", resources: [.copy("chapters")], swiftSettings: strict),
    .target(
      name: "Assets", path: "Assets", resources: [.copy("corpus"), .copy("models"), .copy("recipes")],
      swiftSettings: strict),
    // Tests: one folder a target, and what only they need.
    tests("CKernelsTests", ["CKernels"]),
    tests("TensorsTests", ["Tensors"]),
    tests("ModelFilesTests", ["ModelFiles"], exclude: ["Golden"]),
    tests("TokenizationTests", ["Tokenization"], resources: [.copy("Goldens")]),
    tests("ModelsTests", ["Models"], exclude: ["Golden"]),
    tests("InferenceTests", ["Inference"]),
    tests("TrainingTests", ["Training", "TrainingProcess"], exclude: ["Golden"]),
    tests("InsightTests", ["Insight"], exclude: ["Golden"]),
    tests("StoreTests", ["Store"]),
    tests("ChatTests", ["Chat", "Assets"]),
    tests("CourseTests", ["Course", "Lessons"]),
    tests("TerminalTests", ["Terminal"]),
    tests("CursesTerminalTests", ["CursesTerminal", "PtySession", "TerminalDemo"]),
    tests("LabScreensTests", ["LabScreens", "Lessons", "Assets"], exclude: ["Snapshots"]),
    tests("EndToEnd", ["Training", "llmlab", "PtySession"]),
    .executableTarget(name: "TrainingProcess", dependencies: ["Training"], path: "Tests/TrainingProcess", swiftSettings: strict),
    .target(name: "CPtyHarness", path: "Tests/CPtyHarness", linkerSettings: [.linkedLibrary("vterm"), .linkedLibrary("util")]),
    .target(name: "PtySession", dependencies: ["CPtyHarness"], path: "Tests/PtySession", swiftSettings: strict),
    .executableTarget(name: "TerminalDemo", dependencies: ["CursesTerminal"], path: "Tests/TerminalDemo", swiftSettings: strict),
  ]
)
