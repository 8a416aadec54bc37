// The leaf and the result of each kind of operation.
#include "taper/tensor/kernels/elementwise.h"

#include "taper/tensor/kernels/layout.h"
#include "taper/tensor/kernels/operands.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

template <class Leaf>
Leaf find(const PerType<Leaf>& leaf, const char* op, ScalarType type) {
  const int place = index_of(compute_type(type));
  check<NotImplementedError>(leaf[place] != nullptr,
                             "[{}] is not implemented for {}", op, type);
  return leaf[place];
}

bool same_shape(const Tensor& a, const Tensor& b) {
  const TensorImpl* x = a.impl();
  const TensorImpl* y = b.impl();
  if (x->ndim != y->ndim) return false;
  for (int i = 0; i < x->ndim; ++i) {
    if (x->sizes[i] != y->sizes[i]) return false;
  }
  return true;
}

// The result of a and b; most often both have its shape already.
Tensor make_result(const char* op, const Tensor& a, const Tensor& b,
                   ScalarType dtype) {
  if (same_shape(a, b) && a.is_contiguous() && b.is_contiguous()) {
    return empty_like(a, dtype);
  }
  return empty_result(broadcast_shapes(op, a.sizes(), b.sizes()), {&a, &b},
                      dtype);
}

Tensor make_result(const char* op, const Tensor& a, const Tensor& b,
                   const Tensor& c, ScalarType dtype) {
  const SmallShape others = broadcast_shapes(op, b.sizes(), c.sizes());
  return empty_result(broadcast_shapes(op, a.sizes(), others), {&a, &b, &c},
                      dtype);
}

// Small contiguous operands of a compute type need neither threads, strides nor
// conversions.
bool is_short(const Tensor& x) {
  const TensorImpl* impl = x.impl();
  return impl->contiguous && impl->numel <= kGrain && !is_narrow(impl->dtype);
}

// A number as an element of the given dtype.
struct Element {
  Element(const Scalar& value, ScalarType dtype) {
    if (dtype == kFloat) [[likely]] {
      const auto converted = value.rounded<float>();
      __builtin_memcpy(bytes, &converted, sizeof(float));
      return;
    }
    visit_type(dtype, [&]<class T>(T) {
      const T converted = value.rounded<T>();
      __builtin_memcpy(bytes, &converted, sizeof(T));
    });
  }
  alignas(8) char bytes[8];
};

// A number as an element of the compute type, rounded or wrapped around as the
// given dtype would; as in PyTorch a factor or divisor is not rounded.
Element operand(const PerType<Binary>& leaf, const Scalar& value,
                ScalarType dtype) {
  if (!is_narrow(dtype)) [[likely]]
    return Element(value, dtype);
  Element element(value, compute_type(dtype));
  const bool is_factor =
      &leaf == &elementwise_table->mul || &leaf == &elementwise_table->div;
  if (is_factor && is_floating(dtype)) return element;
  Element narrow = element;
  Format(dtype, true).convert(narrow.bytes, element.bytes, 1);
  Format(dtype, false).convert(element.bytes, narrow.bytes, 1);
  return element;
}

}  // namespace

void unary_into(Tensor& out, const PerType<Unary>& leaf, const char* op,
                const Tensor& x) {
  const profiler::OpScope scope(op, x);
  Unary f = find(leaf, op, x.dtype());
  const int64_t bytes = element_size(compute_type(out.dtype()));
  const Fill fill = elementwise_table->fill[size_index(bytes)];
  run<1>(out, {&x}, [=](char* const* at, const bool* scalar, int64_t n) {
    // The leaves have no scalar form: one result is copied to all places.
    f(at[0], at[1], scalar[1] ? 1 : n);
    if (scalar[1]) fill(at[0] + bytes, at[0], n - 1);
  });
}

Tensor unary(const PerType<Unary>& leaf, const char* op, const Tensor& x,
             std::optional<ScalarType> out_dtype) {
  const Unary f = find(leaf, op, x.dtype());  // also throws if x is undefined
  const ScalarType dtype = out_dtype.value_or(x.impl()->dtype);
  if (is_short(x)) [[likely]] {
    const profiler::OpScope scope(op, x);
    Tensor out = empty_like(x, dtype);
    f(out.impl()->data, x.impl()->data, x.numel());
    return out;
  }
  Tensor out = empty_preserved(x, dtype);
  unary_into(out, leaf, op, x);
  return out;
}

void binary_into(Tensor& out, const PerType<Binary>& leaf, const char* op,
                 const Tensor& a, const Tensor& b) {
  const profiler::OpScope scope(op, a, b);
  Binary f = find(leaf, op, a.dtype());
  run<2>(out, {&a, &b}, [f](char* const* at, const bool* scalar, int64_t n) {
    f(at[0], at[1], at[2], n, scalar[1], scalar[2]);
  });
}

Tensor binary(const PerType<Binary>& leaf, const char* op, const Tensor& a,
              const Tensor& b, std::optional<ScalarType> out_dtype) {
  const ScalarType dtype = out_dtype.value_or(a.dtype());
  if (is_short(a) && is_short(b) && same_shape(a, b)) [[likely]] {
    const profiler::OpScope scope(op, a, b);
    Binary f = find(leaf, op, a.dtype());
    Tensor out = empty_like(a, dtype);
    f(out.impl()->data, a.impl()->data, b.impl()->data, a.impl()->numel, false,
      false);
    return out;
  }
  Tensor out = make_result(op, a, b, dtype);
  binary_into(out, leaf, op, a, b);
  return out;
}

void binary_into(Tensor& out, const PerType<Binary>& leaf, const char* op,
                 const Tensor& a, const Scalar& b) {
  const profiler::OpScope scope(op, a);
  Binary f = find(leaf, op, a.dtype());
  const Element element = operand(leaf, b, a.dtype());
  run<1>(out, {&a},
         [f, &element](char* const* at, const bool* scalar, int64_t n) {
           f(at[0], at[1], element.bytes, n, scalar[1], true);
         });
}

Tensor binary(const PerType<Binary>& leaf, const char* op, const Tensor& a,
              const Scalar& b, std::optional<ScalarType> out_dtype) {
  const ScalarType dtype = out_dtype.value_or(a.dtype());
  if (is_short(a)) [[likely]] {
    const profiler::OpScope scope(op, a);
    const Element element(b, a.dtype());
    Tensor out = empty_like(a, dtype);
    find(leaf, op, a.dtype())(out.impl()->data, a.impl()->data, element.bytes,
                              a.impl()->numel, false, true);
    return out;
  }
  Tensor out = empty_preserved(a, dtype);
  binary_into(out, leaf, op, a, b);
  return out;
}

void where_into(Tensor& out, const Tensor& condition, const Tensor& a,
                const Tensor& b) {
  const profiler::OpScope scope("where", condition, a, b);
  Ternary f = elementwise_table->where[size_index(a.element_size())];
  run<3, true>(out, {&condition, &a, &b},
               [f](char* const* at, const bool* scalar, int64_t n) {
                 f(at[0], at[1], at[2], at[3], n, scalar[1], scalar[2],
                   scalar[3]);
               });
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  Tensor out = make_result("where", condition, a, b, a.dtype());
  where_into(out, condition, a, b);
  return out;
}

Tensor binary(const PerType<Scaled>& leaf, const char* op, const Tensor& a,
              const Tensor& b, double alpha) {
  Tensor out = make_result(op, a, b, a.dtype());
  const profiler::OpScope scope(op, a, b);
  Scaled f = find(leaf, op, a.dtype());
  run<2>(out, {&a, &b},
         [f, alpha](char* const* at, const bool* scalar, int64_t n) {
           f(at[0], at[1], at[2], alpha, n, scalar[1], scalar[2]);
         });
  return out;
}

Tensor ternary(const PerType<ScaledTernary>& leaf, const char* op,
               const Tensor& t, const Tensor& a, const Tensor& b,
               double value) {
  Tensor out = make_result(op, t, a, b, t.dtype());
  const profiler::OpScope scope(op, t, a, b);
  ScaledTernary f = find(leaf, op, t.dtype());
  run<3>(out, {&t, &a, &b},
         [f, value](char* const* at, const bool* scalar, int64_t n) {
           f(at[0], at[1], at[2], at[3], value, n, scalar[1], scalar[2],
             scalar[3]);
         });
  return out;
}

ScalarType mixed_type(std::initializer_list<const Tensor*> operands) {
  ScalarType full = kUndefined, weak = kUndefined;
  for (const Tensor* x : operands) {
    ScalarType& type = x->dim() > 0 ? full : weak;
    type = type == kUndefined ? x->dtype() : promote_types(type, x->dtype());
  }
  if (full == kUndefined || weak == kUndefined) {
    return full == kUndefined ? weak : full;
  }
  return category_of(full) >= category_of(weak) ? full : weak;
}

ScalarType mixed_type(const Tensor& a, const Scalar& b) {
  const ScalarType x = a.dtype();
  if (category_of(x) >= category_of(b.type())) return x;
  return b.isFloatingPoint() ? get_default_dtype().toScalarType() : kLong;
}

void fill_element(Tensor& x, const void* element) {
  Fill f = elementwise_table->fill[size_index(x.element_size())];
  if (x.is_contiguous() && x.numel() <= kGrain) [[likely]]
    return f(x.impl()->data, element, x.numel());
  // x stands in as its own input: the drivers want at least one.
  run<1, true>(x, {&x}, [f, element](char* const* at, const bool*, int64_t n) {
    f(at[0], element, n);
  });
}

void check_fits(const Scalar& value, ScalarType dtype) {
  if (dtype == kFloat) [[likely]] {
    value.to<float>();
  } else {
    visit_type(dtype, [&]<class T>(T) { value.to<T>(); });
  }
}

void check_fill(const Tensor& x, const Scalar& value) {
  const bool rounds = is_narrow(x) && is_floating(x.dtype()) && x.numel() == 1;
  if (!rounds) check_fits(value, x.dtype());
}

Tensor number(const Scalar& value, ScalarType dtype) {
  Tensor x = empty({}, dtype);
  fill_element(x, Element(value, dtype).bytes);
  return x;
}

void fill(Tensor& x, const Scalar& value) {
  check_fill(x, value);
  fill_element(x, Element(value, x.dtype()).bytes);
}

}  // namespace taper::kernels
