"""Writes random.txt: hashes of PyTorch's random streams (torch 2.13, x86).

One line per stream and seed: its name, the seed as an unsigned number, and the
32-bit FNV-1a hash of the bits of each of ten fills, of SIZES elements, drawn
one after the other from one generator. Run: python3 make_random.py
"""

import pathlib

import torch

SIZES = [1, 5, 15, 16, 17, 20, 31, 32, 100, 1000]
SEEDS = [0, 1, 42, 123456789, 2**32 + 5, 2**40 + 17, 2**63 - 1, -7]
F, D, L, B = torch.float32, torch.float64, torch.int64, torch.bool


def ramp(n, dtype):
    return torch.arange(n).to(dtype) - 3


def chances(n, dtype):
    return (torch.arange(n) % 11).to(dtype) * 0.09375


def weights(dtype):
    return (torch.arange(20) % 7 + 1).to(dtype)


def column(n):
    return torch.empty(n, 2)[:, 0].normal_(2, 3).clone()


def mixed(n):
    """Both dtypes share the cached second normal, and blocks ignore it."""
    parts = [
        torch.randn(3),
        torch.randn(1, dtype=D),
        torch.randn(n),
        torch.rand(1),
        torch.randn(2, dtype=D),
        torch.randn(n, dtype=D),
        torch.randint(0, 100, (n,)),
    ]
    return torch.cat([part.double() for part in parts])


def state(n):
    torch.rand(n)
    torch.randn(1)
    return torch.get_rng_state()


def empty(n, dtype):
    return torch.empty(n, dtype=dtype)


STREAMS = {
    "rand_float": lambda n: torch.rand(n),
    "rand_double": lambda n: torch.rand(n, dtype=D),
    "uniform_float": lambda n: empty(n, F).uniform_(-2.3, 3.7),
    "uniform_double": lambda n: empty(n, D).uniform_(-2.3, 3.7),
    "randn_float": lambda n: torch.randn(n),
    "randn_double": lambda n: torch.randn(n, dtype=D),
    "normal_float": lambda n: empty(n, F).normal_(2.1, 3.3),
    "normal_double": lambda n: empty(n, D).normal_(2.1, 3.3),
    "normal_column": column,
    "bernoulli_float": lambda n: empty(n, F).bernoulli_(0.3),
    "bernoulli_double": lambda n: empty(n, D).bernoulli_(0.1),
    "bernoulli_long": lambda n: empty(n, L).bernoulli_(0.7),
    "bernoulli_bool": lambda n: empty(n, B).bernoulli_(0.5),
    "bernoulli_each_float": lambda n: torch.bernoulli(chances(n, F)),
    "bernoulli_each_double": lambda n: torch.bernoulli(chances(n, D)),
    "bernoulli_each_long": lambda n: empty(n, L).bernoulli_(chances(n, F)),
    "dropout_float": lambda n: torch.dropout(ramp(n, F), 0.3, True),
    "dropout_double": lambda n: torch.dropout(ramp(n, D), 0.1, True),
    "randint_float": lambda n: torch.randint(-5, 95, (n,), dtype=F),
    "randint_double": lambda n: torch.randint(-5, 95, (n,), dtype=D),
    "randint_long": lambda n: torch.randint(-5, 95, (n,)),
    "randint_bool": lambda n: torch.randint(0, 2, (n,), dtype=B),
    "randint_below_28": lambda n: torch.randint(0, 2**28 - 1, (n,)),
    "randint_from_28": lambda n: torch.randint(0, 2**28, (n,)),
    "randint_wide": lambda n: torch.randint(-(2**62), 2**62 + 9, (n,)),
    "random_float": lambda n: empty(n, F).random_(),
    "random_double": lambda n: empty(n, D).random_(),
    "random_long": lambda n: empty(n, L).random_(),
    "random_bool": lambda n: empty(n, B).random_(),
    "random_from": lambda n: empty(n, L).random_(5, None),
    "random_all": lambda n: empty(n, L).random_(-(2**63), None),
    "randperm": lambda n: torch.randperm(n),
    "exponential_float": lambda n: empty(n, F).exponential_(1.5),
    "exponential_double": lambda n: empty(n, D).exponential_(1.5),
    "geometric_float": lambda n: empty(n, F).geometric_(0.3),
    "geometric_double": lambda n: empty(n, D).geometric_(0.3),
    "geometric_long": lambda n: empty(n, L).geometric_(0.3),
    "log_normal_float": lambda n: empty(n, F).log_normal_(0.5, 1.2),
    "log_normal_double": lambda n: empty(n, D).log_normal_(0.5, 1.2),
    "cauchy_float": lambda n: empty(n, F).cauchy_(0.5, 1.2),
    "cauchy_double": lambda n: empty(n, D).cauchy_(0.5, 1.2),
    "multinomial_float": lambda n: torch.multinomial(weights(F), n + 1, True),
    "multinomial_double": lambda n: torch.multinomial(weights(D), n + 1, True),
    "mixed": mixed,
    "state": state,
}


def fnv1a(tensor):
    value = 2166136261
    for byte in tensor.contiguous().numpy().tobytes():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def line(name, seed):
    torch.manual_seed(seed)
    hashes = [f"{fnv1a(STREAMS[name](n)):08x}" for n in SIZES]
    return " ".join([name, str(seed % 2**64)] + hashes)


lines = [line(name, seed) for name in STREAMS for seed in SEEDS]
path = pathlib.Path(__file__).with_name("random.txt")
path.write_text("\n".join(lines) + "\n")
