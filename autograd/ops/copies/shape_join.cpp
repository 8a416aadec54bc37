// Joining tensors, and splitting one into several views.
#include <algorithm>

#include "taper/autograd/extra.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"

namespace taper {
namespace {

ScalarType common_dtype(TensorList tensors) {
  ScalarType dtype = tensors[0].dtype();
  for (const Tensor& x : tensors) dtype = promote_types(dtype, x.dtype());
  return dtype;
}

// The values in `dtype`, each contiguous.
std::vector<Tensor> prepared(TensorList tensors, ScalarType dtype) {
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& x : tensors) {
    result.push_back(kernels::contiguous(kernels::cast(x, dtype)));
  }
  return result;
}

bool is_plain(TensorList tensors, ScalarType dtype) {
  return std::all_of(tensors.begin(), tensors.end(), [&](const Tensor& x) {
    return x.is_contiguous() && x.dtype() == dtype;
  });
}

int64_t product(IntArrayRef sizes, int64_t begin, int64_t end) {
  int64_t result = 1;
  for (int64_t d = begin; d < end; ++d) result *= sizes[static_cast<size_t>(d)];
  return result;
}

Tensor joined(TensorList tensors, IntArrayRef sizes, int64_t dim) {
  const ScalarType dtype = common_dtype(tensors);
  Tensor y = kernels::empty(sizes, dtype);
  const int64_t outer = product(sizes, 0, dim);
  if (is_plain(tensors, dtype)) {
    kernels::join(y, tensors, outer);
  } else {
    kernels::join(y, prepared(tensors, dtype), outer);
  }
  return y;
}

// Legacy of PyTorch: empty 1-d tensors join with anything.
bool is_skipped(const Tensor& x) {
  return x.dim() == 1 && x.numel() == 0;
}

SmallShape cat_shape(TensorList tensors, int64_t dim, const Tensor& first) {
  SmallShape sizes(first.sizes());
  sizes.data[dim] = 0;
  for (const Tensor& x : tensors) {
    if (is_skipped(x)) continue;
    bool fits = x.dim() == first.dim();
    for (int64_t d = 0; fits && d < x.dim(); ++d) {
      const auto i = static_cast<size_t>(d);
      fits = d == dim || x.sizes()[i] == first.sizes()[i];
    }
    check(fits, "[cat] shapes {} and {} differ outside dim {}", first.sizes(),
          x.sizes(), dim);
    sizes.data[dim] += x.sizes()[static_cast<size_t>(dim)];
  }
  return sizes;
}

// The node of several views that together cover their input: its gradient is
// theirs joined again.
class SplitNode final : public Node {
 public:
  SplitNode(const std::vector<Tensor>& parts, int64_t dim, bool is_unbind)
      : dim_(dim), is_unbind_(is_unbind), shapes_(parts.size()) {
    for (size_t i = 0; i < parts.size(); ++i) {
      shapes_[i] = SmallShape(parts[i].sizes());
    }
    dtype_ = parts[0].dtype();
  }
  void apply(Tensor* grad_outputs, Tensor* grad_inputs) override {
    std::vector<Tensor> grads(shapes_.size());
    for (size_t i = 0; i < shapes_.size(); ++i) {
      grads[i] = grad_outputs[i].defined() ? std::move(grad_outputs[i])
                                           : kernels::zeros(shapes_[i], dtype_);
    }
    grad_inputs[0] = is_unbind_ ? stack(grads, dim_) : cat(grads, dim_);
  }
  void release_saved() override {}

 private:
  int64_t dim_;
  bool is_unbind_;
  ScalarType dtype_;
  std::vector<SmallShape> shapes_;
};

void record_split(std::vector<Tensor>& parts, const char* name, const Tensor& x,
                  int64_t dim, bool is_unbind) {
  uint32_t bytes = 0;
  void* block = detail::allocate_node(sizeof(SplitNode), 1, bytes);
  Node* node = new (block) SplitNode(parts, dim, is_unbind);
  node->block_bytes_ = bytes;
  node->edges_ = reinterpret_cast<Edge*>(static_cast<char*>(block) + bytes) - 1;
  const Tensor* input = &x;
  detail::connect(node, name, &input, 1);
  node->set_num_outputs(static_cast<uint32_t>(parts.size()));
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) retain(node);
    detail::set_history(parts[i], node, static_cast<uint32_t>(i));
  }
}

// Views without a history of their own.
template <class Part>
std::vector<Tensor> parts_of(const Tensor& x, size_t count, const char* name,
                             int64_t dim, bool is_unbind, const Part& part) {
  const bool recording = needs_grad(x);
  const Tensor source = recording ? kernels::alias(x) : x;
  std::vector<Tensor> parts;
  parts.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    Tensor view = part(source, static_cast<int64_t>(i));
    if (recording) {
      // The parts look into x's base, not into the alias.
      detail::release(std::exchange(view.impl()->base, nullptr));
      mark_view(view, x);
    }
    parts.push_back(std::move(view));
  }
  if (recording && count > 0) record_split(parts, name, x, dim, is_unbind);
  return parts;
}

}  // namespace

Tensor cat(TensorList tensors, int64_t dim) {
  check(!tensors.empty(), "[cat] expected at least one tensor");
  const Tensor* first = &tensors[0];
  for (const Tensor& x : tensors) {
    check(x.dim() > 0, "[cat] 0-d tensors cannot be joined; use stack");
    if (is_skipped(*first)) first = &x;
  }
  dim = wrap_dim("cat", dim, first->dim());
  Tensor y = joined(tensors, cat_shape(tensors, dim, *first), dim);
  if (needs_grad_any(tensors) && is_floating(y.dtype())) {
    std::vector<int64_t> lengths;
    for (const Tensor& x : tensors) {
      lengths.push_back(is_skipped(x) ? -1
                                      : x.sizes()[static_cast<size_t>(dim)]);
    }
    record(y, "CatBackward0", tensors,
           [dim, lengths = std::move(lengths)](const Tensor& grad,
                                               const Needs& needs) {
             std::vector<Tensor> grads(lengths.size());
             int64_t start = 0;
             for (size_t i = 0; i < lengths.size(); ++i) {
               if (lengths[i] < 0) {
                 grads[i] = kernels::zeros(0, grad.dtype());
                 continue;
               }
               if (needs[i]) grads[i] = narrow(grad, dim, start, lengths[i]);
               start += lengths[i];
             }
             return grads;
           });
  }
  return y;
}

Tensor concat(TensorList tensors, int64_t dim) {
  return cat(tensors, dim);
}

Tensor stack(TensorList tensors, int64_t dim) {
  check(!tensors.empty(), "[stack] expected at least one tensor");
  const IntArrayRef part = tensors[0].sizes();
  for (const Tensor& x : tensors) {
    check(x.sizes() == part, "[stack] shapes {} and {} differ", part,
          x.sizes());
  }
  dim = wrap_dim("stack", dim, tensors[0].dim() + 1);
  SmallShape sizes;
  for (int64_t d = 0; d < dim; ++d)
    sizes.push_back(part[static_cast<size_t>(d)]);
  sizes.push_back(static_cast<int64_t>(tensors.size()));
  for (auto d = static_cast<size_t>(dim); d < part.size(); ++d) {
    sizes.push_back(part[d]);
  }
  Tensor y = joined(tensors, sizes, dim);
  if (needs_grad_any(tensors) && is_floating(y.dtype())) {
    record(y, "StackBackward0", tensors,
           [dim, n = tensors.size()](const Tensor& grad, const Needs& needs) {
             std::vector<Tensor> grads(n);
             for (size_t i = 0; i < n; ++i) {
               if (needs[i]) {
                 grads[i] = select(grad, dim, static_cast<int64_t>(i));
               }
             }
             return grads;
           });
  }
  return y;
}

namespace {

std::vector<Tensor> with_dims(TensorList tensors, int64_t ndim) {
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& x : tensors) {
    result.push_back(x);
    while (result.back().dim() < ndim) {
      result.back() = unsqueeze(result.back(), 0);
    }
  }
  return result;
}

}  // namespace

Tensor hstack(TensorList tensors) {
  check(!tensors.empty(), "[hstack] expected at least one tensor");
  return cat(with_dims(tensors, 1), tensors[0].dim() <= 1 ? 0 : 1);
}

Tensor vstack(TensorList tensors) {
  check(!tensors.empty(), "[vstack] expected at least one tensor");
  return cat(with_dims(tensors, 2), 0);
}

std::vector<Tensor> split_with_sizes(const Tensor& x, IntArrayRef split_sizes,
                                     int64_t dim) {
  check(x.dim() > 0, "[split_with_sizes] a 0-d tensor cannot be split");
  dim = wrap_dim("split_with_sizes", dim, x.dim());
  const int64_t size = x.sizes()[static_cast<size_t>(dim)];
  std::vector<int64_t> starts;
  int64_t total = 0;
  bool valid = true;
  for (int64_t length : split_sizes) {
    starts.push_back(total);
    valid &= length >= 0 && length <= size && total <= size;
    if (valid) total += length;
  }
  check(valid && total == size,
        "[split_with_sizes] the sizes {} do not add up to size {} of dim {}",
        split_sizes, size, dim);
  return parts_of(x, split_sizes.size(), "SplitWithSizesBackward0", dim, false,
                  [&](const Tensor& source, int64_t i) {
                    const auto part = static_cast<size_t>(i);
                    return narrow(source, dim, starts[part], split_sizes[part]);
                  });
}

std::vector<Tensor> split(const Tensor& x, int64_t split_size, int64_t dim) {
  check(x.dim() > 0, "[split] a 0-d tensor cannot be split");
  dim = wrap_dim("split", dim, x.dim());
  const int64_t size = x.sizes()[static_cast<size_t>(dim)];
  check(split_size > 0 || (split_size == 0 && size == 0),
        "[split] the split size must be positive, got {} for dim {} of size {}",
        split_size, dim, size);
  const int64_t count =
      size == 0 ? 1 : size / split_size + (size % split_size != 0 ? 1 : 0);
  return parts_of(x, static_cast<size_t>(count), "SplitBackward0", dim, false,
                  [&](const Tensor& source, int64_t i) {
                    const int64_t start = i * split_size;
                    return narrow(source, dim, start,
                                  std::min(split_size, size - start));
                  });
}

std::vector<Tensor> split(const Tensor& x, IntArrayRef split_sizes,
                          int64_t dim) {
  return split_with_sizes(x, split_sizes, dim);
}

std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim) {
  check(x.dim() > 0, "[chunk] a 0-d tensor cannot be split");
  check(chunks > 0, "[chunk] expected at least 1 chunk, got {}", chunks);
  const int64_t size =
      x.sizes()[static_cast<size_t>(wrap_dim("chunk", dim, x.dim()))];
  if (size == 0) {
    return split_with_sizes(
        x, std::vector<int64_t>(static_cast<size_t>(chunks), 0), dim);
  }
  return split(x, (size - 1) / chunks + 1, dim);
}

std::vector<Tensor> unbind(const Tensor& x, int64_t dim) {
  check(x.dim() > 0, "[unbind] a 0-d tensor cannot be split");
  dim = wrap_dim("unbind", dim, x.dim());
  return parts_of(
      x, static_cast<size_t>(x.sizes()[static_cast<size_t>(dim)]),
      "UnbindBackward0", dim, true,
      [&](const Tensor& source, int64_t i) { return select(source, dim, i); });
}

std::vector<Tensor> meshgrid(TensorList tensors, std::string_view indexing) {
  const bool swaps = indexing == "xy" && tensors.size() >= 2;
  check(indexing == "ij" || indexing == "xy",
        "[meshgrid] indexing must be \"ij\" or \"xy\", got {}",
        std::string(indexing));
  std::vector<Tensor> axes(tensors.begin(), tensors.end());
  if (swaps) std::swap(axes[0], axes[1]);
  SmallShape sizes;
  for (const Tensor& axis : axes) {
    check(axis.dim() <= 1,
          "[meshgrid] expected 0-d or 1-d tensors, got shape {}", axis.sizes());
    sizes.push_back(axis.numel());
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    SmallShape own;
    for (size_t d = 0; d < axes.size(); ++d) {
      own.push_back(d == i ? axes[i].numel() : 1);
    }
    axes[i] = axes[i].view(own).expand(sizes);
  }
  if (swaps) std::swap(axes[0], axes[1]);
  return axes;
}

}  // namespace taper
