// swift-tools-version: 6.0
// Coverage-guided fuzzing of what reads outside files, with libFuzzer and the address sanitizer; README.md says how to run it and how to add a target.
// A package of its own, so that nobody's `swift build` pays for it. Its rooms are links to the project's.
import PackageDescription

let sanitizers: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"])]

let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v15)],
  targets: [
    .executableTarget(name: "Fuzz", dependencies: ["FuzzTargets"], linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
    .target(name: "FuzzTargets", dependencies: ["ModelFiles"], swiftSettings: sanitizers),
    .target(name: "ModelFiles", dependencies: ["Languages", "CFileMap"], swiftSettings: sanitizers),
    .target(name: "Languages", swiftSettings: sanitizers),
    .target(name: "CFileMap"),
  ]
)
