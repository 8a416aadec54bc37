// Drivers of the elementwise leaf kernels: broadcasting, strides, threads.
#pragma once

#include <initializer_list>
#include <optional>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/simd/elementwise.h"

namespace taper::kernels {

/// Where the result goes: a new tensor in the layout that PyTorch gives it
/// (see empty_result; row-major when all inputs are) unless `out` is given,
/// which must have the broadcast shape and the dtype of the leaf's result.
/// That dtype is the first input's unless given as out_dtype.
Tensor unary(const PerType<Unary>& leaf, const char* op, const Tensor& x,
             std::optional<ScalarType> out_dtype = std::nullopt);
void unary_into(Tensor& out, const PerType<Unary>& leaf, const char* op,
                const Tensor& x);

/// a and b have one dtype.
Tensor binary(const PerType<Binary>& leaf, const char* op, const Tensor& a,
              const Tensor& b,
              std::optional<ScalarType> out_dtype = std::nullopt);
void binary_into(Tensor& out, const PerType<Binary>& leaf, const char* op,
                 const Tensor& a, const Tensor& b);

/// The scalar is rounded to a's dtype first, except as a factor or divisor.
Tensor binary(const PerType<Binary>& leaf, const char* op, const Tensor& a,
              const Scalar& b,
              std::optional<ScalarType> out_dtype = std::nullopt);
void binary_into(Tensor& out, const PerType<Binary>& leaf, const char* op,
                 const Tensor& a, const Scalar& b);

/// `condition` is bool; a and b have one dtype.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
void where_into(Tensor& out, const Tensor& condition, const Tensor& a,
                const Tensor& b);

/// f(a, b, alpha); see ElementwiseTable for the formulas.
Tensor binary(const PerType<Scaled>& leaf, const char* op, const Tensor& a,
              const Tensor& b, double alpha);
/// f(t, a, b, value).
Tensor ternary(const PerType<ScaledTernary>& leaf, const char* op,
               const Tensor& t, const Tensor& a, const Tensor& b, double value);

/// `x` in another dtype for the length of an expression, without touching the
/// reference count when it has that dtype already.
class Cast {
 public:
  Cast(const Tensor& x, ScalarType dtype)
      : converted_(x.dtype() == dtype ? Tensor() : cast(x, dtype)),
        x_(converted_.defined() ? converted_ : x) {}
  Cast(const Cast&) = delete;
  Cast& operator=(const Cast&) = delete;
  operator const Tensor&() const { return x_; }

 private:
  Tensor converted_;
  const Tensor& x_;
};

/// Throws unless the dtype holds the number; infinities and NaN always fit.
void check_fits(const Scalar& value, ScalarType dtype);

/// The same for all elements of x; but as in PyTorch a single float of 16 bits
/// holds every number, rounded.
void check_fill(const Tensor& x, const Scalar& value);
/// A number as a 0-d operand: rounded to the dtype, or wrapped around.
Tensor number(const Scalar& value, ScalarType dtype);

/// The dtype that an operation on all computes in. As in PyTorch, a 0-d
/// tensor counts less than one with dims, and a number less than either: it
/// raises the dtype only from bool to integer or from integer to float.
ScalarType mixed_type(std::initializer_list<const Tensor*> operands);
inline ScalarType result_type(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() ? a.dtype() : mixed_type({&a, &b});
}
inline ScalarType result_type(const Tensor& a, const Tensor& b,
                              const Tensor& c) {
  const bool same = a.dtype() == b.dtype() && a.dtype() == c.dtype();
  return same ? a.dtype() : mixed_type({&a, &b, &c});
}
ScalarType mixed_type(const Tensor& a, const Scalar& b);
inline ScalarType result_type(const Tensor& a, const Scalar& b) {
  return is_floating(a.dtype()) ? a.dtype() : mixed_type(a, b);
}

}  // namespace taper::kernels
