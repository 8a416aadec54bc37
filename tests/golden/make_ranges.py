"""Writes ranges.txt: hashes of PyTorch's arange, linspace and logspace.

One line per call (torch 2.13, x86, one thread): function, dtype, start, end,
step or number of steps, the number of elements, and the 32-bit FNV-1a hash of
their bytes. Numbers are hex floats. Run: python3 make_ranges.py
"""

import pathlib

import torch

DTYPES = {"float32": torch.float32, "float64": torch.float64, "int64": torch.int64}
STEPS = [1, 2, 5, 16, 17, 100, 1001]
ARANGES = [(0, 10, 1), (0.3, 1.85, 0.1), (0.3, 9.9, 0.1), (5, -700, -0.7),
           (1, 1001, 3), (0, 1, 1e-3), (-1e6, 1e6, 999.5), (0, 0, 1), (7, 3, -2),
           (0.5, 3.5, 0.5)]  # fmt: skip


def fnv(data):
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 % 2**32
    return value


def line(function, dtype, start, end, step):
    call = getattr(torch, function)
    x = call(start, end, step, dtype=DTYPES[dtype])
    numbers = " ".join(float(v).hex() for v in (start, end, step))
    return f"{function} {dtype} {numbers} {x.numel()} {fnv(x.numpy().tobytes()):08x}"


def main():
    torch.set_num_threads(1)
    out = [f"# {line_}".rstrip() for line_ in __doc__.strip().split("\n")]
    for dtype in DTYPES:
        for start, end, step in ARANGES:
            if dtype != "int64" or all(float(v).is_integer() for v in (start, end, step)):
                out.append(line("arange", dtype, start, end, step))
        for steps in STEPS:
            out.append(line("linspace", dtype, -3.1, 2.7, steps))
            out.append(line("linspace", dtype, -3, 1000, steps))
            if dtype != "int64":
                out.append(line("logspace", dtype, -3.1, 2.7, steps))
    pathlib.Path(__file__).with_name("ranges.txt").write_text("\n".join(out) + "\n")


main()
