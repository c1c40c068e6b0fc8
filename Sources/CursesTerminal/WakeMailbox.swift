// The way from the engine's thread to the loop: a box of messages and a pipe that wakes `poll`. Not here: what the messages mean.
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Messages from any thread to one reader. A byte goes into the pipe only when the box was empty, so a flood of messages costs one wake.
public final class WakeMailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  /// Readable while there may be messages.
  let descriptor: Int32
  private let writer: Int32

  public init() {
    var ends: [Int32] = [-1, -1]
    // Without descriptors there is no program to run: the limit is far above what the lab opens.
    precondition(pipe(&ends) == 0, "no file descriptor is left for the wake pipe")
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    descriptor = ends[0]
    writer = ends[1]
  }

  deinit {
    close(descriptor)
    close(writer)
  }

  public func post(_ message: Message) {
    let wasEmpty = messages.withLock { box in
      box.append(message)
      return box.count == 1
    }
    guard wasEmpty else { return }
    var byte: UInt8 = 1
    // A full pipe wakes as well.
    _ = write(writer, &byte, 1)
  }

  /// All messages in order; the box is empty afterwards.
  public func drain() -> [Message] {
    var bytes = [UInt8](repeating: 0, count: 64)
    // The pipe first: a message that comes between is either taken now or wakes again.
    while read(descriptor, &bytes, bytes.count) > 0 {}
    return messages.withLock { box in
      defer { box = [] }
      return box
    }
  }
}
