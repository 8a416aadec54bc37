// LibTorch's widths, scales and blocks of columns.
#include "taper/tensor/text/print.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <utility>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/text/text.h"

namespace taper {
namespace {

using detail::append_aligned;
using detail::number_text;
using detail::shortest_text;

// How all the numbers of a vector or a matrix are written.
struct Format {
  double scale = 1;
  int width = 0;
  char conversion = 'g';

  void append(std::string& out, double value) const {
    append_aligned(
        out, number_text(value / scale, conversion, conversion == 'g' ? 6 : 4),
        width);
  }
};

double digits_before_point(double magnitude) {
  return magnitude == 0 ? 1 : std::floor(std::log10(magnitude)) + 1;
}

// Digits before the point of the smallest and the largest finite magnitude.
std::pair<double, double> extent_of(const double* values, int64_t count) {
  double least = HUGE_VAL;
  double most = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) continue;
    double magnitude = std::fabs(values[i]);
    least = std::min(least, magnitude);
    most = std::max(most, magnitude);
  }
  if (least > most) return {1, 1};
  return {digits_before_point(least), digits_before_point(most)};
}

Format format_of(const double* values, int64_t count) {
  bool integers = std::all_of(values, values + count, [](double value) {
    return !std::isfinite(value) || value == std::ceil(value);
  });
  auto [least, most] = extent_of(values, count);
  if (integers) {
    return most > 9 ? Format{1, 11, 'e'}
                    : Format{1, static_cast<int>(most) + 1, 'g'};
  }
  if (most - least > 4) {
    bool long_exponent = std::fabs(most) > 99 || std::fabs(least) > 99;
    return {1, long_exponent ? 12 : 11, 'e'};
  }
  if (most > 5 || most < 0) return {std::pow(10, most - 1), 7, 'f'};
  return {1, most == 0 ? 7 : static_cast<int>(most) + 6, 'f'};
}

void append_scale(std::string& out, const Format& format) {
  if (format.scale != 1) out += shortest_text(format.scale) + " *\n";
}

void append_matrix(std::string& out, const double* values, int64_t rows,
                   int64_t columns, int64_t linesize, size_t indent) {
  Format format = format_of(values, rows * columns);
  std::string margin(indent, ' ');
  int64_t per_block = std::max<int64_t>(
      1, (linesize - static_cast<int64_t>(indent)) / (format.width + 1));
  for (int64_t first = 0; first < columns; first += per_block) {
    int64_t last = std::min(first + per_block, columns);
    if (per_block < columns) {
      if (first != 0) out += '\n';
      out += detail::format("Columns {} to {}", first + 1, last);
      out += margin;
    }
    append_scale(out, format);
    if (format.scale != 1) out += margin;
    for (int64_t row = 0; row < rows; ++row) {
      if (row > 0) out += margin;
      if (row > 0 && format.scale != 1) out += ' ';
      for (int64_t column = first; column < last; ++column) {
        if (column > first) out += ' ';
        format.append(out, values[row * columns + column]);
      }
      out += '\n';
    }
  }
}

void append_vector(std::string& out, const double* values, int64_t count) {
  Format format = format_of(values, count);
  append_scale(out, format);
  for (int64_t i = 0; i < count; ++i) {
    format.append(out, values[i]);
    out += '\n';
  }
}

// One matrix for each index of the dims before the last two; the first dim
// counts fastest.
void append_matrices(std::string& out, const Tensor& x, int64_t linesize) {
  int64_t rows = x.size(-2);
  int64_t columns = x.size(-1);
  int64_t count = x.numel() / (rows * columns);
  for (int64_t n = 0; n < count; ++n) {
    if (n > 0) out += '\n';
    out += '(';
    int64_t offset = 0;
    int64_t rest = n;
    for (int64_t i = 0; i < x.dim() - 2; ++i) {
      const int64_t index = rest % x.size(i);
      rest /= x.size(i);
      offset += index * x.stride(i);
      out += detail::format("{},", index + 1);
    }
    out += ".,.) = \n";
    append_matrix(out, x.data_as<double>() + offset, rows, columns, linesize,
                  1);
  }
}

std::string type_text(const Tensor& x) {
  return detail::format("CPU{}Type", toString(x.dtype()));
}

std::string tensor_text(const Tensor& x, int64_t linesize) {
  if (!x.defined()) return "[ Tensor (undefined) ]";
  std::string out;
  Tensor values = kernels::cast(kernels::contiguous(x), kDouble);
  const double* data = values.data_as<double>();
  if (x.dim() == 0) {
    out += shortest_text(data[0]) + '\n';
  } else if (x.numel() > 0 && x.dim() == 1) {
    append_vector(out, data, x.numel());
  } else if (x.numel() > 0 && x.dim() == 2) {
    append_matrix(out, data, x.size(0), x.size(1), linesize, 0);
  } else if (x.numel() > 0) {
    append_matrices(out, values, linesize);
  }
  out += "[ " + type_text(x) + '{';
  for (int64_t i = 0; i < x.dim(); ++i) {
    out += detail::format("{}{}", i > 0 ? "," : "", x.size(i));
  }
  return out + "} ]";
}

std::string list_text(IntArrayRef list) {
  std::string out = "[";
  for (size_t i = 0; i < list.size(); ++i) {
    out += detail::format("{}{}", i > 0 ? ", " : "", list[i]);
  }
  return out + ']';
}

std::ostream& write(std::ostream& out, const std::string& text) {
  out.width(0);
  return out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace

std::ostream& print(std::ostream& out, const Tensor& x, int64_t linesize) {
  return write(out, tensor_text(x, linesize));
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) {
  return print(out, x, 80);
}

void print(const Tensor& x, int64_t linesize) { print(std::cout, x, linesize); }

std::ostream& operator<<(std::ostream& out, IntArrayRef list) {
  return write(out, list_text(list));
}

std::ostream& operator<<(std::ostream& out, ScalarType type) {
  return out << toString(type);
}

std::ostream& operator<<(std::ostream& out, TypeMeta type) {
  return out << type.name();
}

std::ostream& operator<<(std::ostream& out, const Scalar& value) {
  if (value.isFloatingPoint()) return out << value.toDouble();
  if (value.isBoolean()) return out << (value.toBool() ? "true" : "false");
  return out << value.toLong();
}

std::ostream& operator<<(std::ostream& out, DeviceType type) {
  return out << (type == kCPU ? "cpu" : "cuda");
}

std::ostream& operator<<(std::ostream& out, const Device& device) {
  return out << device.str();
}

std::ostream& operator<<(std::ostream& out, Layout) { return out << "Strided"; }

std::ostream& operator<<(std::ostream& out, const TensorOptions& options) {
  const auto given = [](bool is_given) { return is_given ? "" : " (default)"; };
  return out << "TensorOptions(dtype=" << options.dtype()
             << given(options.has_dtype()) << ", device=cpu"
             << given(options.has_device()) << ", layout=Strided"
             << given(options.has_layout()) << ", requires_grad="
             << (options.requires_grad() ? "true" : "false")
             << given(options.has_requires_grad())
             << ", pinned_memory=false (default), memory_format=(nullopt))";
}

namespace indexing {

std::ostream& operator<<(std::ostream& out, const Slice& slice) {
  return out << slice.start() << ':' << slice.stop() << ':' << slice.step();
}

std::ostream& operator<<(std::ostream& out, const TensorIndex& index) {
  if (index.is_none()) return out << "None";
  if (index.is_ellipsis()) return out << "...";
  if (index.is_integer()) return out << index.integer();
  if (index.is_boolean()) return out << (index.boolean() ? "true" : "false");
  if (index.is_slice()) return out << index.slice();
  return out << index.tensor();
}

std::ostream& operator<<(std::ostream& out,
                         const std::vector<TensorIndex>& indices) {
  out << '(';
  for (size_t i = 0; i < indices.size(); ++i) {
    out << (i > 0 ? ", " : "") << indices[i];
  }
  return out << ')';
}

}  // namespace indexing

std::string Tensor::toString() const { return type_text(*this); }

void Tensor::print() const {
  if (!defined()) {
    std::cerr << "[UndefinedTensor]\n";
    return;
  }
  std::cerr << '[' << type_text(*this) << ' ' << list_text(sizes()) << "]\n";
}

}  // namespace taper
