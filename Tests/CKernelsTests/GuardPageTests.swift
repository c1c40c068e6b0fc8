// No kernel reads or writes outside its arrays: each array ends (or begins) at a page that faults on any access.
// The work runs in a process of its own, so that a fault is a failed expectation and not the end of the test run.
import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Floats between two forbidden pages, flush with one of them. Never freed: the process ends after the test.
private struct Guarded {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(_ count: Int, atEnd: Bool, fill: Float = 0.5) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let middle = max(1, (count * 4 + page - 1) / page) * page
    guard let memory = mmap(nil, middle + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED
    else { fatalError("no memory for guard pages") }
    precondition(mprotect(memory, page, PROT_NONE) == 0 && mprotect(memory + page + middle, page, PROT_NONE) == 0)
    let start = memory + page + (atEnd ? middle - count * 4 : 0)
    base = start.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
    for i in 0..<count { base[i] = fill + Float(i % 7) / 8 }
  }
}

struct GuardPageTests {
  @Test func rowKernels() async {
    await #expect(processExitsWith: .success) {
      Self.everyWay { make in
        for n in [1, 3, 7, 8, 15, 16, 17, 33, 100] {
          for rows in [1, 3] { Self.rows(rows, n, make) }
        }
      }
    }
  }

  @Test func matrixProduct() async {
    await #expect(processExitsWith: .success) {
      Self.everyWay { make in
        for (m, n, k) in [(1, 1, 1), (1, 65, 17), (3, 7, 100), (5, 3, 1), (13, 33, 17), (24, 64, 5), (25, 65, 257)] {
          let (a, b, c) = (make(m * k).base, make(k * n).base, make(m * n).base)
          ck_gemm(m, n, k, a, k, 1, b, n, 1, c, n, 0)
          ck_gemm(m, n, k, a, k, 1, b, 1, k, c, n, 1)
          ck_gemm(m, n, k, a, 1, m, b, n, 1, c, n, 1)
          ck_gemm(m, n, k, a, 1, m, b, 1, k, c, n, 0)
          // 16-bit elements: twice as many in the same bytes, so half the columns read to the very end.
          let halves = make((k * n + 1) / 2)
          let end = UnsafeRawPointer(halves.base + halves.count) - k * n * 2
          for (ars, acs) in [(k, 1), (1, m)] {
            for (brs, bcs) in [(n, 1), (1, k)] {
              for (kind, data) in [(CK_F32, UnsafeRawPointer(b)), (CK_F16, end), (CK_BF16, end)] {
                for precision in [CK_F32_PRODUCTS, CK_BF16_PRODUCTS] {
                  var product = ck_product(
                    m: m, n: n, k: k, a: a, ars: ars, acs: acs, b: data, kind: Int32(kind), brs: brs, bcs: bcs, c: c, ldc: n,
                    accumulate: 1)
                  ck_gemm_group(&product, 1, Int32(precision))
                }
              }
            }
          }
        }
      }
    }
  }

  @Test func quantizedProduct() async {
    await #expect(processExitsWith: .success) {
      Self.everyWay { make in
        for kind in QuantizedWeight.kinds {
          for (rows, blocks, m) in [(1, 1, 1), (33, 2, 1), (32, 3, 7), (70, 1, 13)] {
            let columns = blocks * kind.columns
            let bytes = (rows + 31) / 32 * ck_quantized_panel_bytes(kind.number, columns)
            // Blocks of files have any number of bytes: the last one ends the memory, or nearly.
            let file = make((rows * blocks * kind.bytes + 3) / 4)
            let end = UnsafeMutableRawPointer(file.base + file.count) - rows * blocks * kind.bytes
            let weight = QuantizedWeight(kind, rows, columns, seed: 1, in: UnsafeMutableRawPointer(make(bytes / 4).base), from: end)
            let x = make(m * columns).base
            ck_linear([weight.kernel], 1, m, x, [make(m * rows).base], 0)
            withUnsafePointer(to: weight.kernel) { ck_weight_row($0, rows - 1, make(columns).base) }
            let codes = UnsafeMutableRawPointer(make(m * columns / 4).base).assumingMemoryBound(to: Int8.self)
            let sums = UnsafeMutableRawPointer(make(m * columns / 16).base).assumingMemoryBound(to: Int32.self)
            ck_quantize_rows(x, m, columns, codes, make(m * columns / 32).base, sums)
          }
        }
      }
    }
  }

  @Test func attention() async {
    await #expect(processExitsWith: .success) {
      Self.everyWay { make in
        for size in [2, 6, 16, 20, 33] {
          for (queries, keys) in [(1, 1), (1, 9), (3, 3), (5, 17), (6, 33)] { Self.attend(queries, keys, size, make) }
        }
      }
    }
  }

  private static func everyWay(_ body: ((Int) -> Guarded) -> Void) {
    for set in supportedSets {
      onInstructionSet(set) {
        for atEnd in [true, false] { body { Guarded($0, atEnd: atEnd) } }
      }
    }
  }

  private static func rows(_ rows: Int, _ n: Int, _ make: (Int) -> Guarded) {
    let all = (0..<5).map { _ in make(rows * n).base }
    let (x, y, z, s, t) = (all[0], all[1], all[2], all[3], all[4])
    let (weight, dweight, perRow) = (make(n).base, make(n).base, make(rows).base)
    _ = ck_dot(x, y, rows * n)
    ck_add(x, y, z, rows * n)
    ck_accumulate(x, z, rows * n)
    ck_scale(z, 0.5, rows * n)
    _ = ck_sum_of_squares(x, rows * n)
    _ = ck_all_finite(x, rows * n)
    ck_rms_norm(x, weight, y, perRow, rows, n, 1e-5)
    ck_rms_norm_backward(x, weight, perRow, y, z, 1, dweight, rows, n)
    ck_swiglu(x, y, z, rows * n)
    ck_swiglu_backward(x, y, z, s, t, rows * n)
    ck_softmax(x, y, rows, n)
    ck_softmax_backward(y, x, z, 0, rows, n)
    ck_adamw(x, y, s, t, rows * n, 0.01, 0.9, 0.95, 1e-8, 0.1, 0.1, 0.05, 1)
    let targets = UnsafeMutableRawPointer(make(rows).base).bindMemory(to: Int32.self, capacity: rows)
    for row in 0..<rows { targets[row] = Int32(n - 1) }
    ck_cross_entropy(x, targets, perRow, make(rows).base, rows, n)
    let (cosines, sines) = (make(rows * n).base, make(rows * n).base)
    let (heads, rotated) = (make(rows * 3 * 2 * n).base, make(rows * 3 * 2 * n).base)
    ck_rope(heads, cosines, sines, rotated, rows, 3, 2 * n, 2 * n, 1, 0)
    ck_rope(heads, cosines, sines, rotated, rows, 3, 2 * n, 2 * n, -1, 1)
    let turned = n / 2 * 2
    if turned > 0 { ck_rope(heads, make(rows * turned / 2).base, make(rows * turned / 2).base, rotated, rows, 3, 2 * n, turned, 1, 1) }
    ck_add_bias(x, weight, y, rows, n)
    ck_sum_rows(x, dweight, rows, n)
    ck_soft_cap(x, y, rows * n, 2)
    let (dbias, pairs) = (make(n).base, make(2 * rows).base)
    ck_layer_norm(x, weight, dbias, y, pairs, rows, n, 1e-5)
    ck_layer_norm_backward(x, weight, pairs, y, z, 1, dweight, dbias, rows, n)
    ck_layer_norm_backward(x, weight, pairs, y, nil, 0, nil, dbias, rows, n)
    for exact: Int32 in [0, 1] {
      ck_gelu(x, y, z, rows * n, exact)
      ck_gelu(x, nil, z, rows * n, exact)
      ck_gelu_backward(x, y, z, s, t, rows * n, exact)
      ck_gelu_backward(x, nil, z, s, nil, rows * n, exact)
    }
  }

  private static func attend(_ queries: Int, _ keys: Int, _ size: Int, _ make: (Int) -> Guarded) {
    let (heads, shared) = (4, 2)
    let span = ck_span(query_start: 0, query_count: queries, key_start: 0, key_count: keys, offset: 0)
    withUnsafePointer(to: span) { span in
      var layout = ck_attention(
        spans: span, span_count: 1, heads: heads, kv_heads: shared, size: size, scale: 0.3, soft_cap: 0, window: 0,
        bidirectional: 0, cache_keys: nil, cache_values: nil, cache_capacity: 0)
      let q = (0..<3).map { _ in make(queries * heads * size).base }
      let k = (0..<4).map { _ in make(keys * shared * size).base }
      let p = (0..<4).map { _ in make(heads * queries * keys).base }
      let statistics = make(2 * queries * heads).base
      ck_attention_scores(&layout, q[0], k[0], p[0])
      ck_attention_mask(&layout, p[0], p[1])
      ck_attention_softmax(&layout, p[1], p[2])
      ck_attention_mix(&layout, p[2], k[1], q[1])
      ck_attention_mix_backward(&layout, p[2], k[1], q[1], p[3], 1, k[2], 0)
      ck_attention_softmax_backward(&layout, p[2], p[3], p[0], 0)
      ck_attention_scores_backward(&layout, q[0], k[0], p[0], q[2], 0, k[3], 1)
      ck_attention_forward(&layout, q[0], k[0], k[1], statistics, q[1])
      ck_attention_backward(&layout, q[0], k[0], k[1], statistics, q[1], q[2], 1, k[2], 0, k[3], 1)
      // What a query sees: a window, everything, and scores with a cap.
      func steps() {
        ck_attention_mask(&layout, p[0], p[1])
        ck_attention_softmax(&layout, p[1], p[2])
        ck_attention_causal_softmax(&layout, p[0], p[3])
        ck_attention_forward(&layout, q[0], layout.cache_keys == nil ? k[0] : nil, layout.cache_keys == nil ? k[1] : nil, nil, q[1])
      }
      func everyRule() {
        for (window, cap, bidirectional) in [(1, 0, 0), (2, 3, 0), (17, 0, 0), (0, 1, 1)] as [(Int, Float, Int32)] {
          (layout.window, layout.soft_cap, layout.bidirectional) = (window, cap, bidirectional)
          steps()
        }
        (layout.window, layout.soft_cap, layout.bidirectional) = (0, 0, 0)
      }
      everyRule()

      let group = Int(CK_CACHE_GROUP)
      let capacity = (keys + group - 1) / group * group
      let (cacheKeys, cacheValues) = (make(capacity * shared * size).base, make(capacity * shared * size).base)
      ck_cache_store(cacheKeys, cacheValues, capacity, shared, size, 0, keys, k[0], k[1])
      ck_cache_read(cacheKeys, cacheValues, capacity, shared, size, 0, keys, k[2], k[3])
      (layout.cache_keys, layout.cache_values, layout.cache_capacity) = (UnsafePointer(cacheKeys), UnsafePointer(cacheValues), capacity)
      ck_attention_scores(&layout, q[0], nil, p[0])
      ck_attention_mix(&layout, p[2], nil, q[1])
      ck_attention_forward(&layout, q[0], nil, nil, nil, q[1])
      everyRule()
    }
  }
}
