// How a run ends: every error becomes one line on standard error and an exit code. Not here: words of the parser's own errors (UsageMessage).
import ArgumentParser
import Inference
import Languages
import ModelFiles
import Models

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An error of the program itself.
struct Failure: BilingualError {
  let message: Bilingual
  let code: ExitCode

  init(_ message: Bilingual, code: ExitCode = .failure) {
    self.message = message
    self.code = code
  }

  init(zh: String, en: String, code: ExitCode = .failure) { self.init(Bilingual(zh: zh, en: en), code: code) }

  /// A file that we could not write is no bad data file.
  init(writing error: FileError) { self.init(error.message) }

  /// An error of how the command was called: 64, and where to read about its usage. For `validate()` and for what only shows later.
  static func usage(zh: String, en: String) -> ValidationError { usage(Bilingual(zh: zh, en: en)) }

  static func usage(_ message: Bilingual) -> ValidationError { ValidationError(message[.current]) }
}

extension ExitCode {
  /// A model or data file cannot be used.
  static let badData = ExitCode(2)
  /// Ended by SIGINT or SIGTERM.
  static let interrupted = ExitCode(130)
}

extension Failure {
  /// Ends the program as the error asks for.
  static func end(_ error: any Error) -> Never {
    switch error {
    case let code as ExitCode: exit(code.rawValue)
    case is Output.BrokenPipe:
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
      _exit(128 + SIGPIPE)
    case is Run.Cancelled: exit(ExitCode.interrupted.rawValue)
    case let error as any BilingualError:
      Output.note(error.message)
      exit(code(of: error).rawValue)
    default: exitFromParser(error)
    }
  }

  private static func code(of error: any BilingualError) -> ExitCode {
    switch error {
    case let failure as Failure: failure.code
    case is FileError: .badData
    case let error as GenerationError:
      switch error {
      case .emptyPrompt, .unknownToken, .sampling: .validationFailure
      case .notFinite: .badData
      case .promptTooLong: .failure
      }
    default: .failure
    }
  }

  /// Help, version and completion scripts are "errors" with code 0.
  private static func exitFromParser(_ error: any Error) -> Never {
    let code = LLMLab.exitCode(for: error)
    if code == .success {
      do { try Output.data(LLMLab.fullMessage(for: error) + "\n") } catch { end(error) }
    } else {
      Output.note(UsageMessage.translated(LLMLab.message(for: error)))
    }
    exit(code.rawValue)
  }
}
