// The hook names of a Transformer run, in the order of the computation, so that lessons cannot misspell one.
// The names are TransformerLens's, plus attn.hook_scores for the scores before the mask. Not here: anything that runs.

/// Names of recorded tensors and of the stepper's operations.
public enum HookName {
  /// Inside one block, in the order in which they are computed; the full name is `blocks.L.` and this.
  public static let inBlock = [
    "hook_resid_pre", "ln1.hook_normalized", "attn.hook_q", "attn.hook_k", "attn.hook_v", "attn.hook_rot_q", "attn.hook_rot_k",
    "attn.hook_scores", "attn.hook_attn_scores", "attn.hook_pattern", "attn.hook_z", "hook_attn_out", "hook_resid_mid",
    "ln2.hook_normalized", "mlp.hook_pre", "mlp.hook_pre_linear", "mlp.hook_post", "hook_mlp_out", "hook_resid_post",
  ]
  public static let outside = ["hook_embed", "ln_final.hook_normalized", "logits"]

  /// Whether a query may name it. The block's number may be the word `layer`, the cursor's layer.
  static func isKnown(_ name: String) -> Bool {
    if outside.contains(name) { return true }
    let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "blocks", inBlock.contains(String(parts[2])) else { return false }
    return parts[1] == "layer" || (parts[1].utf8.count <= 4 && Int(parts[1]).map { $0 >= 0 } == true && !parts[1].hasPrefix("+"))
  }

  /// Whether a `lab:` directive may stop the stepper here: a name in a block without its prefix, or one outside. No operation of its own
  /// makes `hook_resid_pre`: it is what the block before, or the embedding, has left.
  static func isOperation(_ name: String) -> Bool {
    (inBlock.contains(name) && name != "hook_resid_pre") || outside.contains(name) || name == "sample"
  }
}
