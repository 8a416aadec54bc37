"""Writes print.txt: tensors as PyTorch 2.13 prints them, in C++ and in Python.

A case is
    case NAME DTYPE SIZE,SIZE,...      ("-" for a 0-d tensor)
    values V V ...                     element i is V[i % count], hex floats
    options precision=2 ...            of set_printoptions, if not the defaults
    op NAME                            applied to the tensor with requires_grad
    cpp COUNT / repr COUNT             and that many lines, each after a "|"
Only the lines that a case needs are there: cases with options or an operation
have no cpp text, since they do not show in it, nor have very long ones.

Run: python3 make_print.py (needs g++; compiles a program against LibTorch).
"""

import math
import pathlib
import random
import subprocess
import tempfile

import torch

F, D, L, B = "float32", "float64", "int64", "bool"
NARROW = ["int32", "int16", "int8", "uint8", "float16", "bfloat16"]
INF, NAN = math.inf, math.nan

PROGRAM = r"""
#include <torch/torch.h>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>

int main() {
  std::string name, dtype, sizes, line;
  while (std::cin >> name >> dtype >> sizes) {
    std::getline(std::cin, line);
    std::getline(std::cin, line);
    std::istringstream words(line);
    std::vector<std::string> values;
    for (std::string word; words >> word;) values.push_back(word);
    std::vector<int64_t> shape;
    std::istringstream parts(sizes == "-" ? "" : sizes);
    for (std::string part; std::getline(parts, part, ',');)
      shape.push_back(std::stoll(part));
    std::map<std::string, torch::Dtype> types = {
        {"float32", torch::kFloat}, {"float64", torch::kDouble},
        {"int64", torch::kLong},    {"bool", torch::kBool},
        {"int32", torch::kInt},     {"int16", torch::kShort},
        {"int8", torch::kChar},     {"uint8", torch::kByte},
        {"float16", torch::kHalf},  {"bfloat16", torch::kBFloat16}};
    auto type = types.at(dtype);
    auto floats = torch::empty(shape, torch::kDouble);
    auto integers = torch::empty(shape, torch::kLong);
    for (int64_t i = 0; i < floats.numel(); ++i) {
      const char* v = values[i % values.size()].c_str();
      floats.data_ptr<double>()[i] = std::strtod(v, nullptr);
      integers.data_ptr<int64_t>()[i] = std::strtoll(v, nullptr, 10);
    }
    auto x = (torch::isFloatingType(type) ? floats : integers).to(type);
    std::cout << x << '\x1e';
  }
}
"""

OPS = {
    "leaf": lambda x: x,
    "add": lambda x: x + 1,
    "mul": lambda x: x * x,
    "exp": lambda x: x.exp(),
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "view": lambda x: x.view(-1),
    "t": lambda x: x.t(),
    "select": lambda x: x[0],
    "mm": lambda x: x.mm(x.t()),
    "relu": lambda x: x.relu(),
    "neg": lambda x: -x,
    "detach": lambda x: x.exp().detach(),
}


def spread(count, low, high, seed):
    """Magnitudes from 10^low to 10^high, both signs."""
    source = random.Random(seed)
    return [
        source.choice([-1, 1]) * 10 ** source.uniform(low, high)
        for _ in range(count)
    ]


CASES = [
    # name, dtype, sizes, values
    ("vector", F, [3], [1.5, 2.25, -3.125]),
    ("integers_as_floats", F, [4], [1, 2, 3, 400]),
    ("minus_zero", F, [3], [-0.0, 0.0, -1.0]),
    ("only_zeros", F, [2, 2], [0.0]),
    ("only_minus_zero", F, [2], [-0.0]),
    ("tenths", F, [3], [0.1, 0.2, 0.3]),
    ("hundredths", F, [3], [0.01, 0.02, 0.035]),
    ("thousandths", F, [4], [0.001, 0.002, 0.0045, -0.003]),
    ("tiny", F, [3], [1.5e-7, 2.5e-7, 3.5e-7]),
    ("below_fixed", F, [2], [0.00009, 0.5]),
    ("mixed_magnitudes", F, [5], [1e-3, 1, 1000.5, -2e4, 3]),
    ("mixed_wide", F, [6], [1e-30, 1e30, -1, 2, 0, 3.25]),
    ("large_integers", F, [3], [1e8, 2e8, -3]),
    ("larger_integers", F, [3], [1e10, 2e10, -3]),
    ("nine_digits", F, [2], [123456789, 5]),
    ("scaled", F, [3], [123456.5, 234567.25, 345678.125]),
    ("scaled_matrix", F, [3, 2], [123456.5, 234567.25, 345678.125]),
    ("scaled_down_matrix", F, [2, 3], [0.00123, 0.00456, -0.00789]),
    ("scaled_cube", F, [2, 2, 2], [123456.5, 234567.25]),
    ("large_negative", F, [3], [-123456.5, 0.5, 1.5]),
    ("first_negative", F, [3], [-1000.5, -20000.5, -3.5]),
    ("nan", F, [3], [1.5, NAN, 2.5]),
    ("minus_nan", F, [2], [-NAN, 2.5]),
    ("inf", F, [4], [INF, -INF, 1.5, 2]),
    ("inf_integers", F, [3], [INF, 1, -INF]),
    ("only_nan", F, [2], [NAN]),
    ("only_inf", F, [2, 2], [INF, -INF]),
    ("nan_large", F, [3], [NAN, 1e9, 0.5]),
    ("nan_huge_integers", F, [3], [NAN, 1e15, -1]),
    ("denormals", F, [3], [1e-40, 1e-45, 3e-39]),
    ("denormal_doubles", D, [3], [5e-324, 1e-310, 2.5]),
    ("extreme_doubles", D, [2, 2], [1.7e308, -1e-300, 1.5, 0]),
    ("double", D, [3], [1.5, 2.25, 3.14159265358979]),
    ("double_integers", D, [2, 2], [1, 2, 3, 4]),
    ("double_wide_row", D, [1, 20], spread(20, 0, 2, 1)),
    ("scalar", F, [], [3.14159]),
    ("scalar_integer", F, [], [4]),
    ("scalar_large", F, [], [1e10]),
    ("scalar_larger", D, [], [1e16]),
    ("scalar_small", D, [], [1.25e-5]),
    ("scalar_tenth", D, [], [0.1]),
    ("scalar_nan", F, [], [NAN]),
    ("scalar_inf", F, [], [-INF]),
    ("scalar_minus_zero", F, [], [-0.0]),
    ("scalar_long", L, [], [42]),
    ("scalar_bool", B, [], [1]),
    ("empty", F, [0], [0]),
    ("empty_matrix", F, [0, 3], [0]),
    ("empty_cube", F, [2, 0, 3], [0]),
    ("empty_long", L, [0], [0]),
    ("empty_long_matrix", L, [2, 0], [0]),
    ("empty_double", D, [0], [0]),
    ("empty_bool", B, [1, 0], [0]),
    ("one", F, [1], [1.5]),
    ("one_by_one", F, [1, 1], [-1.5]),
    ("long", L, [4], [1, -20, 300, 4]),
    ("long_matrix", L, [2, 3], [1, 2, 3, 4, 5, -600]),
    ("long_precise", L, [2], [2**53 + 1, 1]),
    ("long_limits", L, [3], [2**63 - 1, -(2**63), 0]),
    ("long_seven_digits", L, [2], [1234567, 5]),
    ("long_wide", L, [1, 40], list(range(40))),
    ("bool", B, [3], [1, 0, 1]),
    ("bool_matrix", B, [2, 2], [1, 0, 0, 1]),
    ("bool_wide", B, [1, 30], [1, 0, 0]),
    ("matrix", F, [2, 3], [1.5, -2.25, 3, 4, 5.5, 6]),
    ("matrix_mixed", F, [3, 3], spread(9, -3, 2, 2)),
    ("matrix_wide", F, [2, 17], spread(17, -1, 1, 3)),
    ("matrix_wide_scaled", F, [2, 12], spread(12, 5, 6, 4)),
    ("matrix_wide_scientific", F, [2, 12], spread(12, -6, 6, 5)),
    ("matrix_wide_integers", F, [2, 45], [1, 20, -300]),
    ("exact_fit", F, [2, 10], [0.5, 1.5]),
    ("long_vector", F, [30], spread(30, -1, 1, 6)),
    ("cube", F, [2, 2, 3], spread(12, -1, 1, 7)),
    ("cube_wide", F, [2, 2, 12], spread(12, -1, 1, 8)),
    ("cube_wide_scaled", F, [2, 2, 12], spread(12, 5, 6, 16)),
    ("cube_wide_scientific", F, [1, 2, 12], spread(12, -6, 6, 17)),
    ("four_dims", F, [2, 3, 2, 2], spread(24, -1, 2, 9)),
    ("five_dims", L, [2, 1, 2, 1, 3], list(range(12))),
    ("row_of_ones", F, [1, 1, 5], [1]),
    ("almost_summary", L, [10, 100], [7]),
    ("summary_vector", F, [1001], spread(11, -1, 1, 10)),
    ("summary_long", L, [5000], list(range(-2500, 2500, 7))),
    ("summary_matrix", F, [40, 30], spread(37, -1, 1, 11)),
    ("summary_narrow", F, [400, 3], spread(37, -1, 1, 12)),
    ("summary_wide", F, [3, 400], spread(37, -3, 3, 13)),
    ("summary_six", L, [6, 200], list(range(1200))),
    ("summary_cube", F, [8, 3, 60], spread(41, 0, 1, 14)),
    ("summary_four", D, [7, 2, 9, 8], spread(41, 0, 5, 15)),
    ("summary_bool", B, [2000], [1, 0, 0]),
    ("summary_hides_large", F, [2000], [1.5] * 5 + [1e20] + [2.5] * 4),
]

for name in NARROW:
    numbers = [1.5, 2.25, 0.1] if "float" in name else [1, 20, 100]
    CASES += [
        (name + "_scalar", name, [], numbers[1:]),
        (name + "_vector", name, [4], numbers),
        (name + "_matrix", name, [2, 3], numbers + [3, 0]),
        (name + "_cube", name, [2, 1, 2], numbers),
        (name + "_empty", name, [0], [0]),
        (name + "_summary", name, [2000], numbers),
    ]
    if "float" in name:
        CASES += [
            (name + "_integers", name, [3], [1, 2, -300]),
            (name + "_mixed", name, [2, 2], [1e-4, 200, -3, INF]),
            (name + "_nan", name, [2], [NAN, 0.5]),
        ]

# name, dtype, sizes, values, options
OPTIONS = [
    ("precision", F, [3], [1.23456789, 2, 3], dict(precision=2)),
    ("precision_zero", F, [3], [1.5, 2.5, 3.5], dict(precision=0)),
    ("precision_ten", D, [8], spread(8, 0, 1, 20), dict(precision=10)),
    ("threshold", L, [10], list(range(10)), dict(threshold=5)),
    ("edgeitems", L, [12, 12], list(range(144)), dict(threshold=9, edgeitems=1)),
    ("edgeitems_none", F, [4, 4], [1.5], dict(threshold=9, edgeitems=0)),
    ("edgeitems_none_1d", F, [14], [1.5], dict(threshold=9, edgeitems=0)),
    ("narrow_lines", F, [2, 9], spread(9, 0, 1, 21), dict(linewidth=30)),
    ("narrowest_lines", F, [3], [1.5], dict(linewidth=0)),
    ("wide_lines", F, [30], spread(30, 0, 1, 22), dict(linewidth=200)),
    ("scientific", F, [3], [1.5, 2.5, 3], dict(sci_mode=True)),
    ("scientific_integers", F, [3], [1, 2, NAN], dict(sci_mode=True)),
    ("not_scientific", F, [3], [1e-6, 1e6, 1.5], dict(sci_mode=False)),
]

# name, dtype, sizes, values, operation
GRADS = [
    ("grad_leaf", F, [3], [1.5, 2, 3], "leaf"),
    ("grad_double_leaf", D, [3], [1.5, 2, 3], "leaf"),
    ("grad_scalar", F, [], [1.5], "leaf"),
    ("grad_empty", F, [0, 2], [0], "leaf"),
    ("grad_add", F, [3], [1.5, 2, 3], "add"),
    ("grad_mul", F, [2, 2], [1.5, 2, 3], "mul"),
    ("grad_exp", D, [2], [1, 2], "exp"),
    ("grad_sum", F, [3], [1.5, 2, 3], "sum"),
    ("grad_mean", F, [3], [1.5, 2, 3], "mean"),
    ("grad_view", F, [2, 2], [1.5, 2, 3], "view"),
    ("grad_transposed", F, [2, 2], [1.5, 2, 3], "t"),
    ("grad_select", F, [2, 2], [1.5, 2, 3], "select"),
    ("grad_mm", F, [2, 2], [1.5, 2, 3], "mm"),
    ("grad_relu", F, [2], [-1.5, 2], "relu"),
    ("grad_neg", F, [8], [1.5, 2.5], "neg"),
    ("grad_neg_line", F, [9], [1.5, 2.5], "neg"),
    ("grad_double_line", D, [7], [1.5, 2.5], "neg"),
    ("grad_matrix_line", F, [3, 7], [1.5, 2.5], "neg"),
    ("grad_detached", F, [2], [1.5, 2.5], "detach"),
    ("grad_summary", F, [50, 50], [1.5, 2.5], "add"),
]


def words(dtype, values):
    if "float" not in dtype:
        return " ".join(str(int(v)) for v in values)
    values = torch.tensor(values, dtype=getattr(torch, dtype)).tolist()
    # float.hex() forgets the sign of a nan.
    return " ".join(
        ("-nan" if math.copysign(1, v) < 0 else "nan")
        if math.isnan(v)
        else float(v).hex()
        for v in values
    )


def make(dtype, sizes, values):
    count = math.prod(sizes)
    listed = [values[i % len(values)] for i in range(count)]
    return torch.tensor(listed, dtype=getattr(torch, dtype)).reshape(sizes)


def compile_and_run(text):
    root = pathlib.Path(torch.__file__).parent
    include = root / "include"
    lib = root / "lib"
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "print.cpp")
        source.write_text(PROGRAM)
        binary = pathlib.Path(folder, "print")
        subprocess.run(
            ["g++", "-std=c++17", "-O0", "-w", source, "-o", binary]
            + [f"-I{include}", f"-I{include}/torch/csrc/api/include"]
            + [f"-L{lib}", f"-Wl,-rpath,{lib}", "-ltorch", "-ltorch_cpu", "-lc10"],
            check=True,
        )
        done = subprocess.run(
            [binary], input=text, text=True, capture_output=True, check=True
        )
    return done.stdout.split("\x1e")[:-1]


def head(name, dtype, sizes, values):
    shape = ",".join(str(s) for s in sizes) or "-"
    return f"{name} {dtype} {shape}\n", words(dtype, values) + "\n"


def block(kind, text):
    lines = text.split("\n")
    return f"{kind} {len(lines)}\n" + "".join(f"|{line}\n" for line in lines)


def main():
    shown = [case for case in CASES if math.prod(case[2]) <= 300]
    texts = compile_and_run("".join(a + b for a, b in (head(*c) for c in shown)))
    cpp = {case[0]: text for case, text in zip(shown, texts, strict=True)}
    out = [f"# {line}".rstrip() + "\n" for line in __doc__.strip().split("\n")]

    def emit(case, extra, parts):
        first, values = head(*case[:4])
        out.append(f"case {first}values {values}{extra}{''.join(parts)}")

    for case in CASES:
        parts = [block("cpp", cpp[case[0]])] if case[0] in cpp else []
        emit(case, "", parts + [block("repr", repr(make(*case[1:])))])
    for case in OPTIONS:
        words_ = " ".join(f"{k}={int(v)}" for k, v in case[4].items())
        torch.set_printoptions(**case[4])
        emit(case, f"options {words_}\n", [block("repr", repr(make(*case[1:4])))])
        torch.set_printoptions(profile="default")
    for case in GRADS:
        x = make(*case[1:4]).requires_grad_()
        emit(case, f"op {case[4]}\n", [block("repr", repr(OPS[case[4]](x)))])
    pathlib.Path(__file__).with_name("print.txt").write_text("".join(out))


main()
