// Random weights of every quantized kind for the kernel tests. Not here: any test.
import CKernels

/// A random weight in ggml blocks, packed for the kernels. Never freed: tests are short.
struct QuantizedWeight {
  let kernel: ck_weight
  /// The values as `ck_weight_row` reads them back. ModelsTests compares these with the decoder of files, for every kind.
  let values: [Float]

  /// What a random block needs: its size, where its f16 scales lie, and the exponent that makes values of about 1.
  struct Kind {
    let number: Int32
    let columns: Int
    let bytes: Int
    let scales: [Int]
    let exponent: Int
  }

  static let kinds: [Kind] = [
    Kind(number: Int32(CK_Q8_0), columns: 32, bytes: 34, scales: [0], exponent: -8),
    Kind(number: Int32(CK_Q4_0), columns: 32, bytes: 18, scales: [0], exponent: -4),
    Kind(number: Int32(CK_Q4_1), columns: 32, bytes: 20, scales: [0, 2], exponent: -4),
    Kind(number: Int32(CK_Q5_0), columns: 32, bytes: 22, scales: [0], exponent: -5),
    Kind(number: Int32(CK_Q5_1), columns: 32, bytes: 24, scales: [0, 2], exponent: -5),
    Kind(number: Int32(CK_Q2_K), columns: 256, bytes: 84, scales: [80, 82], exponent: -7),
    Kind(number: Int32(CK_Q3_K), columns: 256, bytes: 110, scales: [108], exponent: -8),
    Kind(number: Int32(CK_Q4_K), columns: 256, bytes: 144, scales: [0, 2], exponent: -10),
    Kind(number: Int32(CK_Q5_K), columns: 256, bytes: 176, scales: [0, 2], exponent: -11),
    Kind(number: Int32(CK_Q6_K), columns: 256, bytes: 210, scales: [208], exponent: -13),
    Kind(number: Int32(CK_IQ4_NL), columns: 32, bytes: 18, scales: [0], exponent: -7),
  ]

  /// - Parameters:
  ///   - place: where the panels go, else new memory.
  ///   - source: where the blocks go before they are packed, else new memory.
  ///   - codes: every byte of the blocks but their f16 scales, else random.
  init(
    _ kind: Kind, _ rows: Int, _ columns: Int, seed: Int, in place: UnsafeMutableRawPointer? = nil,
    from source: UnsafeMutableRawPointer? = nil, codes: UInt8? = nil
  ) {
    var noise = Noise(seed)
    let rowBytes = columns / kind.columns * kind.bytes
    let blocks = (source ?? .allocate(byteCount: rows * rowBytes, alignment: 1)).assumingMemoryBound(to: UInt8.self)
    for i in 0..<rows * rowBytes { blocks[i] = codes ?? UInt8.random(in: 0...255, using: &noise) }
    for block in 0..<rows * columns / kind.columns {
      for at in kind.scales {
        // An f16 between 2^exponent and twice that, of any sign.
        let half = UInt16(kind.exponent + 15) << 10 | UInt16.random(in: 0..<1024, using: &noise) | (Bool.random(using: &noise) ? 0x8000 : 0)
        let start = block * kind.bytes + at
        (blocks[start], blocks[start + 1]) = (UInt8(half & 255), UInt8(half >> 8))
      }
    }
    let panelBytes = ck_quantized_panel_bytes(kind.number, columns)
    let panels = (rows + 31) / 32
    let memory = place ?? .allocate(byteCount: panels * panelBytes, alignment: 64)
    for panel in 0..<panels {
      let sources = (0..<32).map { row in panel * 32 + row < rows ? UnsafePointer(blocks) + (panel * 32 + row) * rowBytes : nil }
      ck_quantized_pack_panel(kind.number, columns, sources, (memory + panel * panelBytes).assumingMemoryBound(to: UInt8.self))
    }
    let weight = ck_weight(kind: kind.number, rows: rows, columns: columns, data: memory)
    kernel = weight
    values = [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      for row in 0..<rows { withUnsafePointer(to: weight) { ck_weight_row($0, row, buffer.baseAddress! + row * columns) } }
      count = rows * columns
    }
  }

  /// y[m, rows] in double precision, from the input as the products read it.
  func product(_ read: [Float], _ m: Int) -> [Double] {
    let (rows, columns) = (kernel.rows, kernel.columns)
    var y = [Double](repeating: 0, count: m * rows)
    values.withUnsafeBufferPointer { values in
      read.withUnsafeBufferPointer { read in
        for r in 0..<m {
          for o in 0..<rows {
            var sum = 0.0
            for c in 0..<columns { sum += Double(values[o * columns + c]) * Double(read[r * columns + c]) }
            y[r * rows + o] = sum
          }
        }
      }
    }
    return y
  }
}
