// How quantized weights lie in memory: one description a kind, which packing, kernels and the decoding of a row share. Private
// to CKernels. Not here: ggml's blocks (quantized_pack.c).
#ifndef CK_QUANTIZED_H
#define CK_QUANTIZED_H
#include "table.h"
#include <string.h>

// A panel is 32 rows, cut into chunks of 32 columns. A chunk holds, in the order in which the product reads:
// - the low plane: groups of 4 columns, in each the 32 rows side by side, 4 codes a row. With b bits a code there are b byte
//   groups; group g lies in byte group g % b, from bit g / b * b on (nibbles: groups 0…3 low, 4…7 high);
// - the high plane, where codes have 5 or 6 or 3 bits: their upper 1 or 2 bits, laid out in the same way;
// - the scales of 32 rows, of each part in turn.
// K kinds have f16 scales of 8 chunks in front of these.
enum { CK_PANEL = 32, CK_BLOCK = 32, CK_SUPER = 8, CK_BYTE_GROUP = 4 * CK_PANEL };

enum {
  CK_HALF,        // f16 of 32 columns; with mins f16, f16
  CK_BYTE,        // unsigned byte of 32 columns · f16 of 256; with mins byte, byte · f16, f16
  CK_SIGNED_BYTE, // signed byte of 16 columns · f16 of 256
  CK_NIBBLES,     // scale low, min high in a byte of 16 columns · f16, f16 of 256
  CK_FLOAT,       // f32 of 16 columns: panels that were unpacked
};

// A weight is scale · (code - offset), or scale · code + min.
typedef struct {
  uint8_t low, high; // bits of the planes
  uint8_t bits;      // of the codes that the products see
  uint8_t parts;     // 2: scales of 16 columns each, else 1
  uint8_t scales, mins, super;
  uint8_t is_table; // stored codes are indices of ck_iq4_codes
  uint8_t offset;
} ck_layout;

static const ck_layout ck_layouts[CK_KIND_COUNT] = {
    [CK_Q8_0] = {.low = 8, .bits = 8, .parts = 1, .scales = CK_HALF, .offset = 128},
    [CK_Q4_0] = {.low = 4, .bits = 4, .parts = 1, .scales = CK_HALF, .offset = 8},
    [CK_Q4_1] = {.low = 4, .bits = 4, .parts = 1, .scales = CK_HALF, .mins = 1},
    [CK_Q5_0] = {.low = 4, .high = 1, .bits = 5, .parts = 1, .scales = CK_HALF, .offset = 16},
    [CK_Q5_1] = {.low = 4, .high = 1, .bits = 5, .parts = 1, .scales = CK_HALF, .mins = 1},
    [CK_Q2_K] = {.low = 2, .bits = 2, .parts = 2, .scales = CK_NIBBLES, .mins = 1, .super = 1},
    [CK_Q3_K] = {.low = 2, .high = 1, .bits = 3, .parts = 2, .scales = CK_SIGNED_BYTE, .super = 1, .offset = 4},
    [CK_Q4_K] = {.low = 4, .bits = 4, .parts = 1, .scales = CK_BYTE, .mins = 1, .super = 1},
    [CK_Q5_K] = {.low = 4, .high = 1, .bits = 5, .parts = 1, .scales = CK_BYTE, .mins = 1, .super = 1},
    [CK_Q6_K] = {.low = 4, .high = 2, .bits = 6, .parts = 2, .scales = CK_SIGNED_BYTE, .super = 1, .offset = 32},
    [CK_IQ4_NL] = {.low = 4, .bits = 8, .parts = 1, .scales = CK_HALF, .is_table = 1, .offset = 128},
};

// IQ4_NL's values (ggml, kvalues_iq4nl) plus 128: dense around zero, where weights are.
#define CK_IQ4_CODES 1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241
static const uint8_t ck_iq4_codes[16] = {CK_IQ4_CODES};

static inline int ck_scale_bytes(ck_layout l) { // of a chunk
  return l.scales == CK_NIBBLES ? CK_PANEL * l.parts
                                : CK_PANEL * l.parts * (1 + l.mins) * (l.scales == CK_FLOAT ? 4 : l.scales == CK_HALF ? 2 : 1);
}
static inline int ck_chunk_bytes(ck_layout l) { return (l.low + l.high) * CK_BYTE_GROUP + ck_scale_bytes(l); }
static inline int ck_super_bytes(ck_layout l) { return l.super * CK_PANEL * 2 * (1 + l.mins); }
// Where a chunk begins in its panel.
static inline size_t ck_chunk_start(ck_layout l, long block) {
  return (size_t)block * (size_t)ck_chunk_bytes(l) + (size_t)(block / CK_SUPER + 1) * (size_t)ck_super_bytes(l);
}
static inline size_t ck_panel_bytes(ck_layout l, long blocks) {
  return (size_t)blocks * (size_t)ck_chunk_bytes(l) + (size_t)((blocks + CK_SUPER - 1) / CK_SUPER) * (size_t)ck_super_bytes(l);
}

// Bytes and f32 scales, from kinds whose planes and scales cost most to read: worth it when many rows of activations read them.
// Other kinds are as fast packed (measured with AVX-512 and AVX2).
static const ck_layout ck_unpacked = {.low = 8, .bits = 6, .parts = 2, .scales = CK_FLOAT, .offset = 32};
enum { CK_UNPACK_ROWS = 32 };
static inline int ck_unpacks(ck_layout l, long rows) { return l.scales == CK_SIGNED_BYTE && rows >= CK_UNPACK_ROWS; }

static inline uint16_t ck_half_at(const uint8_t *p, long index) {
  uint16_t half;
  memcpy(&half, p + 2 * index, 2);
  return half;
}

#endif
