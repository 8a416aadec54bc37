// Jacobians element by element, and the comparison.
#include "taper/autograd/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper::autograd {
namespace {

void check_inputs(const char* op, const variable_list& inputs) {
  bool any = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& input = inputs[i];
    check(input.defined(), "[{}] input {} is undefined", op, i);
    if (!input.requires_grad()) continue;
    any = true;
    check<TypeError>(
        input.dtype() == kDouble,
        "[{}] input {} is {}; differences need float64 to mean anything", op, i,
        input.dtype());
    check(input.is_leaf(), "[{}] input {} is not a leaf", op, i);
    check(!kernels::has_internal_overlap(input),
          "[{}] input {} of shape {} has overlapping elements", op, i,
          input.sizes());
  }
  check(any, "[{}] no input requires grad", op);
}

// Reports a failure the way the caller asked for.
template <class... Args>
bool differ(const GradcheckOptions& options,
            taper::detail::Message<sizeof...(Args)> message,
            const Args&... args) {
  if (options.raise_exception) fail(message, args...);
  return false;
}

double* element(const Tensor& x, int64_t i) {
  auto* at = x.data_as<double>();
  for (int64_t d = x.dim() - 1; d >= 0; --d) {
    int64_t size = x.size(d);
    at += i % size * x.stride(d);
    i /= size;
  }
  return at;
}

variable_list requiring_grad(const variable_list& tensors) {
  variable_list result;
  std::copy_if(tensors.begin(), tensors.end(), std::back_inserter(result),
               [](const Tensor& x) { return wants_grad(x); });
  return result;
}

// Outputs that require grad, or all: a gradient that lost its history shows
// only when it is checked as well.
enum class Outputs { kRequireGrad, kAllDefined };

// The function as gradcheck sees it: its outputs at the inputs as they are, and
// which of them are to be checked.
class Subject {
 public:
  Subject(const char* op, const DifferentiableFunction& function,
          const variable_list& inputs, Outputs which)
      : function_(function), inputs_(inputs) {
    for (const Tensor& output : run()) {
      bool is_checked = output.defined() && (output.requires_grad() ||
                                             which == Outputs::kAllDefined);
      check<TypeError>(!is_checked || output.dtype() == kDouble,
                       "[{}] an output is {}; expected float64", op,
                       is_checked ? output.dtype() : kDouble);
      checked_.push_back(is_checked);
      if (is_checked) size_ += static_cast<size_t>(output.numel());
    }
  }

  variable_list run() const {
    AutoGradMode recording(true);
    return function_(inputs_);
  }
  // The outputs that are checked, flattened into one vector.
  std::vector<double> run_values() const {
    const variable_list outputs = run();
    std::vector<double> values;
    for (size_t k = 0; k < outputs.size(); ++k) {
      if (!checked_[k]) continue;
      const Tensor flat = kernels::contiguous(outputs[k]);
      const auto* data = flat.data_as<double>();
      values.insert(values.end(), data, data + flat.numel());
    }
    return values;
  }
  size_t size() const { return size_; }
  const variable_list& inputs() const { return inputs_; }

  // The gradients of sum(weights * outputs); zeros where there is none.
  variable_list gradients(const std::vector<double>& weights) const {
    variable_list outputs;
    variable_list seeds;
    variable_list all = run();
    size_t next = 0;
    for (size_t k = 0; k < all.size(); ++k) {
      if (!checked_[k]) continue;
      Tensor seed = kernels::empty_like(all[k]);
      auto count = static_cast<size_t>(seed.numel());
      std::copy_n(weights.begin() + static_cast<int64_t>(next), count,
                  seed.data_as<double>());
      next += count;
      if (!all[k].requires_grad()) continue;
      outputs.push_back(all[k]);
      seeds.push_back(seed);
    }
    const variable_list wanted = requiring_grad(inputs_);
    variable_list found(wanted.size());
    if (!outputs.empty()) {
      found = autograd::grad(outputs, wanted, seeds, std::nullopt, false, true);
    }
    for (size_t i = 0; i < found.size(); ++i) {
      if (!found[i].defined()) {
        found[i] = kernels::zeros(wanted[i].sizes(), kDouble);
      }
      found[i] = kernels::contiguous(found[i]);
    }
    return found;
  }

 private:
  const DifferentiableFunction& function_;
  const variable_list& inputs_;
  std::vector<bool> checked_;
  size_t size_ = 0;
};

bool is_close(double a, double b, const GradcheckOptions& options) {
  return std::abs(a - b) <= options.atol + options.rtol * std::abs(b);
}

// d(output)/d(input element) by central differences; the element is restored
// whatever happens.
std::vector<double> differences(const Subject& subject, double* x, double eps) {
  struct Restore {
    double* at;
    double value;
    ~Restore() { *at = value; }
  } restore{x, *x};
  *x = restore.value + eps;
  std::vector<double> above = subject.run_values();
  *x = restore.value - eps;
  std::vector<double> below = subject.run_values();
  for (size_t i = 0; i < above.size(); ++i) {
    above[i] = (above[i] - below[i]) / (2 * eps);
  }
  return above;
}

// A backward is linear in what comes in: a mixture of outputs must give the
// same mixture of their rows.
bool check_linear(const char* op, const Subject& subject,
                  const std::vector<variable_list>& rows,
                  const GradcheckOptions& options) {
  std::vector<double> weights;
  for (size_t o = 0; o < rows.size(); ++o) {
    weights.push_back(std::sin(2.0 * static_cast<double>(o) + 0.7));
  }
  variable_list grads = subject.gradients(weights);
  for (size_t i = 0; i < grads.size(); ++i) {
    for (int64_t e = 0; e < grads[i].numel(); ++e) {
      double expected = 0;
      for (size_t o = 0; o < rows.size(); ++o) {
        expected += weights[o] * rows[o][i].data_as<double>()[e];
      }
      double got = grads[i].data_as<double>()[e];
      if (!is_close(got, expected, options)) {
        return differ(
            options,
            "[{}] the backward is not linear: a mixture of the outputs gives "
            "{} for element {} of gradient {}, the parts give {}",
            op, got, e, i, expected);
      }
    }
  }
  return true;
}

// One row of the Jacobian at a time: output o by every input element.
std::vector<variable_list> jacobian(const Subject& subject) {
  std::vector<variable_list> rows;
  for (size_t o = 0; o < subject.size(); ++o) {
    std::vector<double> one(subject.size(), 0.0);
    one[o] = 1;
    rows.push_back(subject.gradients(one));
  }
  return rows;
}

bool compare(const char* op, const Subject& subject,
             const GradcheckOptions& options) {
  std::vector<variable_list> rows = jacobian(subject);
  std::vector<variable_list> again = jacobian(subject);
  size_t wanted = 0;
  for (size_t i = 0; i < subject.inputs().size(); ++i) {
    const Tensor& input = subject.inputs()[i];
    if (!input.requires_grad()) continue;
    for (int64_t e = 0; e < input.numel(); ++e) {
      std::vector<double> numerical =
          differences(subject, element(input, e), options.eps);
      for (size_t o = 0; o < rows.size(); ++o) {
        double analytical = rows[o][wanted].data_as<double>()[e];
        double repeated = again[o][wanted].data_as<double>()[e];
        if (!is_close(analytical, numerical[o], options)) {
          return differ(options,
                        "[{}] d(output {})/d(element {} of input {}): the "
                        "backward gives {}, differences give {}",
                        op, o, e, i, analytical, numerical[o]);
        }
        if (analytical != repeated) {
          return differ(
              options,
              "[{}] the backward gave {} for element {} of input {}, then {}",
              op, analytical, e, i, repeated);
        }
      }
    }
    ++wanted;
  }
  return check_linear(op, subject, rows, options);
}

bool check_function(const char* op, const DifferentiableFunction& function,
                    const variable_list& inputs, Outputs which,
                    const GradcheckOptions& options) {
  check_inputs(op, inputs);
  check<ValueError>(options.eps > 0, "[{}] eps must be positive, got {}", op,
                    options.eps);
  variable_list before;
  for (const Tensor& input : inputs) before.push_back(kernels::clone(input));
  Subject subject(op, function, inputs, which);
  if (subject.size() == 0 && which == Outputs::kRequireGrad) {
    const bool any = !requiring_grad(subject.run()).empty();
    if (!any) return differ(options, "[{}] no output requires grad", op);
  }
  if (!compare(op, subject, options)) return false;
  const std::vector<double> zeros(subject.size(), 0.0);
  const variable_list grads = subject.gradients(zeros);
  for (size_t i = 0; i < grads.size(); ++i) {
    if (!grads[i].eq(0).all().item<bool>()) {
      return differ(
          options,
          "[{}] a zero gradient gave input {} a gradient other than zero", op,
          i);
    }
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].equal(before[i])) {
      return differ(options, "[{}] the function changed input {}", op, i);
    }
  }
  return true;
}

// Numbers in [-1, 1] without a pattern that a wrong backward could share.
Tensor fixed_numbers(const Tensor& like, uint64_t salt) {
  Tensor result = kernels::empty_like(like);
  uint64_t state = 0x9E3779B97F4A7C15u * (salt + 1);
  for (int64_t i = 0; i < result.numel(); ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    result.data_as<double>()[i] =
        static_cast<double>(static_cast<int64_t>(state)) * 0x1p-63;
  }
  return result;
}

// (inputs, grad_outputs) -> gradients of the inputs.
struct Backward final : DifferentiableFunction {
  Backward(const DifferentiableFunction& f, size_t count)
      : function(f), input_count(count) {}

  variable_list operator()(const variable_list& arguments) const override {
    auto middle = arguments.begin() + static_cast<int64_t>(input_count);
    variable_list inputs(arguments.begin(), middle);
    variable_list seeds(middle, arguments.end());
    return autograd::grad(requiring_grad(function(inputs)),
                          requiring_grad(inputs), seeds, true,
                          /*create_graph=*/true,
                          /*allow_unused=*/true);
  }

  const DifferentiableFunction& function;
  size_t input_count;
};

}  // namespace

bool run_gradcheck(const DifferentiableFunction& function,
                   const variable_list& inputs,
                   const GradcheckOptions& options) {
  return check_function("gradcheck", function, inputs, Outputs::kRequireGrad,
                        options);
}

bool run_gradgradcheck(const DifferentiableFunction& function,
                       const variable_list& inputs,
                       const variable_list& grad_outputs,
                       const GradcheckOptions& options) {
  check_inputs("gradgradcheck", inputs);
  variable_list arguments = inputs;
  size_t count = 0;
  AutoGradMode recording(true);
  for (const Tensor& output : requiring_grad(function(inputs))) {
    Tensor seed = count < grad_outputs.size() ? grad_outputs[count]
                                              : fixed_numbers(output, count);
    arguments.push_back(seed.requires_grad() ? seed : kernels::clone(seed));
    arguments.back().requires_grad_();
    ++count;
  }
  check(count > 0, "[gradgradcheck] no output requires grad");
  check(grad_outputs.empty() || grad_outputs.size() == count,
        "[gradgradcheck] {} gradients for {} outputs", grad_outputs.size(),
        count);
  return check_function("gradgradcheck", Backward(function, inputs.size()),
                        arguments, Outputs::kAllDefined, options);
}

}  // namespace taper::autograd
