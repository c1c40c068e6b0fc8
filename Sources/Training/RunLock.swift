// One run in a folder at a time: two would overwrite each other's checkpoints. The system lets go of the lock however the program ends.
import ModelFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A lock on a run's folder, held as long as it lives.
final class RunLock {
  private let descriptor: Int32

  /// Makes the folder where it is not there. A file system without locks grants it: a lock that cannot be had must not keep anyone from training.
  init(folder: String) throws {
    try WholeFile.makeFolder(folder)
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      throw TrainingError.folderBusy(path: folder)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
