// ggml's blocks (ggml-common.h names their fields) → panels. Not here: what a panel is (quantized.h), decoding to f32.
#include "quantized.h"

// Codes and scales of 32 or 256 columns of one row, apart from each other.
typedef struct {
  uint8_t codes[CK_SUPER * CK_BLOCK];
  uint8_t scales[16], mins[16]; // as they are stored in the chunk, one a part
  uint8_t half[2], half_min[2];
} block_parts;

// `count` codes from low and high bits: code i takes `bits` bits of byte i.
static void take(uint8_t *codes, const uint8_t *bytes, int count, int shift, int bits, int to) {
  for (int i = 0; i < count; i++) codes[i] |= (uint8_t)((bytes[i] >> shift & ((1 << bits) - 1)) << to);
}

// Legacy blocks: f16 scale, f16 min, the fifth bits as a 32-bit word, then nibbles (columns 0…15 low, 16…31 high) or bytes.
static void read_legacy(ck_layout l, const uint8_t *p, block_parts *out) {
  memcpy(out->half, p, 2), p += 2;
  if (l.mins) memcpy(out->half_min, p, 2), p += 2;
  if (l.high) {
    for (int i = 0; i < CK_BLOCK; i++) out->codes[i] = (uint8_t)((p[i / 8] >> i % 8 & 1) << 4);
    p += 4;
  }
  if (l.low == 8) {
    for (int i = 0; i < CK_BLOCK; i++) out->codes[i] = p[i] ^ 128;
  } else {
    take(out->codes, p, 16, 0, 4, 0);
    take(out->codes + 16, p, 16, 4, 4, 0);
  }
}

// 16 bytes of low and high halves, 64 bytes of 2-bit codes, two f16.
static void read_q2(const uint8_t *p, block_parts *out) {
  memcpy(out->scales, p, 16);
  for (int i = 0; i < 8; i++) take(out->codes + 32 * i, p + 16 + i / 4 * 32, 32, i % 4 * 2, 2, 0);
  memcpy(out->half, p + 80, 2);
  memcpy(out->half_min, p + 82, 2);
}

// 32 bytes of third bits, 64 bytes of 2-bit codes, 12 bytes of 6-bit scales plus 32 (8 bytes of low nibbles, the first 8 scales
// low and the others high; then the upper bits, scale i in byte i % 4), one f16.
static void read_q3(const uint8_t *p, block_parts *out) {
  for (int i = 0; i < 8; i++) {
    take(out->codes + 32 * i, p + 32 + i / 4 * 32, 32, i % 4 * 2, 2, 0);
    take(out->codes + 32 * i, p, 32, i, 1, 2);
  }
  for (int i = 0; i < 16; i++) {
    int low = p[96 + i % 8] >> i / 8 * 4 & 15, high = p[104 + i % 4] >> i / 4 * 2 & 3;
    out->scales[i] = (uint8_t)((low | high << 4) - 32);
  }
  memcpy(out->half, p + 108, 2);
}

// Two f16, 12 bytes of 6-bit scales and mins, for Q5_K 32 bytes of fifth bits, 128 bytes of nibbles (32 low, 32 high columns).
// Scale i < 4 is the low 6 bits of byte i, min i those of byte i + 4; of the others, the low nibbles lie in bytes 8…11 and the
// upper bits on top of the first ones.
static void read_q4_q5(ck_layout l, const uint8_t *p, block_parts *out) {
  memcpy(out->half, p, 2);
  memcpy(out->half_min, p + 2, 2);
  const uint8_t *s = p + 4, *nibbles = p + 16 + (l.high ? 32 : 0);
  for (int i = 0; i < 4; i++) {
    out->scales[i] = s[i] & 63;
    out->mins[i] = s[i + 4] & 63;
    out->scales[i + 4] = (uint8_t)((s[i + 8] & 15) | s[i] >> 6 << 4);
    out->mins[i + 4] = (uint8_t)(s[i + 8] >> 4 | s[i + 4] >> 6 << 4);
  }
  for (int i = 0; i < 8; i++) {
    take(out->codes + 32 * i, nibbles + i / 2 * 32, 32, i % 2 * 4, 4, 0);
    if (l.high) take(out->codes + 32 * i, p + 16, 32, i, 1, 4);
  }
}

// 128 bytes of nibbles, 64 bytes of upper 2 bits, 16 signed scales, one f16. Of each 128 columns, 64 have low, 64 high nibbles.
static void read_q6(const uint8_t *p, block_parts *out) {
  for (int i = 0; i < 8; i++) {
    take(out->codes + 32 * i, p + i / 4 * 64 + i % 2 * 32, 32, i % 4 / 2 * 4, 4, 0);
    take(out->codes + 32 * i, p + 128 + i / 4 * 32, 32, i % 4 * 2, 2, 4);
  }
  memcpy(out->scales, p + 192, 16);
  memcpy(out->half, p + 208, 2);
}

// Bytes of a block in the file; returns them after reading it.
static size_t read_block(int kind, const uint8_t *p, block_parts *out) {
  memset(out, 0, sizeof *out);
  ck_layout l = ck_layouts[kind];
  switch (kind) {
  case CK_Q2_K: read_q2(p, out); return 84;
  case CK_Q3_K: read_q3(p, out); return 110;
  case CK_Q4_K: read_q4_q5(l, p, out); return 144;
  case CK_Q5_K: read_q4_q5(l, p, out); return 176;
  case CK_Q6_K: read_q6(p, out); return 210;
  default: read_legacy(l, p, out); return (size_t)(2 + 2 * l.mins + 4 * (l.low + l.high));
  }
}

// The `bits` bits from `from` on of 32 codes, four at a time, into a plane.
static void put_plane(uint8_t *plane, const uint8_t *codes, int row, int from, int bits) {
  uint32_t mask = ((1u << bits) - 1) * 0x01010101u;
  for (int byte = 0; byte < bits; byte++) {
    uint32_t word = 0, four;
    for (int g = byte; g < 8; g += bits) {
      memcpy(&four, codes + 4 * g, 4);
      word |= (four >> from & mask) << g / bits * bits;
    }
    memcpy(plane + byte * CK_BYTE_GROUP + 4 * row, &word, 4);
  }
}

static void put_chunk(ck_layout l, uint8_t *chunk, const block_parts *b, int at, int row) {
  put_plane(chunk, b->codes + CK_BLOCK * at, row, 0, l.low);
  chunk += l.low * CK_BYTE_GROUP;
  if (l.high) put_plane(chunk, b->codes + CK_BLOCK * at, row, l.low, l.high);
  chunk += l.high * CK_BYTE_GROUP;
  if (l.scales == CK_HALF) {
    memcpy(chunk + 2 * row, b->half, 2);
    if (l.mins) memcpy(chunk + 2 * (CK_PANEL + row), b->half_min, 2);
    return;
  }
  for (int part = 0; part < l.parts; part++) chunk[CK_PANEL * part + row] = b->scales[l.parts * at + part];
  if (l.scales == CK_BYTE) chunk[CK_PANEL + row] = b->mins[at];
}

void ck_quantized_pack_panel(int kind, long columns, const uint8_t *const *rows, uint8_t *panel) {
  ck_layout l = ck_layouts[kind];
  long blocks = columns / CK_BLOCK, step = l.super ? CK_SUPER : 1;
  memset(panel, 0, ck_panel_bytes(l, blocks));
  block_parts parts;
  size_t from = 0, bytes = 0;
  for (long b = 0; b < blocks; b += step, from += bytes) {
    for (int r = 0; r < CK_PANEL; r++) {
      if (!rows[r]) continue;
      bytes = read_block(kind, rows[r] + from, &parts);
      if (l.super) {
        uint8_t *super = panel + ck_chunk_start(l, b) - ck_super_bytes(l);
        memcpy(super + 2 * r, parts.half, 2);
        if (l.mins) memcpy(super + 2 * (CK_PANEL + r), parts.half_min, 2);
      }
      for (int at = 0; at < step; at++) put_chunk(l, panel + ck_chunk_start(l, b + at), &parts, at, r);
    }
  }
}

size_t ck_quantized_panel_bytes(int kind, long columns) { return ck_panel_bytes(ck_layouts[kind], columns / CK_BLOCK); }
