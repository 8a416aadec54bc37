// Python's widths, line breaks, ellipses and suffixes.
#include "taper/tensor/text/repr.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/text/text.h"

namespace taper {
namespace {

PrintOptions print_options;

constexpr std::string_view kPrefix = "tensor(";

std::string blanks(int64_t count) {
  return std::string(static_cast<size_t>(count), ' ');
}

// Decides from the elements that will be shown how to write each of them.
class Formatter {
 public:
  Formatter(const Tensor& x, const PrintOptions& options)
      : x_(x), options_(options) {}

  // Once for every element that will be shown, then settle().
  void consider(int64_t i) {
    if (!is_floating(x_.dtype())) {
      width_ = std::max(width_, integer_text(i).size());
      return;
    }
    double value = element(i);
    if (!std::isfinite(value) || value == 0) return;
    least_ = std::min(least_, std::fabs(value));
    most_ = std::max(most_, std::fabs(value));
    integers_ &= value == std::ceil(value);
    numbers_.push_back(value);
  }

  void settle() {
    if (numbers_.empty()) return;
    scientific_ = options_.sci_mode.value_or(most_ / least_ > 1000 ||
                                             most_ > 1e8 || least_ < 1e-4);
    for (double value : numbers_) {
      width_ = std::max(width_, floating_text(value).size());
    }
  }

  int64_t width() const { return static_cast<int64_t>(width_); }

  void append(std::string& out, int64_t i) const {
    detail::append_aligned(
        out,
        is_floating(x_.dtype()) ? floating_text(element(i)) : integer_text(i),
        static_cast<int>(width_));
  }

 private:
  double element(int64_t i) const {
    return visit_floating(x_.dtype(), [&](auto zero) {
      return static_cast<double>(x_.data_as<decltype(zero)>()[i]);
    });
  }

  std::string integer_text(int64_t i) const {
    if (x_.dtype() == kBool) return x_.data_as<bool>()[i] ? "True" : "False";
    return std::to_string(x_.data_as<int64_t>()[i]);
  }

  std::string floating_text(double value) const {
    if (std::isnan(value)) return "nan";
    if (scientific_) return detail::number_text(value, 'e', options_.precision);
    if (!integers_) return detail::number_text(value, 'f', options_.precision);
    std::string text = detail::number_text(value, 'f', 0);
    return std::isinf(value) ? text : text + '.';
  }

  const Tensor& x_;
  const PrintOptions& options_;
  std::vector<double> numbers_;  // finite and not 0
  double least_ = HUGE_VAL;
  double most_ = 0;
  bool integers_ = true;
  bool scientific_ = false;
  size_t width_ = 1;
};

class Printer {
 public:
  explicit Printer(const Tensor& x)
      : x_(kernels::widened(kernels::contiguous(x))),
        edge_(print_options.edgeitems),
        summarize_(x.numel() > print_options.threshold),
        formatter_(x_, print_options) {}

  std::string text() {
    consider(0, 0);
    formatter_.settle();
    std::string out;
    append(out, 0, 0, static_cast<int64_t>(kPrefix.size()));
    return out;
  }

 private:
  bool shortened(int64_t size) const { return summarize_ && size > 2 * edge_; }

  void consider(int64_t dim, int64_t offset) {
    if (dim == x_.dim()) {
      formatter_.consider(offset);
      return;
    }
    int64_t size = x_.size(dim);
    for (int64_t i = 0; i < size; ++i) {
      if (shortened(size) && i == edge_) i = size - edge_;
      if (i < size) consider(dim + 1, offset + i * x_.stride(dim));
    }
  }

  void append(std::string& out, int64_t dim, int64_t offset, int64_t indent) {
    if (dim == x_.dim()) {
      formatter_.append(out, offset);
    } else if (dim == x_.dim() - 1) {
      append_vector(out, offset, indent);
    } else {
      append_slices(out, dim, offset, indent);
    }
  }

  void append_vector(std::string& out, int64_t offset, int64_t indent) {
    int64_t per_line = std::max<int64_t>(
        1, (print_options.linewidth - indent) / (formatter_.width() + 2));
    int64_t size = x_.size(-1);
    int64_t shown = 0;
    auto separate = [&] {
      if (shown > 0) {
        out += shown % per_line == 0 ? ",\n" + blanks(indent + 1) : ", ";
      }
      ++shown;
    };
    out += '[';
    for (int64_t i = 0; i < size; ++i) {
      if (shortened(size) && i == edge_) {
        separate();
        out += edge_ > 0 ? " ..." : "...";
        i = size - edge_;
        if (i == size) break;
      }
      separate();
      formatter_.append(out, offset + i);
    }
    out += ']';
  }

  void append_slices(std::string& out, int64_t dim, int64_t offset,
                     int64_t indent) {
    std::string separator =
        ',' + std::string(static_cast<size_t>(x_.dim() - dim - 1), '\n') +
        blanks(indent + 1);
    int64_t size = x_.size(dim);
    out += '[';
    for (int64_t i = 0; i < size; ++i) {
      if (i > 0) out += separator;
      if (shortened(size) && i == edge_) {
        out += "...";
        i = size - edge_;
        if (i == size) break;
        out += separator;
      }
      append(out, dim + 1, offset + i * x_.stride(dim), indent + 1);
    }
    out += ']';
  }

  Tensor x_;
  int64_t edge_;
  bool summarize_;
  Formatter formatter_;
};

std::vector<std::string> suffixes_of(const Tensor& x,
                                     std::string_view grad_fn) {
  std::vector<std::string> suffixes;
  bool empty = x.numel() == 0;
  bool known_dtype = x.dtype() == get_default_dtype() ||
                     (!empty && (x.dtype() == kLong || x.dtype() == kBool));
  if (empty ? x.dim() != 1 : print_options.edgeitems == 0) {
    suffixes.push_back(detail::format("size={}", x.sizes()));
  }
  if (!known_dtype) {
    suffixes.push_back(detail::format("dtype=torch.{}", name_of(x.dtype())));
  }
  if (!grad_fn.empty()) {
    suffixes.push_back("grad_fn=<" + std::string(grad_fn) + '>');
  } else if (x.requires_grad()) {
    suffixes.emplace_back("requires_grad=True");
  }
  return suffixes;
}

}  // namespace

void set_printoptions(const PrintOptions& options) {
  check<ValueError>(
      options.precision >= 0 && options.precision <= 100,
      "[set_printoptions] precision must be from 0 to 100, got {}",
      options.precision);
  check<ValueError>(options.threshold >= 0 && options.edgeitems >= 0 &&
                        options.linewidth >= 0,
                    "[set_printoptions] threshold, edgeitems and linewidth "
                    "must not be negative, got {}, {} and {}",
                    options.threshold, options.edgeitems, options.linewidth);
  print_options = options;
}

const PrintOptions& get_printoptions() { return print_options; }

std::string detail::repr_text(const Tensor& x, std::string_view grad_fn) {
  std::string text(kPrefix);
  text += x.numel() == 0 ? "[]" : Printer(x).text();
  // As Python counts: one more than the characters of the last line.
  size_t newline = text.rfind('\n');
  size_t line = newline == std::string::npos ? text.size() + 2
                                             : text.size() - newline + 1;
  for (const std::string& suffix : suffixes_of(x, grad_fn)) {
    if (line + suffix.size() + 2 >
        static_cast<size_t>(print_options.linewidth)) {
      text += ",\n" + blanks(static_cast<int64_t>(kPrefix.size())) + suffix;
      line = kPrefix.size() + suffix.size();
    } else {
      text += ", " + suffix;
      line += suffix.size() + 2;
    }
  }
  return text + ')';
}

}  // namespace taper
