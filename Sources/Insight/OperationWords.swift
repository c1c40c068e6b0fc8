// Names, formulas and one-sentence explanations of every operation, in both languages: for the pipeline strip, the stepper and help.
import Languages
import Models

extension OperationKind {
  /// The short label in the pipeline strip; the same word wherever the same thing happens.
  public var label: String {
    switch self {
    case .embed: "emb"
    case .embedPositions: "pos"
    case .norm1, .norm2, .normalizeAttention, .normalizeFeedForward, .finalNorm: "norm"
    case .normalizeQuery: "qnorm"
    case .normalizeKey: "knorm"
    case .query: "q"
    case .key: "k"
    case .value: "v"
    case .rotateQuery, .rotateKey: "rope"
    case .scores: "score"
    case .capScores, .capLogits: "cap"
    case .mask: "mask"
    case .softmax: "softmax"
    case .mix: "mix"
    case .project: "proj"
    case .addPositions, .addAttention, .addFeedForward: "+"
    case .gate: "gate"
    case .up: "up"
    case .activate: "act"
    case .down: "down"
    case .logits: "logits"
    case .sample: "sample"
    }
  }

  /// Its name in a model of this configuration.
  public func title(in c: TransformerConfiguration) -> Bilingual {
    let norm = c.norm == .rms ? "RMSNorm" : "LayerNorm"
    return switch self {
    case .embed: Bilingual(zh: "嵌入", en: "embedding")
    case .embedPositions: Bilingual(zh: "位置嵌入", en: "position embedding")
    case .addPositions: Bilingual(zh: "加上位置", en: "add the positions")
    case .norm1: Bilingual(zh: "注意力前的 \(norm)", en: "\(norm) before attention")
    case .normalizeQuery: Bilingual(zh: "每头查询的 RMSNorm", en: "RMSNorm of each head's query")
    case .normalizeKey: Bilingual(zh: "每头键的 RMSNorm", en: "RMSNorm of each head's key")
    case .capScores: Bilingual(zh: "分数封顶", en: "soft cap of the scores")
    case .normalizeAttention: Bilingual(zh: "注意力输出的 \(norm)", en: "\(norm) of attention's output")
    case .normalizeFeedForward: Bilingual(zh: "前馈层输出的 \(norm)", en: "\(norm) of the feed-forward output")
    case .capLogits: Bilingual(zh: "logits 封顶", en: "soft cap of the logits")
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
    case .norm2: Bilingual(zh: "前馈层前的 \(norm)", en: "\(norm) before the feed-forward layer")
    case .gate: Bilingual(zh: "门", en: "gate")
    case .up: Bilingual(zh: "升维", en: "up projection")
    case .activate: Bilingual(zh: "激活（\(c.activationName)）", en: "activation (\(c.activationName))")
    case .down: Bilingual(zh: "降维", en: "down projection")
    case .addFeedForward: Bilingual(zh: "加回残差流（前馈层）", en: "residual add (feed-forward)")
    case .finalNorm: Bilingual(zh: "最后的 \(norm)", en: "final \(norm)")
    case .logits: Bilingual(zh: "logits（反嵌入）", en: "logits (unembedding)")
    case .sample: Bilingual(zh: "采样", en: "sampling")
    }
  }

  /// What it does, in one sentence.
  public func explanation(in c: TransformerConfiguration) -> Bilingual {
    switch self {
    case .embed:
      c.embeddingScale == 1
        ? Bilingual(zh: "按编号从嵌入表里取出每个词元的向量。", en: "Looks up the vector of each token in the embedding table.")
        : Bilingual(
          zh: "按编号从嵌入表里取出每个词元的向量，再乘以宽度的平方根。",
          en: "Looks up the vector of each token in the embedding table and multiplies it by the root of the width.")
    case .embedPositions:
      Bilingual(zh: "从位置表里取出每个位置的向量：这个模型学出了它们。", en: "Looks up a vector for each position: this model has learned them.")
    case .addPositions:
      Bilingual(zh: "把位置的向量加到词元的向量上。", en: "Adds the vector of the position to that of the token.")
    case .norm1, .norm2, .normalizeAttention, .normalizeFeedForward, .finalNorm:
      c.norm == .rms
        ? Bilingual(
          zh: "把每个位置的向量除以自身的均方根，再逐维乘以学到的增益。",
          en: "Divides each position's vector by its root mean square, then multiplies every dimension by a learned gain.")
        : Bilingual(
          zh: "把每个位置的向量减去均值、除以标准差，再逐维乘以增益、加上偏置。",
          en: "Subtracts each position's mean, divides by its standard deviation, then scales and shifts every dimension as learned.")
    case .normalizeQuery, .normalizeKey:
      Bilingual(
        zh: "每个头的向量各自除以均方根、乘以增益，使分数不会过大。",
        en: "Divides each head's vector by its root mean square and multiplies it by a gain, so that scores cannot grow too large.")
    case .capScores, .capLogits:
      Bilingual(
        zh: "用 tanh 把数值平滑地限制在上限以内：小的几乎不变，大的趋近上限。",
        en: "Bounds the values smoothly by tanh: small ones hardly change, large ones approach the cap.")
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
      c.attentionScale == nil
        ? Bilingual(
          zh: "查询与键的点积除以每头维数的平方根：两者有多匹配。",
          en: "The dot product of query and key, divided by the square root of the head size: how well they match.")
        : Bilingual(
          zh: "查询与键的点积乘以模型的系数：两者有多匹配。", en: "The dot product of query and key, times the model's factor: how well they match.")
    case .mask:
      c.window == nil
        ? Bilingual(
          zh: "把未来位置的分数设为 −∞，使每个位置只看到自己和前面。",
          en: "Sets the scores of later positions to −∞, so that each position sees only itself and earlier ones.")
        : Bilingual(
          zh: "把未来位置的分数设为 −∞；有窗口的层里，窗口以前的也一样。",
          en: "Sets the scores of later positions to −∞, and in layers with a window those before it too.")
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
        zh: "升到前馈层的宽度；经 \(c.gateName) 后决定每一维放行多少。",
        en: "Projects to the width of the feed-forward layer; after \(c.gateName) it decides how much of each dimension passes.")
    case .up:
      c.isGated
        ? Bilingual(zh: "升到前馈层的宽度；这是被门控制的内容。", en: "Projects to the width of the feed-forward layer: the content that the gate controls.")
        : Bilingual(zh: "升到前馈层的宽度：每一维是一个神经元。", en: "Projects to the width of the feed-forward layer: each dimension is a neuron.")
    case .activate:
      c.isGated
        ? Bilingual(
          zh: "门经 \(c.gateName) 后逐维乘以升维的结果。", en: "Multiplies the up projection by \(c.gateName) of the gate, dimension by dimension.")
        : Bilingual(
          zh: "逐维经过 GELU：负数几乎归零，正数几乎不变。", en: "GELU of every dimension: negative values nearly vanish, positive ones nearly stay.")
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

  /// The operation in the field's notation; h is half of what turns in a head.
  public func formula(in c: TransformerConfiguration) -> String {
    func plus(_ bias: Bool) -> String { bias ? " + b" : "" }
    return switch self {
    case .embed: c.embeddingScale == 1 ? "x = W_E[token]" : "x = W_E[token] · √width"
    case .embedPositions: "p = W_pos[position]"
    case .addPositions: "x = x + p"
    case .norm1, .norm2, .normalizeAttention, .normalizeFeedForward, .finalNorm:
      c.norm == .rms ? "y = x / √(mean(x²) + ε) · w" : "y = (x − mean) / √(var(x) + ε) · w + b"
    case .normalizeQuery: "q = q / √(mean(q²) + ε) · w"
    case .normalizeKey: "k = k / √(mean(k²) + ε) · w"
    case .capScores: "s = cap · tanh(s / cap)"
    case .capLogits: "l = cap · tanh(l / cap)"
    case .query: "q = W_Q · x" + plus(c.biases.queryKeyValue)
    case .key: "k = W_K · x" + plus(c.biases.queryKeyValue)
    case .value: "v = W_V · x" + plus(c.biases.queryKeyValue)
    case .rotateQuery: "q′ᵢ = qᵢ·cos θ − qᵢ₊ₕ·sin θ,  q′ᵢ₊ₕ = qᵢ₊ₕ·cos θ + qᵢ·sin θ"
    case .rotateKey: "k′ᵢ = kᵢ·cos θ − kᵢ₊ₕ·sin θ,  k′ᵢ₊ₕ = kᵢ₊ₕ·cos θ + kᵢ·sin θ"
    case .scores: c.attentionScale == nil ? "s = q · k / √d" : "s = q · k · factor"
    case .mask: c.window == nil ? "s = −∞ if key > query" : "s = −∞ if key > query or key ≤ query − window"
    case .softmax: "a = exp(s − max) / Σ exp(s − max)"
    case .mix: "z = Σ a · v"
    case .project: "o = W_O · z" + plus(c.biases.attentionOutput)
    case .addAttention: "x = x + attn"
    case .gate: "g = W_gate · x" + plus(c.biases.feedForward)
    case .up: "u = W_up · x" + plus(c.biases.feedForward)
    case .activate:
      switch (c.activation, c.isGated) {
      case (.silu, _): "h = silu(g) · u,  silu(g) = g / (1 + exp(−g))"
      case (.gelu, let gated): (gated ? "h = gelu(g) · u" : "h = gelu(u)") + ",  gelu(x) = x · Φ(x)"
      case (.geluTanh, let gated): (gated ? "h = gelu(g) · u" : "h = gelu(u)") + ",  gelu(x) = x / (1 + exp(−√(8/π)(x + 0.044715 x³)))"
      }
    case .down: "m = W_down · h" + plus(c.biases.feedForward)
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
    case .query, .normalizeQuery, .rotateQuery, .mix: [token, head, dimension]
    case .key, .value, .normalizeKey, .rotateKey: [token, Bilingual(zh: "键值头", en: "key-value head"), dimension]
    case .scores, .capScores, .mask, .softmax: [head, Bilingual(zh: "查询", en: "query"), Bilingual(zh: "键", en: "key")]
    case .logits, .capLogits, .sample: [token, Bilingual(zh: "词元编号", en: "token id")]
    case .gate, .up, .activate: [token, Bilingual(zh: "神经元", en: "neuron")]
    case .embed, .embedPositions, .addPositions, .norm1, .project, .normalizeAttention, .addAttention, .norm2, .down,
      .normalizeFeedForward, .addFeedForward, .finalNorm:
      [token, dimension]
    }
  }
}

extension TransformerConfiguration {
  /// What a gate passes through.
  fileprivate var gateName: String { activation == .silu ? "SiLU" : "GELU" }

  fileprivate var activationName: String { isGated ? activation == .silu ? "SwiGLU" : "GeGLU" : "GELU" }
}
