// Names, formulas and one-sentence explanations of every operation, in both languages: for the pipeline strip, the stepper and help.
import Languages
import Models

extension OperationKind {
  /// The short label in the pipeline strip; the same word wherever the same thing happens.
  public var label: String {
    switch self {
    case .embed: "emb"
    case .norm1, .norm2, .finalNorm: "norm"
    case .query: "q"
    case .key: "k"
    case .value: "v"
    case .rotateQuery, .rotateKey: "rope"
    case .scores: "score"
    case .mask: "mask"
    case .softmax: "softmax"
    case .mix: "mix"
    case .project: "proj"
    case .addAttention, .addFeedForward: "+"
    case .gate: "gate"
    case .up: "up"
    case .activate: "act"
    case .down: "down"
    case .logits: "logits"
    case .sample: "sample"
    }
  }

  public var title: Bilingual {
    switch self {
    case .embed: Bilingual(zh: "嵌入", en: "embedding")
    case .norm1: Bilingual(zh: "注意力前的 RMSNorm", en: "RMSNorm before attention")
    case .query: Bilingual(zh: "查询", en: "query")
    case .key: Bilingual(zh: "键", en: "key")
    case .value: Bilingual(zh: "值", en: "value")
    case .rotateQuery: Bilingual(zh: "旋转查询（RoPE）", en: "rotated query (RoPE)")
    case .rotateKey: Bilingual(zh: "旋转键（RoPE）", en: "rotated key (RoPE)")
    case .scores: Bilingual(zh: "注意力分数", en: "attention scores")
    case .mask: Bilingual(zh: "因果掩码", en: "causal mask")
    case .softmax: Bilingual(zh: "注意力模式（softmax）", en: "attention pattern (softmax)")
    case .mix: Bilingual(zh: "对值加权求和", en: "weighted sum of values")
    case .project: Bilingual(zh: "注意力输出投影", en: "attention output projection")
    case .addAttention: Bilingual(zh: "加回残差流（注意力）", en: "residual add (attention)")
    case .norm2: Bilingual(zh: "前馈层前的 RMSNorm", en: "RMSNorm before the feed-forward layer")
    case .gate: Bilingual(zh: "门", en: "gate")
    case .up: Bilingual(zh: "升维", en: "up projection")
    case .activate: Bilingual(zh: "激活（SwiGLU）", en: "activation (SwiGLU)")
    case .down: Bilingual(zh: "降维", en: "down projection")
    case .addFeedForward: Bilingual(zh: "加回残差流（前馈层）", en: "residual add (feed-forward)")
    case .finalNorm: Bilingual(zh: "最后的 RMSNorm", en: "final RMSNorm")
    case .logits: Bilingual(zh: "logits（反嵌入）", en: "logits (unembedding)")
    case .sample: Bilingual(zh: "采样", en: "sampling")
    }
  }

  public var explanation: Bilingual {
    switch self {
    case .embed:
      Bilingual(zh: "按编号从嵌入表里取出每个词元的向量。", en: "Looks up the vector of each token in the embedding table.")
    case .norm1, .norm2, .finalNorm:
      Bilingual(
        zh: "把每个位置的向量除以自身的均方根，再逐维乘以学到的增益。",
        en: "Divides each position's vector by its root mean square, then multiplies every dimension by a learned gain.")
    case .query:
      Bilingual(zh: "每个头为每个位置算出查询：这个位置在找什么。", en: "Each head computes a query for each position: what it looks for.")
    case .key:
      Bilingual(zh: "每个键值头为每个位置算出键：别的位置凭它找过来。", en: "Each key-value head computes a key for each position: what it can be found by.")
    case .value:
      Bilingual(zh: "每个键值头为每个位置算出值：被关注时交出的内容。", en: "Each key-value head computes a value for each position: what it hands over.")
    case .rotateQuery, .rotateKey:
      Bilingual(
        zh: "把每对分量转过与位置成正比的角度，使点积只取决于相对距离。",
        en: "Turns each pair of dimensions by an angle proportional to the position, so that dot products depend on distance alone.")
    case .scores:
      Bilingual(
        zh: "查询与键的点积除以每头维数的平方根：两者有多匹配。",
        en: "The dot product of query and key, divided by the square root of the head size: how well they match.")
    case .mask:
      Bilingual(
        zh: "把未来位置的分数设为 −∞，使每个位置只看到自己和前面。",
        en: "Sets the scores of later positions to −∞, so that each position sees only itself and earlier ones.")
    case .softmax:
      Bilingual(
        zh: "对每一行分数取指数再归一化，得到和为 1 的权重。", en: "Turns each row of scores into weights that sum to 1: exponentials divided by their sum.")
    case .mix:
      Bilingual(zh: "按注意力权重把各位置的值加起来。", en: "Adds up the values of all positions, weighted by the attention pattern.")
    case .project:
      Bilingual(zh: "把各头的结果拼在一起，变换回残差流的宽度。", en: "Takes the results of all heads together back to the width of the residual stream.")
    case .addAttention:
      Bilingual(zh: "把注意力的输出加到残差流上。", en: "Adds what attention has found to the residual stream.")
    case .gate:
      Bilingual(
        zh: "升到前馈层的宽度；经 SiLU 后决定每一维放行多少。",
        en: "Projects to the width of the feed-forward layer; after SiLU it decides how much of each dimension passes.")
    case .up:
      Bilingual(zh: "升到前馈层的宽度；这是被门控制的内容。", en: "Projects to the width of the feed-forward layer: the content that the gate controls.")
    case .activate:
      Bilingual(zh: "门经 SiLU 后逐维乘以升维的结果。", en: "Multiplies the up projection by SiLU of the gate, dimension by dimension.")
    case .down:
      Bilingual(zh: "把激活后的向量变换回残差流的宽度。", en: "Projects the activations back to the width of the residual stream.")
    case .addFeedForward:
      Bilingual(zh: "把前馈层的输出加到残差流上。", en: "Adds the output of the feed-forward layer to the residual stream.")
    case .logits:
      Bilingual(
        zh: "最后的向量与词表中每个词元的向量做点积，得到各词元的分数。",
        en: "The dot product of the final vector with the vector of every token in the vocabulary: one score each.")
    case .sample:
      Bilingual(
        zh: "用 softmax 把 logits 变成概率，经过滤后抽出下一个词元。",
        en: "Turns logits into probabilities with softmax, filters them and draws the next token.")
    }
  }

  /// The operation in the field's notation; h is half the head size.
  public var formula: String {
    switch self {
    case .embed: "x = W_E[token]"
    case .norm1, .norm2, .finalNorm: "y = x / √(mean(x²) + ε) · w"
    case .query: "q = W_Q · x"
    case .key: "k = W_K · x"
    case .value: "v = W_V · x"
    case .rotateQuery: "q′ᵢ = qᵢ·cos θ − qᵢ₊ₕ·sin θ,  q′ᵢ₊ₕ = qᵢ₊ₕ·cos θ + qᵢ·sin θ"
    case .rotateKey: "k′ᵢ = kᵢ·cos θ − kᵢ₊ₕ·sin θ,  k′ᵢ₊ₕ = kᵢ₊ₕ·cos θ + kᵢ·sin θ"
    case .scores: "s = q · k / √d"
    case .mask: "s = −∞ if key > query"
    case .softmax: "a = exp(s − max) / Σ exp(s − max)"
    case .mix: "z = Σ a · v"
    case .project: "o = W_O · z"
    case .addAttention: "x = x + attn"
    case .gate: "g = W_gate · x"
    case .up: "u = W_up · x"
    case .activate: "h = silu(g) · u,  silu(g) = g / (1 + exp(−g))"
    case .down: "m = W_down · h"
    case .addFeedForward: "x = x + mlp"
    case .logits: "l = W_U · x"
    case .sample: "p = exp(l − max) / Σ exp(l − max)"
    }
  }

  /// What the dimensions of its tensor count, outermost first; for `sample`, what a cell of its card names.
  public var axes: [Bilingual] {
    let token = Bilingual(zh: "位置", en: "position")
    let head = Bilingual(zh: "头", en: "head")
    let dimension = Bilingual(zh: "维", en: "dim")
    return switch self {
    case .query, .rotateQuery, .mix: [token, head, dimension]
    case .key, .value, .rotateKey: [token, Bilingual(zh: "键值头", en: "key-value head"), dimension]
    case .scores, .mask, .softmax: [head, Bilingual(zh: "查询", en: "query"), Bilingual(zh: "键", en: "key")]
    case .logits, .sample: [token, Bilingual(zh: "词元编号", en: "token id")]
    case .gate, .up, .activate: [token, Bilingual(zh: "神经元", en: "neuron")]
    case .embed, .norm1, .project, .addAttention, .norm2, .down, .addFeedForward, .finalNorm: [token, dimension]
    }
  }
}
