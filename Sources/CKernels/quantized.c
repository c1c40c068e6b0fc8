// Quantized weight matrices: their layout in memory, and the products that read them. Not here: file formats (ModelFiles).
#include "table.h"
#include <string.h>

// A panel is 32 rows. For each block of 32 columns it holds, in the order in which the product reads: groups of 4 columns,
// in each the 32 rows side by side, 4 bytes a row; then 32 f16 scales. Q8_0 stores code + 128. Q4_0 stores two codes a
// byte: group g in the low nibbles, group g + 4 in the high ones.
enum { PANEL = CK_PANEL, BLOCK = CK_BLOCK, GROUP = 4 * CK_PANEL };

static long blocks_of(const ck_weight *w) { return w->columns / BLOCK; }
static long panels_of(const ck_weight *w) { return (w->rows + PANEL - 1) / PANEL; }
static size_t chunk_of(int kind) { return kind == CK_Q4_0 ? CK_Q4_CHUNK : CK_Q8_CHUNK; }
static size_t panel_bytes(const ck_weight *w) { return chunk_of(w->kind) * (size_t)blocks_of(w); }

size_t ck_quantized_panel_bytes(int kind, long columns) { return chunk_of(kind) * (size_t)(columns / BLOCK); }

void ck_quantized_pack_panel(int kind, long columns, const uint8_t *const *rows, uint8_t *panel) {
  int nibbles = kind == CK_Q4_0, groups = nibbles ? 4 : 8;
  uint8_t flip = nibbles ? 0 : 128;
  for (long b = 0; b < columns / BLOCK; b++) {
    uint8_t *scales = panel + groups * GROUP;
    for (int r = 0; r < PANEL; r++) {
      // ggml's block: an f16 scale, then 32 signed bytes or 16 bytes of nibbles (column i low, column i + 16 high).
      const uint8_t *block = rows[r] ? rows[r] + b * (2 + 4 * groups) : NULL;
      for (int g = 0; g < groups; g++)
        for (int i = 0; i < 4; i++) panel[g * GROUP + 4 * r + i] = block ? block[2 + 4 * g + i] ^ flip : 0;
      if (block) memcpy(scales + 2 * r, block, 2);
      else memset(scales + 2 * r, 0, 2);
    }
    panel = scales + 2 * PANEL;
  }
}

void ck_quantized_row(const ck_weight *w, long row, float *out) {
  int nibbles = w->kind == CK_Q4_0, groups = nibbles ? 4 : 8;
  const uint8_t *p = (const uint8_t *)w->data + (size_t)(row / PANEL) * panel_bytes(w);
  long r = row % PANEL;
  for (long b = 0; b < blocks_of(w); b++, out += BLOCK, p += chunk_of(w->kind)) {
    uint16_t half;
    memcpy(&half, p + groups * GROUP + 2 * r, 2);
    float scale = ck_half_to_float(half);
    for (int c = 0; c < BLOCK; c++) {
      uint8_t byte = p[c / 4 % groups * GROUP + 4 * r + c % 4];
      int code = !nibbles ? byte - 128 : (c < BLOCK / 2 ? byte & 15 : byte >> 4) - 8;
      out[c] = (float)code * scale;
    }
  }
}

typedef struct {
  const ck_quantized_table *t;
  const ck_weight *w;
  float *const *y;
  int count;
  long m, columns, rows_per_unit, panels_per_unit;
  const float *x;
  int8_t *q;
  float *scales;
  int32_t *sums;
} job;

static void quantize_unit(void *context, int unit) {
  job *j = context;
  long from = unit * j->rows_per_unit, to = from + j->rows_per_unit < j->m ? from + j->rows_per_unit : j->m;
  for (long r = from; r < to; r++) {
    long at = r * (j->columns / BLOCK);
    j->t->quantize(j->x + r * j->columns, j->columns, j->q + r * j->columns, j->scales + at, j->sums + at);
  }
}

// Rows that read a panel of nibbles before unpacking it first pays.
enum { UNPACK_ROWS = 12 };

static void product_unit(void *context, int unit) {
  job *j = context;
  int i = 0;
  long first = unit * j->panels_per_unit;
  // Units run through the matrices one after another; each matrix begins a unit of its own.
  for (;; i++) {
    long units = (panels_of(&j->w[i]) + j->panels_per_unit - 1) / j->panels_per_unit;
    if (first < units * j->panels_per_unit) break;
    first -= units * j->panels_per_unit;
  }
  const ck_weight *w = &j->w[i];
  long blocks = blocks_of(w), last = first + j->panels_per_unit < panels_of(w) ? first + j->panels_per_unit : panels_of(w);
  for (long p = first; p < last; p++) {
    const uint8_t *panel = (const uint8_t *)w->data + (size_t)p * panel_bytes(w);
    int nibbles = w->kind == CK_Q4_0, shift = nibbles ? 3 : 7;
    long valid = w->rows - p * PANEL < PANEL ? w->rows - p * PANEL : PANEL;
    if (nibbles && j->m >= UNPACK_ROWS) {
      uint8_t *bytes = (uint8_t *)ck_scratch(CK_SCRATCH_PANEL, (size_t)blocks * CK_Q8_CHUNK / sizeof(float));
      j->t->unpack_panel(panel, blocks, bytes);
      panel = bytes;
      nibbles = 0;
    }
    j->t->panel(nibbles, shift, panel, blocks, j->m, j->q, j->scales, j->sums, j->y[i] + p * PANEL, w->rows, valid);
  }
}

void ck_quantized_products(const ck_weight *w, int count, long m, const float *x, float *const *y) {
  if (m <= 0 || count <= 0) return;
  long columns = w->columns, blocks = columns / BLOCK, rows = 0, units = 0;
  job j = {.t = ck_active()->quantized, .w = w, .y = y, .count = count, .m = m, .columns = columns, .x = x};
  float *scratch = ck_scratch(CK_SCRATCH_ACTIVATIONS, (size_t)(m * blocks * 2 + (m * columns + 3) / 4));
  j.scales = scratch;
  j.sums = (int32_t *)(scratch + m * blocks);
  j.q = (int8_t *)(scratch + 2 * m * blocks);
  // One row: units of some 32 KiB, so that tickets cost little; many rows: a panel is enough work.
  j.panels_per_unit = 1;
  if (m <= 8) {
    size_t all = 0, unit;
    for (int i = 0; i < count; i++) all += (size_t)panels_of(&w[i]) * panel_bytes(&w[i]);
    unit = all / 16 < 32768 ? 32768 : all / 16;
    j.panels_per_unit = 1 + (long)(unit / panel_bytes(w));
  }
  for (int i = 0; i < count; i++) {
    rows += w[i].rows;
    units += (panels_of(&w[i]) + j.panels_per_unit - 1) / j.panels_per_unit;
  }
  j.rows_per_unit = 1 + 16384 / columns;
  long row_units = (m + j.rows_per_unit - 1) / j.rows_per_unit;
  // Below a quarter million products a second thread costs more than it brings.
  int threads = m * rows * columns >= 250000;
  if (threads && row_units > 1) ck_parallel((int)row_units, quantize_unit, &j);
  else
    for (long u = 0; u < row_units; u++) quantize_unit(&j, (int)u);
  if (threads) ck_parallel((int)units, product_unit, &j);
  else
    for (long u = 0; u < units; u++) product_unit(&j, (int)u);
}

void ck_quantize_rows(const float *x, long rows, long columns, int8_t *q, float *scales, int32_t *sums) {
  job j = {.t = ck_active()->quantized, .m = rows, .columns = columns, .rows_per_unit = rows, .x = x, .q = q,
           .scales = scales, .sums = sums};
  quantize_unit(&j, 0);
}
