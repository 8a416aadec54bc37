// Index lists: x.index({...}) and x.index_put_({...}, value).
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/copies/copies.h"

#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

using indexing::TensorIndex;
using Kind = TensorIndex::Kind;

// An index list taken apart: a view that is left when integers, slices and
// None are done, and the int64 tensors that index its dims.
struct Parsed {
  Tensor view;
  Tensor near_at[kInlineDims];
  std::vector<Tensor> far_at;
  bool picks = false;

  Tensor& at(int64_t dim) {
    if (dim < kInlineDims) return near_at[dim];
    far_at.resize(kMaxDims - kInlineDims);
    return far_at[static_cast<size_t>(dim - kInlineDims)];
  }
  void pick(int64_t dim, const Tensor& positions) {
    at(dim) = positions;
    picks = true;
  }
  // A mask that is the only tensor needs no coordinates.
  bool is_lone_mask = false;
  Picked lone_mask;
};

bool is_mask(const TensorIndex& index) {
  if (index.kind() != Kind::kTensor) return false;
  const ScalarType dtype = index.tensor().dtype();
  return dtype == kBool || dtype == kByte;
}

// Dims of x that the entry stands for, the ellipsis apart.
int64_t dims_used(const TensorIndex& index) {
  switch (index.kind()) {
    case Kind::kInteger:
    case Kind::kSlice:
      return 1;
    case Kind::kTensor:
      return is_mask(index) ? index.tensor().dim() : 1;
    default:
      return 0;
  }
}

// How many dims "..." fills.
int64_t dims_of_ellipsis(const Tensor& x, ArrayRef<TensorIndex> indices) {
  int64_t used = 0;
  int ellipses = 0;
  for (const TensorIndex& index : indices) {
    used += dims_used(index);
    ellipses += index.kind() == Kind::kEllipsis;
  }
  check<IndexError>(used <= x.dim(),
                    "[index] too many indices: {} for shape {}", used,
                    x.sizes());
  check<IndexError>(ellipses <= 1, "[index] more than one ellipsis");
  return x.dim() - used;
}

bool is_whole(const indexing::Slice& slice) {
  return slice.start() == 0 && slice.step() == 1 &&
         slice.stop() == indexing::INDEX_MAX;
}

// Positions of the true elements of a mask, one tensor per dim.
int64_t add_mask(Parsed& parsed, const Tensor& mask, int64_t dim) {
  const IntArrayRef seen = parsed.view.sizes().slice(
      static_cast<size_t>(dim), static_cast<size_t>(mask.dim()));
  check<IndexError>(
      mask.sizes() == seen,
      "[index] the mask has shape {} but the dims it indexes are {}",
      mask.sizes(), seen);
  const Tensor positions = kernels::nonzero_positions(mask);
  if (parsed.is_lone_mask) {
    parsed.picks = true;
    parsed.lone_mask = {static_cast<int>(dim), static_cast<int>(mask.dim()),
                        positions};
    return dim + mask.dim();
  }
  const Tensor coordinates = kernels::unravel(positions, mask.sizes());
  for (int64_t d = 0; d < mask.dim(); ++d) {
    parsed.pick(dim++, coordinates.select(1, d));
  }
  return dim;
}

// True keeps the whole tensor as entry 0 of a new dim, false drops it.
int64_t add_bool(Parsed& parsed, bool value, int64_t dim) {
  parsed.view = unsqueeze(parsed.view, dim);
  parsed.pick(dim, kernels::zeros(value ? 1 : 0, kLong));
  return dim + 1;
}

// Entry `index` of dim `dim` of what is left, which is dim `own` of x.
void add_integer(Parsed& parsed, int64_t index, int64_t dim, int64_t own) {
  const int64_t size = parsed.view.size(dim);
  check<IndexError>(index >= -size && index < size,
                    "[index] index {} is out of range for dim {} of size {}",
                    index, own, size);
  parsed.view = select(parsed.view, dim, index);
}

int64_t add_tensor(Parsed& parsed, const Tensor& given, int64_t dim,
                   int64_t own) {
  const ScalarType dtype = given.dtype();
  const bool is_number = dtype == kLong || dtype == kInt;
  check<IndexError>(
      is_number || dtype == kBool || dtype == kByte,
      "[index] index tensors must be int64, int32, bool or uint8, got {}",
      dtype);
  const Tensor index = kernels::cast(given, is_number ? kLong : kBool);
  if (index.dim() == 0) {
    if (index.dtype() == kBool) {
      return add_bool(parsed, index.item<bool>(), dim);
    }
    add_integer(parsed, index.item<int64_t>(), dim, own);
    return dim;
  }
  if (index.dtype() == kBool) return add_mask(parsed, index, dim);
  parsed.pick(dim, index);
  return dim + 1;
}

bool has_lone_mask(ArrayRef<TensorIndex> indices) {
  int tensors = 0;
  int masks = 0;
  for (const TensorIndex& index : indices) {
    const bool is_tensor = index.kind() == Kind::kTensor;
    tensors += is_tensor || index.kind() == Kind::kBoolean;
    masks += is_mask(index) && index.tensor().dim() > 0;
  }
  return tensors == 1 && masks == 1;
}

Parsed parse(const Tensor& x, ArrayRef<TensorIndex> indices) {
  check(!indices.empty(), "[index] the list of indices is empty");
  const int64_t fill = dims_of_ellipsis(x, indices);
  Parsed parsed;
  parsed.view = x;
  parsed.is_lone_mask = has_lone_mask(indices);
  int64_t dim = 0;
  int64_t own = 0;  // the same dim of x
  for (const TensorIndex& index : indices) {
    switch (index.kind()) {
      case Kind::kInteger:
        add_integer(parsed, index.integer(), dim, own);
        break;
      case Kind::kSlice: {
        const indexing::Slice& s = index.slice();
        if (!is_whole(s)) {
          parsed.view = slice(parsed.view, dim, s.start(), s.stop(), s.step());
        }
        ++dim;
        break;
      }
      case Kind::kEllipsis:
        dim += fill;
        break;
      case Kind::kNone:
        parsed.view = unsqueeze(parsed.view, dim++);
        break;
      case Kind::kBoolean:
        dim = add_bool(parsed, index.boolean(), dim);
        break;
      case Kind::kTensor:
        dim = add_tensor(parsed, index.tensor(), dim, own);
        break;
    }
    own += index.is_ellipsis() ? fill : dims_used(index);
  }
  return parsed;
}

// Folds the index tensors, broadcast together, into positions within the run
// of indexed dims; these are moved to the front unless they are neighbours.
Picked fold(Parsed& parsed) {
  if (parsed.is_lone_mask) return parsed.lone_mask;
  SmallShape shape;
  SmallShape order;
  int64_t first = -1;
  int64_t last = -1;
  for (int64_t d = 0; d < parsed.view.dim(); ++d) {
    const Tensor& at = parsed.at(d);
    if (!at.defined()) continue;
    shape = broadcast_shapes("index", shape, at.sizes());
    order.push_back(d);
    if (first < 0) first = d;
    last = d;
  }
  Picked picked{static_cast<int>(first), order.size, Tensor()};
  picked.positions = kernels::zeros(shape, kLong);
  for (int64_t d : IntArrayRef(order)) {
    const Tensor at = kernels::contiguous(kernels::expand(parsed.at(d), shape));
    kernels::fold_indices("index", picked.positions, at, d,
                          parsed.view.size(d));
  }
  if (last - first + 1 == order.size) return picked;
  for (int64_t d = 0; d < parsed.view.dim(); ++d) {
    if (!parsed.at(d).defined()) order.push_back(d);
  }
  parsed.view = permute(parsed.view, order);
  picked.dim = 0;
  return picked;
}

// PyTorch lets a value have leading dims of size 1 that the place has not.
Tensor without_leading_ones(const Tensor& value, int64_t ndim) {
  Tensor result = value;
  while (result.dim() > ndim && result.sizes()[0] == 1) {
    result = select(result, 0, 0);
  }
  return result;
}

}  // namespace

Tensor index(const Tensor& x, ArrayRef<TensorIndex> indices) {
  Parsed parsed = parse(x, indices);
  if (parsed.picks) {
    const Picked picked = fold(parsed);
    return pick("IndexBackward0", parsed.view, picked);
  }
  // The result is a tensor of its own even when nothing was cut away.
  return parsed.view.is_same(x) ? broadcast_to(x, x.sizes()) : parsed.view;
}

Tensor Tensor::operator[](const Tensor& index) const {
  return taper::index(*this, TensorIndex(index));
}

Tensor& Tensor::index_put_(ArrayRef<TensorIndex> indices, const Tensor& value,
                           bool accumulate) const {
  Parsed parsed = parse(*this, indices);
  if (!parsed.picks) {
    const Tensor fitted = without_leading_ones(value, parsed.view.dim());
    if (accumulate) {
      parsed.view.add_(fitted);
    } else {
      parsed.view.copy_(fitted);
    }
    return self();
  }
  // A mask is filled, as PyTorch does, with a number of any dtype.
  const bool fills = parsed.is_lone_mask && !accumulate && value.numel() == 1;
  check<TypeError>(fills || value.dtype() == dtype(),
                   "[index_put_] the value is {} but the tensor is {}",
                   value.dtype(), dtype());
  const Picked picked = fold(parsed);
  if (accumulate) {
    put_add_("index_put_", "IndexPutBackward0", parsed.view, value, picked);
  } else {
    put_("index_put_", parsed.view,
         fills ? value.reshape({}).to(dtype()) : value, picked);
  }
  return self();
}

Tensor& Tensor::index_put_(ArrayRef<TensorIndex> indices,
                           const Scalar& value) const {
  return index_put_(indices, kernels::full({}, value, dtype()));
}

Tensor index_put(const Tensor& x, ArrayRef<TensorIndex> indices,
                 const Tensor& value, bool accumulate) {
  return clone(x).index_put_(indices, value, accumulate);
}

}  // namespace taper
