// Where the course that ships with the program lies. Not here: reading it (Course).
import Foundation

public enum Lessons {
  /// The folder with course.yaml, glossary.yaml and the chapters.
  public static var folder: String { Bundle.module.bundlePath + "/chapters" }
}
