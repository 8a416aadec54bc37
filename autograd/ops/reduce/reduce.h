// Reductions over all dims, one or several; also running sums and softmax. Dims
// may count from the end; an empty list of dims means all of them; keepdim
// leaves dims of size 1. A dim out of range throws IndexError, a dim named
// twice Error, a dtype that the function has no answer for TypeError.
#pragma once

#include <concepts>
#include <optional>
#include <tuple>

#include "taper/tensor/tensor.h"

namespace taper {

// --- sums and products ---

/// Sum of the elements; int64 for int64 and bool. `dtype` casts first.
TAPER_API Tensor sum(const Tensor& x,
                     std::optional<ScalarType> dtype = std::nullopt);
TAPER_API Tensor sum(const Tensor& x, OptionalIntArrayRef dim,
                     bool keepdim = false,
                     std::optional<ScalarType> dtype = std::nullopt);
/// Sum / count; throws unless x or `dtype` is floating. nan over nothing.
TAPER_API Tensor mean(const Tensor& x,
                      std::optional<ScalarType> dtype = std::nullopt);
TAPER_API Tensor mean(const Tensor& x, OptionalIntArrayRef dim,
                      bool keepdim = false,
                      std::optional<ScalarType> dtype = std::nullopt);
/// Product of the elements; int64 for int64 and bool. 1 over nothing.
TAPER_API Tensor prod(const Tensor& x,
                      std::optional<ScalarType> dtype = std::nullopt);
TAPER_API Tensor prod(const Tensor& x, int64_t dim, bool keepdim = false,
                      std::optional<ScalarType> dtype = std::nullopt);
/// y[i] = x[0] + ... + x[i] along dim; int64 for int64 and bool.
TAPER_API Tensor cumsum(const Tensor& x, int64_t dim,
                        std::optional<ScalarType> dtype = std::nullopt);
/// y[i] = x[0] * ... * x[i] along dim.
TAPER_API Tensor cumprod(const Tensor& x, int64_t dim,
                         std::optional<ScalarType> dtype = std::nullopt);

// --- spread and size ---

/// The number of a dim: var(x, 0) is over dim 0, not biased.
template <class T>
concept DimNumber = std::integral<T> && !std::same_as<T, bool>;

/// sum((x - mean)^2) / max(0, n - correction); the correction is 1 unless
/// given, as a number or as `unbiased` (false means 0); var(x, 0) is over dim
/// 0. Floating x only.
TAPER_API Tensor var(const Tensor& x, bool unbiased = true);
Tensor var(const Tensor& x, DimNumber auto dim) { return x.var(int64_t{dim}); }
TAPER_API Tensor var(const Tensor& x, OptionalIntArrayRef dim,
                     const std::optional<Scalar>& correction = std::nullopt,
                     bool keepdim = false);
/// Square root of var.
TAPER_API Tensor std(const Tensor& x, bool unbiased = true);
Tensor std(const Tensor& x, DimNumber auto dim) { return x.std(int64_t{dim}); }
TAPER_API Tensor std(const Tensor& x, OptionalIntArrayRef dim,
                     const std::optional<Scalar>& correction = std::nullopt,
                     bool keepdim = false);
/// (var, mean) and (std, mean).
TAPER_API std::tuple<Tensor, Tensor> var_mean(const Tensor& x,
                                              bool unbiased = true);
TAPER_API std::tuple<Tensor, Tensor> var_mean(
    const Tensor& x, OptionalIntArrayRef dim,
    const std::optional<Scalar>& correction = std::nullopt,
    bool keepdim = false);
std::tuple<Tensor, Tensor> var_mean(const Tensor& x, DimNumber auto dim) {
  return var_mean(x, IntArrayRef(int64_t{dim}));
}
TAPER_API std::tuple<Tensor, Tensor> std_mean(const Tensor& x,
                                              bool unbiased = true);
TAPER_API std::tuple<Tensor, Tensor> std_mean(
    const Tensor& x, OptionalIntArrayRef dim,
    const std::optional<Scalar>& correction = std::nullopt,
    bool keepdim = false);
std::tuple<Tensor, Tensor> std_mean(const Tensor& x, DimNumber auto dim) {
  return std_mean(x, IntArrayRef(int64_t{dim}));
}
/// (sum |x|^p)^(1/p); p = inf is max |x|, -inf is min |x|, 0 counts what is
/// not zero. Floating x only; p < 0 and inf throw over nothing.
TAPER_API Tensor norm(const Tensor& x, const Scalar& p = 2);
TAPER_API Tensor norm(const Tensor& x, const std::optional<Scalar>& p,
                      IntArrayRef dim, bool keepdim = false);
/// log(sum(exp(x))) without overflow; integers count as float32.
TAPER_API Tensor logsumexp(const Tensor& x, IntArrayRef dim,
                           bool keepdim = false);

// --- order; nan is larger and smaller than anything ---

/// Best element of all. Ties share the gradient evenly. Throws when empty.
TAPER_API Tensor max(const Tensor& x);
TAPER_API Tensor min(const Tensor& x);
/// (values, int64 positions) of the first best elements along dim, to which
/// the gradient flows. Throws when the dim is empty.
TAPER_API std::tuple<Tensor, Tensor> max(const Tensor& x, int64_t dim,
                                         bool keepdim = false);
TAPER_API std::tuple<Tensor, Tensor> min(const Tensor& x, int64_t dim,
                                         bool keepdim = false);
/// Best elements along several dims. Ties share the gradient evenly.
TAPER_API Tensor amax(const Tensor& x, IntArrayRef dim = {},
                      bool keepdim = false);
TAPER_API Tensor amin(const Tensor& x, IntArrayRef dim = {},
                      bool keepdim = false);
/// int64 position of the first best element, in all of x or along dim.
TAPER_API Tensor argmax(const Tensor& x,
                        std::optional<int64_t> dim = std::nullopt,
                        bool keepdim = false);
TAPER_API Tensor argmin(const Tensor& x,
                        std::optional<int64_t> dim = std::nullopt,
                        bool keepdim = false);

// --- truth ---

/// bool: every, or some, element differs from zero.
TAPER_API Tensor all(const Tensor& x);
TAPER_API Tensor any(const Tensor& x);
TAPER_API Tensor all(const Tensor& x, int64_t dim, bool keepdim = false);
TAPER_API Tensor any(const Tensor& x, int64_t dim, bool keepdim = false);
/// int64 number of elements that differ from zero.
TAPER_API Tensor count_nonzero(const Tensor& x, IntArrayRef dim = {});
/// Same shape and same elements; nan differs from itself.
TAPER_API bool equal(const Tensor& a, const Tensor& b);
/// |a - b| <= atol + rtol * |b|, or equal, elementwise with broadcasting.
/// Throws when the dtypes differ or a tolerance is negative.
TAPER_API Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-5,
                         double atol = 1e-8, bool equal_nan = false);
/// Whether isclose holds everywhere.
TAPER_API bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5,
                        double atol = 1e-8, bool equal_nan = false);
/// Whether the only element differs from zero; throws unless there is one.
TAPER_API bool is_nonzero(const Tensor& x);

}  // namespace taper
