// What each parameter does, in a few words and in one sentence, in both languages. Not here: finding the role (TensorPlace).
import Languages

extension TensorPlace {
  /// "query projection"; nil for an unknown name.
  public var title: Bilingual? {
    guard let role else { return nil }
    let title = role.title
    return part == "bias" ? Bilingual(zh: title.zh + "的偏置", en: title.en + " bias") : title
  }

  /// One sentence: what is read, what comes out, what for.
  public var sentence: Bilingual {
    guard let role else {
      return Bilingual(
        zh: "程序不认识这个名字，只能显示里面的数，说不出它的用途。", en: "The program does not know this name: it shows the numbers but cannot say what they are for."
      )
    }
    if part == "bias" {
      return Bilingual(zh: "一个向量，加到“\(role.title.zh)”的结果上。", en: "A vector that is added to what the \(role.title.en) gives.")
    }
    return gainSentence(role) ?? neuronSentence(role) ?? role.sentence
  }

  /// Of a norm whose file does not hold the gains themselves, or may not.
  private func gainSentence(_ role: TensorRole) -> Bilingual? {
    guard offset != 0 else { return nil }
    switch (role, offset) {
    case (.queryNorm, .some), (.keyNorm, .some):
      return Bilingual(
        zh: "每个头归一化之后，逐维乘以 1 + 这里的数。", en: "After each head's vector is normalized, dimension i is multiplied by 1 + number i.")
    case (.attentionNorm, .some), (.feedForwardNorm, .some), (.finalNorm, .some), (.postAttentionNorm, .some),
      (.postFeedForwardNorm, .some):
      return Bilingual(
        zh: "每一维一个数：向量归一化之后，第 i 维乘以 1 + 第 i 个数。",
        en: "One number per dimension: after the vector is normalized, dimension i is multiplied by 1 + number i.")
    case (_, nil):
      return Bilingual(
        zh: "归一化之后逐维相乘的数；有的模型乘以 1 + 这里的数，这个文件没有说明是哪一种。",
        en: "What each dimension is multiplied by after the norm: the number itself, or 1 + it; the file does not say which.")
    default: return nil
    }
  }

  /// Of a projection to the neurons that lies in columns, or may.
  private func neuronSentence(_ role: TensorRole) -> Bilingual? {
    guard role == .up, isTransposed != false else { return nil }
    let (zh, en) = isTransposed == true ? ("：每列一个神经元", ": one column per neuron") : ("", "")
    return Bilingual(zh: "读入归一化后的残差流，升到前馈层的宽度\(zh)。", en: "Reads the normed residual stream and widens it\(en).")
  }
}

extension TensorRole {
  public var title: Bilingual {
    switch self {
    case .embedding: Bilingual(zh: "嵌入表", en: "embedding table")
    case .positionEmbedding: Bilingual(zh: "位置嵌入", en: "position embedding")
    case .attentionNorm: Bilingual(zh: "注意力前的归一化增益", en: "norm gains before attention")
    case .query: Bilingual(zh: "查询投影", en: "query projection")
    case .key: Bilingual(zh: "键投影", en: "key projection")
    case .value: Bilingual(zh: "值投影", en: "value projection")
    case .queryKeyValue: Bilingual(zh: "查询、键、值合在一起的投影", en: "joint query, key and value projection")
    case .queryNorm: Bilingual(zh: "查询的归一化增益", en: "norm gains of the queries")
    case .keyNorm: Bilingual(zh: "键的归一化增益", en: "norm gains of the keys")
    case .attentionOutput: Bilingual(zh: "注意力输出投影", en: "attention output projection")
    case .postAttentionNorm: Bilingual(zh: "注意力后的归一化增益", en: "norm gains after attention")
    case .feedForwardNorm: Bilingual(zh: "前馈层前的归一化增益", en: "norm gains before the feed-forward layer")
    case .gate: Bilingual(zh: "前馈层的门", en: "feed-forward gate")
    case .up: Bilingual(zh: "前馈层升维投影", en: "feed-forward up projection")
    case .gateUp: Bilingual(zh: "门与升维合在一起的投影", en: "joint gate and up projection")
    case .down: Bilingual(zh: "前馈层降维投影", en: "feed-forward down projection")
    case .postFeedForwardNorm: Bilingual(zh: "前馈层后的归一化增益", en: "norm gains after the feed-forward layer")
    case .router: Bilingual(zh: "专家路由", en: "expert router")
    case .expertGate: Bilingual(zh: "各专家的门", en: "gates of the experts")
    case .expertUp: Bilingual(zh: "各专家的升维投影", en: "up projections of the experts")
    case .expertDown: Bilingual(zh: "各专家的降维投影", en: "down projections of the experts")
    case .finalNorm: Bilingual(zh: "最后的归一化增益", en: "gains of the final norm")
    case .unembedding: Bilingual(zh: "反嵌入（输出层）", en: "unembedding (output layer)")
    case .ropeFactors: Bilingual(zh: "RoPE 频率系数", en: "RoPE frequency factors")
    }
  }

  public var sentence: Bilingual {
    switch self {
    case .embedding:
      Bilingual(
        zh: "每个词元一行：输入时按词元编号取出那一行，作为它的向量。", en: "One row per token: the row with the token's number is the vector that enters the model.")
    case .positionEmbedding:
      Bilingual(zh: "每个位置一行，加到该位置词元的向量上。", en: "One row per position, added to the vector of the token that stands there.")
    case .attentionNorm, .feedForwardNorm, .finalNorm, .postAttentionNorm, .postFeedForwardNorm:
      Bilingual(
        zh: "每一维一个数：向量归一化之后，第 i 维乘以第 i 个数。",
        en: "One number per dimension: after the vector is normalized, dimension i is multiplied by number i.")
    case .queryNorm, .keyNorm:
      Bilingual(zh: "每个头归一化之后逐维相乘的数。", en: "The numbers that each head's vector is multiplied by after it is normalized.")
    case .query:
      Bilingual(
        zh: "读入归一化后的残差流，算出各头的查询：这个位置在找什么。",
        en: "Reads the normed residual stream and makes every head's query: what this position looks for.")
    case .key:
      Bilingual(
        zh: "读入归一化后的残差流，算出各键值头的键：别的位置凭它找过来。", en: "Reads the normed residual stream and makes the keys: what this position can be found by."
      )
    case .value:
      Bilingual(
        zh: "读入归一化后的残差流，算出各键值头的值：被关注时交出的内容。", en: "Reads the normed residual stream and makes the values: what this position hands over.")
    case .queryKeyValue:
      Bilingual(zh: "读入归一化后的残差流，一次算出查询、键和值。", en: "Reads the normed residual stream and makes queries, keys and values at once.")
    case .attentionOutput:
      Bilingual(zh: "读入各头取来的值，变换后加回残差流。", en: "Reads what all heads have gathered and turns it into what is added to the residual stream.")
    case .gate:
      Bilingual(
        zh: "读入归一化后的残差流；结果经激活函数，决定每个神经元放行多少。",
        en: "Reads the normed residual stream; after the activation it decides how much of each neuron passes.")
    case .up: Bilingual(zh: "读入归一化后的残差流，升到前馈层的宽度：每行一个神经元。", en: "Reads the normed residual stream and widens it: one row per neuron.")
    case .gateUp: Bilingual(zh: "读入归一化后的残差流，一次算出门和升维的结果。", en: "Reads the normed residual stream and makes gate and up projection at once.")
    case .down:
      Bilingual(zh: "读入激活后的神经元，变换回残差流的宽度后加进去。", en: "Reads the neurons and turns them into what is added to the residual stream.")
    case .router: Bilingual(zh: "为每个位置给各个专家打分，分高的专家才参与计算。", en: "Scores the experts for each position; only the best ones compute.")
    case .expertGate: Bilingual(zh: "每个专家一个矩阵，作用同前馈层的门。", en: "One matrix per expert, each a feed-forward gate.")
    case .expertUp: Bilingual(zh: "每个专家一个矩阵，作用同前馈层的升维投影。", en: "One matrix per expert, each a feed-forward up projection.")
    case .expertDown: Bilingual(zh: "每个专家一个矩阵，作用同前馈层的降维投影。", en: "One matrix per expert, each a feed-forward down projection.")
    case .unembedding:
      Bilingual(
        zh: "每个词元一行：与最后的向量做点积，得到这个词元的分数（logit）。",
        en: "One row per token: its dot product with the final vector is the token's score (logit).")
    case .ropeFactors:
      Bilingual(zh: "用来调整 RoPE 各维的旋转速度，使模型能读更长的上下文。", en: "Change how fast RoPE turns each pair of dimensions, for longer contexts.")
    }
  }
}
