// One run in a folder at a time: two would overwrite each other's checkpoints. The system lets go of the lock however the program ends.
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A lock on a run's folder, held as long as it lives.
public final class RunLock {
  private let descriptor: Int32

  /// Makes the folder where it is not there. A file system without locks grants it: a lock that cannot be had must not keep anyone from training.
  init(folder: String) throws {
    try WholeFile.makeFolder(folder)
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    // Somebody who only asks (`isHeld`) has it for a moment.
    var attempt = 0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      attempt += 1
      if attempt == RunLock.attempts {
        // Everything is set by now: deinit closes it.
        throw TrainingError.folderBusy(path: folder)
      }
      usleep(RunLock.pause)
    }
  }

  private static let attempts = 5
  /// Microseconds.
  private static let pause: UInt32 = 10000

  /// Whether somebody trains in this folder now.
  public static func isHeld(folder: String) -> Bool {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer {
      flock(descriptor, LOCK_UN)
      close(descriptor)
    }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  deinit {
    guard descriptor >= 0 else { return }
    // A child that was forked meanwhile shares the lock until it runs a program of its own; closing alone would leave it the lock.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
