// Several views of one tensor.
#include <algorithm>

#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {
namespace {

// The node of several views that together cover their input: its gradient is
// theirs joined again.
class SplitNode final : public Node {
 public:
  SplitNode(int64_t dim, bool is_unbind) : dim_(dim), is_unbind_(is_unbind) {}
  void apply(Tensor* grad_outputs, Tensor* grad_inputs) override {
    std::vector<Tensor> grads(num_results_);
    for (uint32_t i = 0; i < num_results_; ++i) {
      grads[i] = grad_outputs[i].defined()
                     ? std::move(grad_outputs[i])
                     : kernels::zeros(meta(i).shape(), meta(i).dtype);
    }
    grad_inputs[0] = is_unbind_ ? stack(grads, dim_) : cat(grads, dim_);
  }
  void release_saved() override {}

 private:
  int64_t dim_;
  bool is_unbind_;
};

void record_split(std::vector<Tensor>& parts, const char* name, const Tensor& x,
                  int64_t dim, bool is_unbind) {
  const auto owner =
      NodePtr::adopt(detail::new_node<SplitNode>(1, dim, is_unbind));
  const Tensor* input = &x;
  detail::connect(owner.get(), name, &input, 1);
  owner->set_num_results(static_cast<uint32_t>(parts.size()));
  for (size_t i = 0; i < parts.size(); ++i) {
    retain(owner.get());
    detail::set_history(parts[i], owner.get(), static_cast<uint32_t>(i));
  }
}

// Views without a history of their own.
template <class Part>
std::vector<Tensor> parts_of(const Tensor& x, int64_t count, const char* name,
                             int64_t dim, bool is_unbind, const Part& part) {
  const bool recording = needs_grad(x);
  const Tensor source = recording ? kernels::alias(x) : x;
  std::vector<Tensor> parts;
  parts.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    parts.push_back(part(source, i));
    if (!recording) continue;
    // The parts look into x's base, not into the alias.
    parts.back() = own(std::move(parts.back()));
    mark_view(parts.back(), x);
  }
  if (recording && count > 0) record_split(parts, name, x, dim, is_unbind);
  return parts;
}

}  // namespace

std::vector<Tensor> split_with_sizes(const Tensor& x, IntArrayRef split_sizes,
                                     int64_t dim) {
  check(x.dim() > 0, "[split_with_sizes] a 0-d tensor cannot be split");
  dim = wrap_dim("split_with_sizes", dim, x.dim());
  const int64_t size = x.sizes()[dim];
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
  const auto count = static_cast<int64_t>(split_sizes.size());
  return parts_of(x, count, "SplitWithSizesBackward0", dim, false,
                  [&](const Tensor& source, int64_t i) {
                    return narrow(source, dim, starts[i], split_sizes[i]);
                  });
}
std::vector<Tensor> split(const Tensor& x, int64_t split_size, int64_t dim) {
  check(x.dim() > 0, "[split] a 0-d tensor cannot be split");
  dim = wrap_dim("split", dim, x.dim());
  const int64_t size = x.sizes()[dim];
  check(split_size > 0 || (split_size == 0 && size == 0),
        "[split] the split size must be positive, got {} for dim {} of size {}",
        split_size, dim, size);
  const int64_t count =
      size == 0 ? 1 : size / split_size + (size % split_size != 0 ? 1 : 0);
  return parts_of(x, count, "SplitBackward0", dim, false,
                  [&](const Tensor& source, int64_t i) {
                    const int64_t start = i * split_size;
                    return narrow(source, dim, start,
                                  std::min(split_size, size - start));
                  });
}
std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim) {
  check(x.dim() > 0, "[chunk] a 0-d tensor cannot be split");
  check(chunks > 0, "[chunk] expected at least 1 chunk, got {}", chunks);
  const int64_t size = x.sizes()[wrap_dim("chunk", dim, x.dim())];
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
      x, x.sizes()[dim], "UnbindBackward0", dim, true,
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
