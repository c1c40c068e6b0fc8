// The names of what a forward pass computes, after TransformerLens. Not here: what is done with them (Run, Recorder).

/// A place in the forward pass where a tensor can be observed.
public enum Hook: Hashable, Comparable, Sendable {
  case embed
  /// The vectors of the token types, in encoders; TransformerLens puts `embed.` before the names of an encoder's embedding.
  case tokenTypeEmbed
  /// The vectors of the positions, where the model learns them.
  case positionEmbed
  /// Embedding, token types and positions together; TransformerLens calls it by its next name, `blocks.0.hook_resid_pre`.
  case embedSum
  /// The sum normalised: what enters an encoder's first block.
  case fullEmbed
  case block(Int, BlockHook)
  case finalNormalized
  /// Logits before their cap, where the model has one.
  case uncappedLogits
  case logits

  /// TransformerLens's name, such as `blocks.0.attn.hook_pattern`.
  public var name: String {
    switch self {
    case .embed: "hook_embed"
    case .tokenTypeEmbed: "hook_token_type_embed"
    case .positionEmbed: "hook_pos_embed"
    case .embedSum: "hook_embed_sum"
    case .fullEmbed: "hook_full_embed"
    case .block(let layer, let hook): "blocks.\(layer).\(hook.rawValue)"
    case .finalNormalized: "ln_final.hook_normalized"
    case .uncappedLogits: "logits_uncapped"
    case .logits: "logits"
    }
  }

  public init?(name: some StringProtocol) {
    if let hook = Hook.outsideBlocks.first(where: { $0.name == name }) {
      self = hook
      return
    }
    let parts = name.split(separator: ".", maxSplits: 2)
    guard parts.count == 3, let layer = Int(parts[1]), layer >= 0, let hook = BlockHook(rawValue: String(parts[2])) else { return nil }
    self = .block(layer, hook)
    // Every place has one name only: no "blocks.+1", no "blocks.01".
    guard self.name == name else { return nil }
  }

  private static let outsideBlocks: [Hook] = [
    .embed, .tokenTypeEmbed, .positionEmbed, .embedSum, .fullEmbed, .finalNormalized, .uncappedLogits, .logits,
  ]

  /// The order of computation.
  private var rank: (Int, Int) {
    switch self {
    case .embed: (-1, 0)
    case .tokenTypeEmbed: (-1, 1)
    case .positionEmbed: (-1, 2)
    case .embedSum: (-1, 3)
    case .fullEmbed: (-1, 4)
    case .block(let layer, let hook): (layer, hook.rank)
    case .finalNormalized: (.max, 0)
    case .uncappedLogits: (.max, 1)
    case .logits: (.max, 2)
    }
  }

  public static func < (a: Hook, b: Hook) -> Bool { a.rank < b.rank }

  public var layer: Int? {
    if case .block(let layer, _) = self { layer } else { nil }
  }
}

/// The hooks of one block, in the order of computation; every model has those of Llama, and of the others those that its parts have. Shapes: n positions, d hidden size, f intermediate size; keys are the n positions
/// and, before them, those in the KV cache.
public enum BlockHook: String, Hashable, Sendable, CaseIterable {
  private static let ranks = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
  /// Its place in the order of computation.
  var rank: Int { BlockHook.ranks[self] ?? 0 }

  /// The residual stream entering the block, [n, d].
  case residualPre = "hook_resid_pre"
  /// [n, d]; with the weight applied, as the projections read it.
  case norm1 = "ln1.hook_normalized"
  /// [n, heads, size]
  case query = "attn.hook_q"
  /// [n, key-value heads, size]
  case key = "attn.hook_k"
  /// [n, key-value heads, size]
  case value = "attn.hook_v"
  /// Each head's query and key after a norm of their own, where the model has it; shapes as above.
  case normalizedQuery = "attn.q_norm.hook_normalized"
  case normalizedKey = "attn.k_norm.hook_normalized"
  /// [n, heads, size]
  case rotatedQuery = "attn.hook_rot_q"
  /// [n, key-value heads, size]
  case rotatedKey = "attn.hook_rot_k"
  /// Scaled scores before the mask, [heads, queries, keys]. TransformerLens has no name for this step.
  case scores = "attn.hook_scores"
  /// Scaled scores after their cap, where the model has one.
  case cappedScores = "attn.hook_scores_capped"
  /// Scaled scores, −∞ where masked, [heads, queries, keys].
  case maskedScores = "attn.hook_attn_scores"
  /// [heads, queries, keys]
  case pattern = "attn.hook_pattern"
  /// [n, heads, size]
  case mix = "attn.hook_z"
  /// What each head adds to the residual stream, [n, heads, d]; computed only when asked for.
  case headResult = "attn.hook_result"
  /// [n, d]
  case attentionOut = "hook_attn_out"
  /// What attention adds, normalised, where the model does that; [n, d].
  case norm1Post = "ln1_post.hook_normalized"
  /// [n, d]
  case residualMid = "hook_resid_mid"
  /// The same normalised, in blocks that do so behind attention (encoders): what the feed-forward layer reads. TransformerLens calls it
  /// `ln1.hook_normalized` there; ours come in the order of computation.
  case normalizedMid = "hook_normalized_resid_mid"
  /// [n, d]; with the weight applied.
  case norm2 = "ln2.hook_normalized"
  /// What the activation reads: the gate, or the only projection of a layer without one; [n, f].
  case gate = "mlp.hook_pre"
  /// What the gate multiplies, [n, f]; not in layers without a gate.
  case up = "mlp.hook_pre_linear"
  /// [n, f]
  case activation = "mlp.hook_post"
  /// [n, d]
  case feedForwardOut = "hook_mlp_out"
  /// What the feed-forward layer adds, normalised, where the model does that; [n, d].
  case norm2Post = "ln2_post.hook_normalized"
  /// The residual stream leaving the block, [n, d].
  case residualPost = "hook_resid_post"
  /// The same normalised, in blocks that end with that (encoders).
  case normalizedPost = "hook_normalized_resid_post"
}
