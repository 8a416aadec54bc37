// Tensor: a counted handle to an n-dimensional array of one of the dtypes of
// dtype_table.h, and the leaf or inner value of an autograd graph. Copying a
// Tensor shares the elements; clone() copies them.
//
// Most methods that compute are rows of methods.inc and pointwise.inc and call
// the free function of the same name; the headers of autograd/ops/ have the
// formulas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/tensor/accessor.h"
#include "taper/tensor/index.h"
#include "taper/tensor/scalar.h"
#include "taper/tensor/tensor_fwd.h"
#include "taper/tensor/tensor_impl.h"
#include "taper/tensor/tensor_options.h"

namespace taper {

using std::nullopt;
using std::optional;

class Generator;
class NodePtr;
namespace indexing {
class TensorIndex;
}

/// An optional Generator argument; empty means the default generator.
class GeneratorRef {
 public:
  GeneratorRef() = default;
  GeneratorRef(std::nullopt_t) {}
  GeneratorRef(const Generator& generator) : generator_(&generator) {}
  template <class G>
  GeneratorRef(const std::optional<G>& generator)
      : generator_(generator ? &*generator : nullptr) {}
  const Generator* get() const { return generator_; }

 private:
  const Generator* generator_ = nullptr;
};

namespace detail {
using TensorPair = std::tuple<Tensor, Tensor>;
}

/// Called with a gradient; may return another one to use in its place.
struct TensorHook {
  virtual ~TensorHook() = default;
  virtual Tensor operator()(const Tensor& grad) = 0;
};

// What the rows of methods.inc and pointwise.inc are among the methods.
#define TAPER_DEFAULT(value) = value
#define TAPER_METHOD_OF(result, name, parameters, ...) \
  result name parameters const;
#define TAPER_METHOD(name, parameters, ...) Tensor name parameters const;
#define TAPER_METHODS(name, parameters, ...) \
  Tensor name parameters const;              \
  Tensor& name##_ parameters const;
#define TAPER_UNARY(f) \
  Tensor f() const;    \
  Tensor& f##_() const;
#define TAPER_UNARY_ALIAS(name, f)    \
  Tensor name() const { return f(); } \
  Tensor& name##_() const { return f##_(); }
#define TAPER_BINARY(f)                    \
  Tensor f(const Tensor& other) const;     \
  Tensor f(const Scalar& other) const;     \
  Tensor& f##_(const Tensor& other) const; \
  Tensor& f##_(const Scalar& other) const;
#define TAPER_BINARY_ALIAS(name, f)                         \
  Tensor name(const auto& other) const { return f(other); } \
  Tensor& name##_(const auto& other) const { return f##_(other); }
#define TAPER_BINARY_TENSORS(f)        \
  Tensor f(const Tensor& other) const; \
  Tensor& f##_(const Tensor& other) const;

class TAPER_API Tensor {
 public:
  // Handle ------------------------------------------------------------------
  Tensor() noexcept : impl_(nullptr) {}
  Tensor(const Tensor& other) : impl_(other.impl_) {
    if (impl_) detail::retain(impl_);
  }
  Tensor(Tensor&& other) noexcept
      : impl_(std::exchange(other.impl_, nullptr)) {}
  ~Tensor() {
    if (impl_) detail::release(impl_);
  }
  Tensor& operator=(const Tensor& other) & {
    Tensor copy(other);
    std::swap(impl_, copy.impl_);
    return *this;
  }
  Tensor& operator=(Tensor&& other) & noexcept {
    Tensor moved(std::move(other));  // a tensor moved to itself comes back
    std::swap(impl_, moved.impl_);
    return *this;
  }
  /// Assigning to an expression writes the elements: x[0] = y; x[1] = 2.
  Tensor& operator=(const Tensor& other) && { return copy_(other); }
  // NOLINTNEXTLINE(bugprone-exception-escape): it moves nothing
  Tensor& operator=(Tensor&& other) && { return copy_(other); }
  Tensor& operator=(const Scalar& value) && { return fill_(value); }

  /// Takes over one reference.
  static Tensor adopt(TensorImpl* impl) {
    Tensor tensor;
    tensor.impl_ = impl;
    return tensor;
  }
  static Tensor share(TensorImpl* impl) {
    if (impl) detail::retain(impl);
    return adopt(impl);
  }
  TensorImpl* impl() const { return impl_; }
  TensorImpl* unsafeGetTensorImpl() const { return impl_; }
  TensorImpl* release_impl() { return std::exchange(impl_, nullptr); }

  bool defined() const { return impl_ != nullptr; }
  void reset() { Tensor().swap(*this); }
  void swap(Tensor& other) noexcept { std::swap(impl_, other.impl_); }
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }
  size_t use_count() const { return impl_ ? impl_->refs.load() : 0; }

  // Shape and storage; each throws on an undefined tensor ---------------------
  int64_t dim() const { return checked()->ndim; }
  int64_t ndimension() const { return dim(); }
  int64_t numel() const { return checked()->numel; }
  IntArrayRef sizes() const {
    return IntArrayRef(checked()->sizes, checked()->ndim);
  }
  IntArrayRef strides() const {
    return IntArrayRef(checked()->strides, checked()->ndim);
  }
  /// Size of dim `dim`, which may count from the end (-1 is the last).
  int64_t size(int64_t dim) const;
  int64_t stride(int64_t dim) const;
  int64_t storage_offset() const;
  TypeMeta dtype() const { return TypeMeta(checked()->dtype); }
  ScalarType scalar_type() const { return checked()->dtype; }
  Device device() const { return kCPU; }
  Layout layout() const { return kStrided; }
  TensorOptions options() const {
    return TensorOptions(dtype()).device(kCPU).layout(kStrided);
  }
  bool is_contiguous() const { return checked()->contiguous; }
  bool is_floating_point() const { return is_floating(dtype()); }
  bool is_complex() const { return false; }
  bool is_signed() const { return isSignedType(dtype()); }
  bool is_cpu() const { return true; }
  bool is_cuda() const { return false; }
  bool is_sparse() const { return false; }
  int64_t element_size() const { return taper::element_size(dtype()); }
  int64_t itemsize() const { return element_size(); }
  size_t nbytes() const {
    return static_cast<size_t>(numel() * element_size());
  }
  bool is_alias_of(const Tensor& other) const {
    return checked()->storage == other.checked()->storage;
  }
  void* data_ptr() const { return checked()->data; }
  /// Pointer to the first element; throws TypeError unless T is the dtype.
  template <class T>
  T* data_ptr() const {
    using Element = std::remove_const_t<T>;
    check<TypeError>(dtype() == scalar_type_of<Element>,
                     "[data_ptr] expected {} but the tensor is {}",
                     scalar_type_of<Element>, dtype());
    return reinterpret_cast<T*>(impl_->data);
  }
  template <class T>
  const T* const_data_ptr() const {
    return data_ptr<const T>();
  }
  template <class T>
  T* mutable_data_ptr() const {
    return data_ptr<T>();
  }
  /// The first element as T without any check, for kernels.
  template <class T>
  T* data_as() const {
    return reinterpret_cast<T*>(impl_->data);
  }
  /// View for loops: accessor<float, 2>()[i][j]. Throws unless T and N fit.
  template <class T, size_t N>
  TensorAccessor<T, N> accessor() const& {
    static_assert(N > 0, "use item() or data_ptr() for a 0-d tensor");
    check(dim() == static_cast<int64_t>(N),
          "[accessor] expected {} dims but the tensor has shape {}", N,
          sizes());
    return TensorAccessor<T, N>(data_ptr<T>(), impl_->sizes, impl_->strides);
  }
  /// The only element; throws unless there is exactly one.
  Scalar item() const;
  template <class T>
  T item() const {
    return item().to<T>();
  }
  std::string toString() const;
  void print() const;

  // Autograd ------------------------------------------------------------------
  /// True for a leaf that asks for gradients and for what depends on one.
  bool requires_grad() const {
    return std::atomic_ref(checked()->requires_grad)
               .load(std::memory_order_relaxed) ||
           (impl_->base != nullptr && impl_->base->requires_grad &&
            view_requires_grad());
  }
  const Tensor& requires_grad_(bool requires_grad = true) const;
  Tensor& set_requires_grad(bool requires_grad);
  bool is_leaf() const;
  /// The node that made this tensor; null for a leaf.
  NodePtr grad_fn() const;
  int64_t output_nr() const { return checked()->output_nr; }
  /// The accumulated gradient; undefined before the first backward.
  const Tensor& grad() const { return checked()->grad.get(); }
  Tensor& mutable_grad() const { return checked()->grad.get(); }
  /// Adds d(this)/d(leaf) to the .grad of every leaf (or of `inputs` only).
  /// `gradient` has this tensor's shape; it may be left out for one element.
  /// With create_graph a leaf and its .grad own each other until .grad is
  /// reset; autograd::grad() does not have that.
  void backward(const Tensor& gradient = {},
                std::optional<bool> retain_graph = std::nullopt,
                bool create_graph = false,
                std::optional<TensorList> inputs = std::nullopt) const;
  /// Keeps .grad of a tensor that is not a leaf.
  void retain_grad() const;
  bool retains_grad() const { return checked()->retains_grad; }
  /// Calls hook(grad), which may return void or a Tensor to put in its place,
  /// whenever this tensor's gradient is computed. Returns a handle.
  template <class F>
  unsigned register_hook(F&& hook) const;
  void remove_hook(unsigned handle) const;
  /// A tensor on the same elements that autograd does not follow.
  Tensor detach() const;
  Tensor& detach_() const;
  /// The same as detach(): in-place edits through it count as edits of this
  /// tensor, so that a graph that saved it notices.
  Tensor data() const { return variable_data(); }
  Tensor tensor_data() const { return detach(); }
  Tensor variable_data() const;
  /// Replaces elements and shape with those of `other`.
  void set_data(const Tensor& other) const;
  bool is_view() const { return checked()->base != nullptr; }
  Tensor _base() const;
  /// Counts the edits in place; an inference tensor has none and throws.
  int64_t _version() const {
    check(!is_inference(), "[_version] an inference tensor counts no edits");
    return impl_->storage->version.load(std::memory_order_relaxed);
  }
  /// Made in InferenceMode: see there.
  bool is_inference() const { return checked()->storage->is_inference; }

  // Pointwise -----------------------------------------------------------------
  Tensor operator-() const { return neg(); }
  Tensor operator!() const { return logical_not(); }
  Tensor operator~() const { return bitwise_not(); }
  Tensor operator&(const Tensor& other) const { return bitwise_and(other); }
  Tensor operator&(const Scalar& other) const { return bitwise_and(other); }
  Tensor operator|(const Tensor& other) const { return bitwise_or(other); }
  Tensor operator|(const Scalar& other) const { return bitwise_or(other); }
  Tensor operator^(const Tensor& other) const { return bitwise_xor(other); }
  Tensor operator^(const Scalar& other) const { return bitwise_xor(other); }
  Tensor where(const Tensor& condition, const Tensor& other) const;
  Tensor where(const Tensor& condition, const Scalar& other) const;

  // In place; each throws when the result does not fit the shape or dtype -----
  Tensor& add_(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor& add_(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor& sub_(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor& sub_(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor& logical_not_() const;
  Tensor& operator&=(const Tensor& other) { return bitwise_and_(other); }
  Tensor& operator|=(const Tensor& other) { return bitwise_or_(other); }
  Tensor& operator^=(const Tensor& other) { return bitwise_xor_(other); }
  Tensor& operator+=(const Tensor& other) { return add_(other); }
  Tensor& operator+=(const Scalar& other) { return add_(other); }
  Tensor& operator-=(const Tensor& other) { return sub_(other); }
  Tensor& operator-=(const Scalar& other) { return sub_(other); }
  Tensor& operator*=(const Tensor& other) { return mul_(other); }
  Tensor& operator*=(const Scalar& other) { return mul_(other); }
  Tensor& operator/=(const Tensor& other) { return div_(other); }
  Tensor& operator/=(const Scalar& other) { return div_(other); }
  Tensor& copy_(const Tensor& source, bool non_blocking = false) const;
  Tensor& fill_(const Scalar& value) const;
  Tensor& fill_(const Tensor& value) const;
  Tensor& zero_() const;
  Tensor& fill_diagonal_(const Scalar& value) const;

  // Random, in place, in storage order ----------------------------------------
  Tensor& uniform_(double from = 0, double to = 1,
                   GeneratorRef generator = {}) const;
  Tensor& normal_(double mean = 0, double std = 1,
                  GeneratorRef generator = {}) const;
  Tensor& bernoulli_(double p = 0.5, GeneratorRef generator = {}) const;
  Tensor& bernoulli_(const Tensor& p, GeneratorRef generator = {}) const;
  Tensor& random_(int64_t from, std::optional<int64_t> to,
                  GeneratorRef generator = {}) const;
  Tensor& random_(int64_t to, GeneratorRef generator = {}) const;
  Tensor& random_(GeneratorRef generator = {}) const;
  Tensor& exponential_(double lambda = 1, GeneratorRef generator = {}) const;
  Tensor& geometric_(double p, GeneratorRef generator = {}) const;
  Tensor& log_normal_(double mean = 1, double std = 2,
                      GeneratorRef generator = {}) const;
  Tensor& cauchy_(double median = 0, double sigma = 1,
                  GeneratorRef generator = {}) const;

  // Reductions; the forms without dim reduce over everything ------------------
  Tensor var(int dim) const { return var(IntArrayRef(int64_t{dim}), true); }
  Tensor var(int64_t dim) const { return var(IntArrayRef(dim), true); }
  Tensor std(int dim) const { return std(IntArrayRef(int64_t{dim}), true); }
  Tensor std(int64_t dim) const { return std(IntArrayRef(dim), true); }

  // Shape; the views share the elements ---------------------------------------
  Tensor view(IntArrayRef sizes) const;
  Tensor view_as(const Tensor& other) const { return view(other.sizes()); }
  Tensor reshape_as(const Tensor& other) const {
    return reshape(other.sizes());
  }
  Tensor mT() const { return transpose(-2, -1); }
  Tensor moveaxis(int64_t source, int64_t destination) const {
    return movedim(source, destination);
  }
  Tensor expand(IntArrayRef sizes, bool /*implicit*/ = false) const {
    return broadcast_to(sizes);
  }
  Tensor expand_as(const Tensor& other) const { return expand(other.sizes()); }
  Tensor operator[](int64_t index) const { return select(0, index); }
  Tensor operator[](const Tensor& index) const;
  Tensor& squeeze_() const;
  Tensor& squeeze_(int64_t dim) const;
  Tensor& unsqueeze_(int64_t dim) const;
  Tensor& transpose_(int64_t dim0, int64_t dim1) const;
  Tensor& t_() const;
  /// Another shape, row-major from the first element on, in as much of the
  /// storage as is there; it grows, keeping the elements, when that is too
  /// little, and new elements have no value. Throws for what requires grad.
  Tensor& resize_(IntArrayRef sizes,
                  std::optional<MemoryFormat> format = std::nullopt) const;
  Tensor& resize_as_(const Tensor& other,
                     std::optional<MemoryFormat> format = std::nullopt) const {
    return resize_(other.sizes(), format);
  }

  // Indexing ------------------------------------------------------------------
  /// With `accumulate`, values are added, also at repeated positions.
  Tensor& index_put_(ArrayRef<indexing::TensorIndex> indices,
                     const Tensor& value, bool accumulate = false) const;
  Tensor& index_put_(ArrayRef<indexing::TensorIndex> indices,
                     const Scalar& value) const;
  Tensor& index_add_(int64_t dim, const Tensor& index, const Tensor& source,
                     const Scalar& alpha = 1) const;
  Tensor& index_fill_(int64_t dim, const Tensor& index,
                      const Scalar& value) const;
  Tensor& index_fill_(int64_t dim, const Tensor& index,
                      const Tensor& value) const;
  Tensor& masked_fill_(const Tensor& mask, const Scalar& value) const;
  Tensor& masked_fill_(const Tensor& mask, const Tensor& value) const;
  Tensor& index_copy_(int64_t dim, const Tensor& index,
                      const Tensor& source) const;
  Tensor& scatter_(int64_t dim, const Tensor& index,
                   const Tensor& source) const;
  Tensor& scatter_(int64_t dim, const Tensor& index, const Scalar& value) const;
  Tensor& scatter_add_(int64_t dim, const Tensor& index,
                       const Tensor& source) const;

  // Copies and conversions ----------------------------------------------------
  Tensor contiguous() const;
  /// Copies are always row-major, whatever the format.
  Tensor clone(MemoryFormat) const { return clone(); }
  Tensor contiguous(MemoryFormat) const { return contiguous(); }
  Tensor to(ScalarType dtype, bool non_blocking = false,
            bool copy = false) const;
  Tensor to(TypeMeta dtype, bool non_blocking = false,
            bool copy = false) const {
    return to(dtype.toScalarType(), non_blocking, copy);
  }
  Tensor to(const TensorOptions& options, bool non_blocking = false,
            bool copy = false) const;
  Tensor to(const char* device) const { return to(Device(device)); }
  Tensor to(Device device, ScalarType dtype) const;
  Tensor to(const Tensor& other) const { return to(other.dtype()); }
  Tensor toType(ScalarType dtype) const { return to(dtype); }
  Tensor type_as(const Tensor& other) const { return to(other.dtype()); }
  Tensor cpu() const { return *this; }
  /// Throws: taper computes on the CPU only.
  Tensor cuda() const { return to(Device(kCUDA)); }
  template <bool called = true>
  Tensor to_sparse(int64_t = 0) const {
    static_assert(!called, "taper has no sparse tensors");
    return *this;
  }
  Tensor new_empty(IntArrayRef sizes, TensorOptions options = {}) const;
  Tensor new_zeros(IntArrayRef sizes, TensorOptions options = {}) const;
  Tensor new_ones(IntArrayRef sizes, TensorOptions options = {}) const;
  Tensor new_full(IntArrayRef sizes, const Scalar& value,
                  TensorOptions options = {}) const;

 private:
  // What const in-place methods write to: the handle is const, not the
  // elements.
  Tensor& self() const { return const_cast<Tensor&>(*this); }
  TensorImpl* checked() const {
    if (impl_ == nullptr) [[unlikely]]
      undefined();
    return impl_;
  }
  [[noreturn, gnu::cold]] static void undefined();
  // Of a view of a base that requires grad.
  bool view_requires_grad() const;
  unsigned add_hook(std::unique_ptr<TensorHook> hook) const;

  TensorImpl* impl_;

  // Most methods; after the others, for the formatter loses its way in a class
  // behind an include.
 public:
#include "taper/tensor/methods.inc"
#include "taper/tensor/pointwise.inc"
};

inline Tensor& TensorSlot::get() {
  return *std::launder(reinterpret_cast<Tensor*>(room_));
}

// a op b is a.f(b) for tensors and a number behind; mirrored, a number op b is
// b.f(a).
#define TAPER_OPERATOR(op, f)                                   \
  inline Tensor operator op(const Tensor& a, const Tensor& b) { \
    return a.f(b);                                              \
  }                                                             \
  inline Tensor operator op(const Tensor& a, const Scalar& b) { return a.f(b); }
#define TAPER_MIRRORED_OPERATOR(op, f) \
  inline Tensor operator op(const Scalar& a, const Tensor& b) { return b.f(a); }
TAPER_OPERATOR(+, add)
TAPER_OPERATOR(-, sub)
TAPER_OPERATOR(*, mul)
TAPER_OPERATOR(/, div)
TAPER_MIRRORED_OPERATOR(+, add)
TAPER_MIRRORED_OPERATOR(*, mul)
TAPER_API Tensor operator-(const Scalar& a, const Tensor& b);
TAPER_API Tensor operator/(const Scalar& a, const Tensor& b);
TAPER_API Tensor operator%(const Tensor& a, const Tensor& b);
TAPER_API Tensor operator%(const Tensor& a, const Scalar& b);
TAPER_OPERATOR(==, eq)
TAPER_OPERATOR(!=, ne)
TAPER_OPERATOR(<, lt)
TAPER_OPERATOR(<=, le)
TAPER_OPERATOR(>, gt)
TAPER_OPERATOR(>=, ge)
TAPER_MIRRORED_OPERATOR(==, eq)
TAPER_MIRRORED_OPERATOR(!=, ne)
TAPER_MIRRORED_OPERATOR(<, gt)
TAPER_MIRRORED_OPERATOR(<=, ge)
TAPER_MIRRORED_OPERATOR(>, lt)
TAPER_MIRRORED_OPERATOR(>=, le)
#undef TAPER_OPERATOR
#undef TAPER_MIRRORED_OPERATOR

namespace detail {

template <class F>
struct TensorHookOf final : TensorHook {
  explicit TensorHookOf(F hook) : hook_(std::move(hook)) {}
  Tensor operator()(const Tensor& grad) override {
    if constexpr (std::is_void_v<decltype(hook_(grad))>) {
      hook_(grad);
      return Tensor();
    } else {
      return hook_(grad);
    }
  }
  F hook_;
};

}  // namespace detail

template <class F>
unsigned Tensor::register_hook(F&& hook) const {
  using Hook = detail::TensorHookOf<std::decay_t<F>>;
  return add_hook(std::make_unique<Hook>(std::forward<F>(hook)));
}

namespace indexing {

/// One entry of an index list: an integer, a Slice, Ellipsis, None, a bool or
/// a tensor (int64 positions or a bool mask).
class TensorIndex {
 public:
  enum class Kind { kInteger, kSlice, kEllipsis, kNone, kBoolean, kTensor };
  TensorIndex(std::nullopt_t) : kind_(Kind::kNone) {}
  TensorIndex(EllipsisIndexType) : kind_(Kind::kEllipsis) {}
  TensorIndex(const char* dots) : kind_(Kind::kEllipsis) {
    check<ValueError>(std::string_view(dots) == "...",
                      "[index] expected \"...\", got \"{}\"", dots);
  }
  template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
  TensorIndex(T value)
      : kind_(std::is_same_v<T, bool> ? Kind::kBoolean : Kind::kInteger),
        integer_(static_cast<int64_t>(value)) {}
  TensorIndex(Slice slice) : kind_(Kind::kSlice), slice_(slice) {}
  TensorIndex(taper::Tensor tensor)
      : kind_(Kind::kTensor), tensor_(std::move(tensor)) {}

  Kind kind() const { return kind_; }
  bool is_none() const { return kind_ == Kind::kNone; }
  bool is_ellipsis() const { return kind_ == Kind::kEllipsis; }
  bool is_integer() const { return kind_ == Kind::kInteger; }
  bool is_boolean() const { return kind_ == Kind::kBoolean; }
  bool is_slice() const { return kind_ == Kind::kSlice; }
  bool is_tensor() const { return kind_ == Kind::kTensor; }
  /// What it holds; of another kind: 0, false, every element, no tensor.
  int64_t integer() const { return integer_; }
  bool boolean() const { return integer_ != 0; }
  const Slice& slice() const { return slice_; }
  const taper::Tensor& tensor() const { return tensor_; }

 private:
  Kind kind_;
  int64_t integer_ = 0;
  Slice slice_;
  taper::Tensor tensor_;
};

}  // namespace indexing
}  // namespace taper
