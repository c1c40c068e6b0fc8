// A training run that the tests kill: TrainingProcess CORPUS RECIPE FOLDER [LARGEST-FILE-BYTES]. It resumes what FOLDER holds, or starts anew, and
// prints every step with the bits of its numbers. Not here: any policy of `llmlab train`.
import ModelFiles
import Tokenization
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A line that is out before anything else happens.
func say(_ line: String) {
  let text = Array((line + "\n").utf8)
  _ = text.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

func bits(_ value: Double) -> String { String(value.bitPattern, radix: 16) }

func trainer(_ arguments: [String]) throws -> Trainer {
  let corpus = try Corpus(folder: arguments[1])
  let (found, skipped) = try Checkpoint.latest(in: arguments[3])
  if let found {
    say("resumed \(found.step)")
    skipped.forEach { say("skipped \($0.en)") }
    return try found.resume(corpus)
  }
  let recipe = try Recipe(yaml: WholeFile.text(arguments[2], limit: 1 << 20), file: arguments[2])
  return Trainer(recipe, corpus, try BPETrainer.sprout(texts: corpus.texts, vocabularySize: recipe.shape.vocabulary))
}

func limitFiles(to bytes: UInt) {
  // A write beyond the limit then fails with EFBIG, as on a full disk with ENOSPC, instead of killing the process.
  signal(SIGXFSZ, SIG_IGN)
  var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
  #if canImport(Glibc)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
  #else
    setrlimit(RLIMIT_FSIZE, &limit)
  #endif
}

let arguments = CommandLine.arguments
guard arguments.count >= 4 else { exit(64) }
if arguments.count > 4, let bytes = UInt(arguments[4]) { limitFiles(to: bytes) }
do {
  _ = try trainer(arguments).run(
    folder: arguments[3],
    onEvent: { event in
      switch event {
      case .step(let step): say("step \(step.step) \(bits(step.loss)) \(bits(step.gradientNorm))")
      case .evaluated(let step, _, let bitsPerByte): say("evaluated \(step) \(bits(bitsPerByte))")
      case .checkpoint: say("checkpoint")
      case .resumed, .sampled: break
      case .finished: say("finished")
      }
    })
} catch {
  say("error \(type(of: error)) \(error)")
  exit(2)
}
