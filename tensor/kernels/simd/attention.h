// Softmax of attention in blocks of scores: single-threaded leaf kernels in one
// table per instruction set. Array index: 0 float32, 1 float64.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// The most queries of a block.
constexpr int64_t attention_rows = 256;

/// Scores of `rows` queries by `columns` keys, `stride` apart from row to row;
/// a multiple of 16 that leaves room to round the columns up to.
struct ScoreBlock {
  int64_t rows, columns, stride;
  /// Row i sees the columns j <= i + diagonal.
  int64_t diagonal;
  /// What is added to the scores, unless null, and its distance of rows.
  const void* mask = nullptr;
  int64_t mask_stride = 0;
  /// The weights that dropout leaves, unless null; they are multiplied by
  /// keep_scale.
  const bool* keep = nullptr;
  int64_t keep_stride = 0;
  double keep_scale = 1;
};

struct AttentionTable {
  /// One more block of keys: raises top[i] to the maximum of row i, scores
  /// become e^(score - top[i]), less what is dropped, and sum[i] grows by their
  /// sum before that. What was summed before, `width` elements of row i of
  /// `out` included, is scaled to the new maximum; out may be null.
  PerReal<void (*)(const ScoreBlock& block, void* scores, void* top, void* sum,
                   void* out, int64_t out_stride, int64_t width)>
      forward;
  /// When all keys are through: divides `rows` rows of `out` by their sums,
  /// which become the factors of `backward`. A row that saw nothing has factor
  /// and top 0: from -inf, -inf could not be subtracted.
  PerReal<void (*)(int64_t rows, void* top, void* sum, void* out,
                   int64_t out_stride, int64_t width)>
      finish;
  /// With p = e^(score - top[i]) * factor[i] and d the gradient of what is left
  /// of p: scores become what is left of p, grads p * (d - delta[i]).
  PerReal<void (*)(const ScoreBlock& block, void* scores, void* grads,
                   const void* top, const void* factor, const void* delta)>
      backward;
};

TAPER_TABLE(AttentionTable, attention_table)

}  // namespace taper::kernels
