"""Writes random_ops.txt: hashes of what PyTorch's random operations give.

One line per operation and seed (torch 2.13, x86): name, seed and the 32-bit
FNV-1a hash of the bytes of the result in logical order, followed by those of
rand(2), which shows how far the generator went. The operations stand in the
same order in tests/autograd/ops_random_test.cpp. Run: python3 make_random_ops.py
"""

import pathlib

import torch
from torch import empty, zeros
from torch.nn import functional

F, D, L, B = torch.float32, torch.float64, torch.int64, torch.bool
SEEDS = [0, 7, 2**33 + 5]


def ramp(*sizes, dtype=F):
    count = torch.Size(sizes).numel()
    return (torch.arange(count).to(dtype) * 0.375 - 2).reshape(sizes)


def chances(*sizes, dtype=F):
    count = torch.Size(sizes).numel()
    return ((torch.arange(count) % 9).to(dtype) * 0.125).reshape(sizes)


def weights(rows, count, dtype=F):
    flat = (torch.arange(rows * count) % 7 + 1).to(dtype)
    return flat.reshape(rows, count)


OPS = {
    "uniform_transposed": lambda: empty(5, 4).t().uniform_(-2, 3),
    "uniform_columns": lambda: zeros(6, 4)[:, ::2].uniform_(),
    "uniform_permuted": lambda: empty(3, 4, 5, dtype=D).permute(1, 2, 0).uniform_(),
    "normal_transposed": lambda: empty(4, 5).t().normal_(1, 2),
    "normal_columns": lambda: zeros(40, 2)[:, 0].normal_(),
    "normal_permuted": lambda: zeros(4, 3, 4)[:, 1:].permute(2, 0, 1).normal_(),
    "normal_ones_dims": lambda: empty(1, 20, 1).normal_(3, 0.5),
    "bernoulli_transposed": lambda: empty(5, 4).t().bernoulli_(0.3),
    "bernoulli_columns": lambda: zeros(6, 4, dtype=L)[:, 1::2].bernoulli_(0.7),
    "bernoulli_bool": lambda: empty(33, dtype=B).bernoulli_(),
    "bernoulli_row_of_p": lambda: empty(5, 9).t().bernoulli_(chances(5)),
    "bernoulli_double_p": lambda: empty(3, 4).bernoulli_(chances(3, 4, dtype=D)),
    "bernoulli": lambda: torch.bernoulli(chances(4, 5)),
    "bernoulli_of_transposed": lambda: torch.bernoulli(chances(4, 5).t()),
    "bernoulli_number": lambda: torch.bernoulli(ramp(4, 5).t(), 0.25),
    "random_float": lambda: empty(9).random_(),
    "random_double": lambda: empty(9, dtype=D).random_(),
    "random_long": lambda: empty(9, dtype=L).random_(),
    "random_bool": lambda: empty(9, dtype=B).random_(),
    "random_to": lambda: empty(3, 4).t().random_(10),
    "random_from_to": lambda: empty(9, dtype=D).random_(-5, 2**40),
    "random_from": lambda: empty(9, dtype=L).random_(-5, None),
    "random_from_least": lambda: empty(9, dtype=L).random_(-(2**63), None),
    "random_from_float": lambda: empty(9).random_(100, None),
    "random_coarse_float": lambda: empty(9).random_(2**24 - 3, 2**25 + 5),
    "random_coarse_negative": lambda: empty(9).random_(-(2**27) - 9, -(2**27) + 77),
    "exponential_transposed": lambda: empty(5, 4).t().exponential_(2),
    "geometric": lambda: empty(9, dtype=L).geometric_(0.25),
    "geometric_float": lambda: empty(3, 3).t().geometric_(0.25),
    "rand": lambda: torch.rand(3, 4),
    "randn": lambda: torch.randn(3, 7, dtype=D),
    "randint": lambda: torch.randint(-3, 10, (3, 4)),
    "randint_float": lambda: torch.randint(10, (3, 4), dtype=F),
    "randperm": lambda: torch.randperm(20),
    "randperm_float": lambda: torch.randperm(20, dtype=F),
    "normal_sizes": lambda: torch.normal(2.0, 3.0, (4, 5)),
    "normal_mean": lambda: torch.normal(ramp(4, 5).t(), 0.5),
    "normal_std": lambda: torch.normal(1.0, chances(4, 5)),
    "normal_mean_std": lambda: torch.normal(ramp(4, 5), chances(5)),
    "rand_like_transposed": lambda: torch.rand_like(ramp(4, 5).t()),
    "rand_like_columns": lambda: torch.rand_like(zeros(5, 4, 6)[:, :, ::2].permute(1, 2, 0)),
    "rand_like_expanded": lambda: torch.rand_like(zeros(4, 1).expand(4, 3)),
    "randn_like_transposed": lambda: torch.randn_like(ramp(4, 5).t()),
    "randn_like_double": lambda: torch.randn_like(ramp(4, 5), dtype=D),
    "randint_like": lambda: torch.randint_like(ramp(4, 5).t(), 3, 90),
    "multinomial_one": lambda: torch.multinomial(weights(3, 8), 1),
    "multinomial_few": lambda: torch.multinomial(weights(1, 20)[0], 5),
    "multinomial_transposed": lambda: torch.multinomial(weights(8, 3).t(), 4),
    "multinomial_double": lambda: torch.multinomial(weights(3, 8, dtype=D), 3),
    "multinomial_again": lambda: torch.multinomial(weights(3, 8), 6, True),
    "multinomial_again_transposed": lambda: torch.multinomial(weights(8, 3).t(), 6, True),
    "dropout": lambda: functional.dropout(ramp(5, 7), 0.3),
    "dropout_double": lambda: functional.dropout(ramp(5, 7, dtype=D), 0.6),
    "dropout_transposed": lambda: functional.dropout(ramp(5, 7).t(), 0.3),
    "dropout_columns": lambda: functional.dropout(ramp(5, 8)[:, ::2], 0.3),
    "dropout_expanded": lambda: functional.dropout(ramp(5, 1).expand(5, 3), 0.3),
    "dropout_all": lambda: functional.dropout(ramp(5, 7), 1.0),
    "dropout_none": lambda: functional.dropout(ramp(5, 7), 0.0),
    "dropout_eval": lambda: functional.dropout(ramp(5, 7), 0.5, False),
    "dropout_inplace": lambda: functional.dropout(ramp(5, 7).t(), 0.3, inplace=True),
    "dropout_inplace_columns": lambda: functional.dropout(ramp(5, 8)[:, ::2], 0.3, inplace=True),
    "feature_dropout": lambda: torch.feature_dropout(ramp(3, 4, 5), 0.4, True),
    "feature_dropout_2d": lambda: torch.feature_dropout(ramp(3, 4, 2, 2), 0.4, True),
    "alpha_dropout": lambda: functional.alpha_dropout(ramp(5, 7), 0.3, True),
    "alpha_dropout_transposed": lambda: functional.alpha_dropout(ramp(5, 7).t(), 0.3, True),
    "feature_alpha_dropout": lambda: functional.feature_alpha_dropout(ramp(3, 4, 5), 0.3, True),
}


def fnv(data):
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 % 2**32
    return value


def main():
    lines = [f"# {line}".rstrip() for line in __doc__.strip().split("\n")]
    for name, op in OPS.items():
        for seed in SEEDS:
            torch.manual_seed(seed)
            parts = [op().contiguous(), torch.rand(2)]
            data = b"".join(part.numpy().tobytes() for part in parts)
            lines.append(f"{name} {seed} {fnv(data):08x}")
    text = "\n".join(lines) + "\n"
    pathlib.Path(__file__).with_name("random_ops.txt").write_text(text)


main()
