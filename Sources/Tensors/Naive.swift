// The naive twins: each operation once more, as the formula reads, in double precision. Slow on purpose; the tests hold the kernels
// against them. Each twin stands in its operation's file.

/// Namespace of the naive twins.
public enum Naive {}
