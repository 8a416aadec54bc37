// The picked elements as places in memory, and the walks over them.
#include "taper/tensor/kernels/index.h"

#include <algorithm>
#include <cstring>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/simd/elementwise.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

constexpr int64_t kGrain = 16384;
// Rows at least this long are added by the vectorised leaf kernel.
constexpr int64_t kLongRow = 16;

bool is_row_major(IntArrayRef sizes, IntArrayRef strides) {
  int64_t expected = 1;
  for (size_t d = sizes.size(); d-- > 0;) {
    if (sizes[d] != 1 && strides[d] != expected) return false;
    expected *= sizes[d];
  }
  return true;
}

// A picked tensor in memory: element (o, p, i) is at outer[o] +
// positions[p] * step + inner[i].
class Places {
 public:
  Places(const Tensor& x, const Pick& pick) {
    const auto first = static_cast<size_t>(pick.dim);
    const auto last = first + static_cast<size_t>(pick.count);
    const size_t after = static_cast<size_t>(x.dim()) - last;
    const IntArrayRef sizes = x.sizes();
    const IntArrayRef strides = x.strides();
    outer_ = offsets_of(sizes.slice(0, first), strides.slice(0, first));
    inner_dense =
        is_row_major(sizes.slice(last, after), strides.slice(last, after));
    inner_count = 1;
    for (size_t d = last; d < sizes.size(); ++d) inner_count *= sizes[d];
    if (!inner_dense) {
      inner_ = offsets_of(sizes.slice(last, after), strides.slice(last, after));
      inner = inner_.data_as<int64_t>();
    }
    locate(sizes.slice(first, last - first), strides.slice(first, last - first),
           pick.positions);
    outer = outer_.data_as<int64_t>();
    outer_count = outer_.numel();
    count = pick.positions.numel();
    shares_memory = has_internal_overlap(x);
    positions = positions_.data_as<int64_t>();
  }

  int64_t at(int64_t o, int64_t p) const {
    return outer[o] + positions[p] * step;
  }
  int64_t numel() const { return outer_count * count * inner_count; }

  const int64_t* outer = nullptr;
  const int64_t* positions = nullptr;
  const int64_t* inner = nullptr;
  int64_t outer_count = 0;
  int64_t count = 0;
  int64_t inner_count = 0;
  int64_t step = 1;
  bool inner_dense = true;
  bool shares_memory = false;

 private:
  void locate(IntArrayRef sizes, IntArrayRef strides, const Tensor& linear) {
    positions_ = linear;
    const size_t n = sizes.size();
    bool mergeable = true;
    for (size_t d = 0; d + 1 < n; ++d) {
      mergeable &= strides[d] == strides[d + 1] * sizes[d + 1];
    }
    if (mergeable) {
      step = n == 0 ? 0 : strides[n - 1];
      return;
    }
    positions_ = empty_like(linear);
    const int64_t* from = linear.data_as<int64_t>();
    auto* to = positions_.data_as<int64_t>();
    for (int64_t i = 0; i < linear.numel(); ++i) {
      int64_t rest = from[i];
      int64_t offset = 0;
      for (size_t d = n; d-- > 0; rest /= sizes[d]) {
        offset += rest % sizes[d] * strides[d];
      }
      to[i] = offset;
    }
  }

  Tensor outer_;
  Tensor inner_;
  Tensor positions_;
};

// Calls body(first outer, last outer, first inner, last inner) on parts that
// share no element of the indexed tensor.
template <class Body>
void by_output(const Places& places, const Body& body) {
  const int64_t total = places.numel();
  if (total == 0) return;
  if (total < 2 * kGrain || places.shares_memory) {
    body(int64_t{0}, places.outer_count, int64_t{0}, places.inner_count);
  } else if (places.outer_count >= 8) {
    const int64_t each = total / places.outer_count;
    parallel_for(0, places.outer_count, 1 + kGrain / each,
                 [&](int64_t begin, int64_t end) {
                   body(begin, end, int64_t{0}, places.inner_count);
                 });
  } else {
    const int64_t each = total / places.inner_count;
    parallel_for(0, places.inner_count, std::max(int64_t{64}, kGrain / each),
                 [&](int64_t begin, int64_t end) {
                   body(int64_t{0}, places.outer_count, begin, end);
                 });
  }
}

template <class T>
void read_rows(T* y, const T* x, const Places& at, int64_t p, int64_t end) {
  const int64_t n = at.inner_count;
  for (; p < end; ++p, y += n) {
    const T* from = x + at.positions[p] * at.step;
    if (at.inner_dense) {
      std::memcpy(y, from, static_cast<size_t>(n) * sizeof(T));
    } else {
      for (int64_t i = 0; i < n; ++i) y[i] = from[at.inner[i]];
    }
  }
}

// Rows [begin, end) of the result, counted over (outer, position).
template <class T>
void read(T* y, const T* x, const Places& at, int64_t begin, int64_t end) {
  const int64_t n = at.inner_count;
  y += begin * n;
  while (begin < end) {
    const int64_t o = begin / at.count;
    const int64_t p = begin % at.count;
    const int64_t rows = std::min(end - begin, at.count - p);
    const T* from = x + at.outer[o];
    if (n == 1) {
      for (int64_t i = 0; i < rows; ++i) {
        y[i] = from[at.positions[p + i] * at.step];
      }
    } else {
      read_rows(y, from, at, p, p + rows);
    }
    y += rows * n;
    begin += rows;
  }
}

template <class T>
void add_row(T* x, const T* values, int64_t n, const int64_t* inner) {
  if (inner) {
    for (int64_t i = 0; i < n; ++i) add_to(x[inner[i]], values[i]);
  } else if (n >= kLongRow && !is_narrow(scalar_type_of<T>)) {
    const auto type = index_of(scalar_type_of<T>);
    elementwise_table->add[type](x, x, values, n, false, false);
  } else {
    for (int64_t i = 0; i < n; ++i) add_to(x[i], values[i]);
  }
}

}  // namespace

Tensor offsets_of(IntArrayRef sizes, IntArrayRef strides) {
  Tensor offsets = empty(sizes, kLong);
  auto* out = offsets.data_as<int64_t>();
  int64_t filled = offsets.numel() == 0 ? 0 : 1;
  if (filled) out[0] = 0;
  // Every dim, from the innermost outwards, repeats what is there.
  for (size_t d = sizes.size(); filled && d-- > 0;) {
    for (int64_t i = 1; i < sizes[d]; ++i) {
      for (int64_t j = 0; j < filled; ++j) {
        out[i * filled + j] = out[j] + i * strides[d];
      }
    }
    filled *= sizes[d];
  }
  return offsets;
}

void check_indices(const char* op, const Tensor& index, int64_t size) {
  const Tensor flat = contiguous(cast(index, kLong));
  const int64_t* at = flat.data_as<int64_t>();
  const auto limit = static_cast<uint64_t>(size);
  for (int64_t i = 0; i < flat.numel(); ++i) {
    check<IndexError>(static_cast<uint64_t>(at[i]) < limit,
                      "[{}] index {} is out of range [0, {}]", op, at[i],
                      size - 1);
  }
}

void fold_indices(const char* op, const Tensor& linear, const Tensor& index,
                  int64_t dim, int64_t size) {
  auto* out = linear.data_as<int64_t>();
  const int64_t* at = index.data_as<int64_t>();
  for (int64_t i = 0; i < linear.numel(); ++i) {
    const int64_t value = at[i];
    check<IndexError>(value >= -size && value < size,
                      "[{}] index {} is out of range [{}, {}] of dim {}", op,
                      value, -size, size - 1, dim);
    out[i] = out[i] * size + (value < 0 ? value + size : value);
  }
}

Tensor nonzero_positions(const Tensor& x) {
  const profiler::OpScope scope("nonzero", x);
  const Tensor mask = contiguous(cast(x, kBool));
  const uint8_t* on = mask.data_as<uint8_t>();
  const int64_t n = mask.numel();
  int64_t total = 0;
  for (int64_t i = 0; i < n; ++i) total += on[i];
  Tensor positions = empty(total, kLong);
  auto* out = positions.data_as<int64_t>();
  int64_t found = 0;
  for (int64_t i = 0; found < total; ++i) {
    out[found] = i;  // overwritten by the next one unless this one counts
    found += on[i];
  }
  return positions;
}

Tensor unravel(const Tensor& positions, IntArrayRef sizes) {
  const auto ndim = static_cast<int64_t>(sizes.size());
  Tensor result = empty({positions.numel(), ndim}, kLong);
  const int64_t* from = positions.data_as<int64_t>();
  auto* to = result.data_as<int64_t>();
  for (int64_t i = 0; i < positions.numel(); ++i, to += ndim) {
    int64_t rest = from[i];
    for (int64_t d = ndim - 1; d >= 0; --d) {
      const int64_t size = sizes[static_cast<size_t>(d)];
      to[d] = rest % size;
      rest /= size;
    }
  }
  return result;
}

Tensor pick(const Tensor& x, const Pick& pick, IntArrayRef sizes) {
  const profiler::OpScope scope("index", x);
  Tensor y = empty(sizes, x.dtype());
  if (y.numel() == 0) return y;
  const Places at(x, pick);
  visit_word(x.dtype(), [&]<class T>(T) {
    const T* from = x.data_as<T>();
    T* to = y.data_as<T>();
    parallel_for(
        0, at.outer_count * at.count, 1 + kGrain / at.inner_count,
        [&](int64_t begin, int64_t end) { read(to, from, at, begin, end); });
  });
  return y;
}

void put(const Tensor& x, const Pick& pick, const Tensor& values) {
  const profiler::OpScope scope("index_put", x, values);
  const Places at(x, pick);
  const bool is_one = values.numel() == 1;
  visit_word(x.dtype(), [&]<class T>(T) {
    T* to = x.data_as<T>();
    const T* from = values.data_as<T>();
    by_output(at, [&](int64_t o, int64_t o_end, int64_t i0, int64_t i1) {
      for (; o < o_end; ++o) {
        for (int64_t p = 0; p < at.count; ++p) {
          T* row = to + at.at(o, p);
          const T* value = from + (o * at.count + p) * at.inner_count;
          for (int64_t i = i0; i < i1; ++i) {
            row[at.inner ? at.inner[i] : i] = is_one ? *from : value[i];
          }
        }
      }
    });
  });
}

void put_add(const Tensor& x, const Pick& pick, const Tensor& values) {
  const profiler::OpScope scope("index_put_add", x, values);
  const Places at(x, pick);
  visit_type(x.dtype(), [&]<class T>(T) {
    T* to = x.data_as<T>();
    const T* from = values.data_as<T>();
    by_output(at, [&](int64_t o, int64_t o_end, int64_t i0, int64_t i1) {
      for (; o < o_end; ++o) {
        const T* value = from + o * at.count * at.inner_count + i0;
        for (int64_t p = 0; p < at.count; ++p, value += at.inner_count) {
          T* row = to + at.at(o, p) + (at.inner ? 0 : i0);
          add_row(row, value, i1 - i0, at.inner ? at.inner + i0 : nullptr);
        }
      }
    });
  });
}

}  // namespace taper::kernels
