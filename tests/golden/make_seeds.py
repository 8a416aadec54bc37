"""Writes seeds.txt: hashes of longer sessions with PyTorch 2.13's generators.

One line per session and seed: name, seed as an unsigned number, and the 32-bit
FNV-1a hash of the bytes of all tensors drawn, in logical order. The sessions
are those of tests/parity/seeds_test.cpp. Run: python3 make_seeds.py
"""

import pathlib

import torch
from torch import nn

D, L = torch.float64, torch.int64
SEEDS = [0, 1, 42, 2**32 - 1, 2**32, 2**32 + 11, 2**40 + 17, 2**63 - 1, -1, -7]


def weights(n):
    return (torch.arange(n) % 7 + 1).float()


def ramp(*sizes, dtype=torch.float32):
    count = torch.Size(sizes).numel()
    return (torch.arange(count).to(dtype) * 0.125 - 2).reshape(sizes)


def own_generator(seed):
    """Every operation with a generator of its own; the default one waits."""
    torch.manual_seed(3)
    g = torch.Generator().manual_seed(seed)
    yield torch.rand(3, 4, generator=g)
    yield torch.randn(5, generator=g)
    yield torch.rand(3)
    yield torch.randn(19, dtype=D, generator=g)
    yield torch.randint(9, (5,), generator=g)
    yield torch.randint(-9, 2**40, (5,), generator=g)
    yield torch.randperm(11, generator=g)
    yield torch.normal(1.0, 2.0, (3,), generator=g)
    yield torch.normal(ramp(4), ramp(4).abs(), generator=g)
    yield torch.bernoulli(ramp(8).abs() / 2, generator=g)
    yield torch.multinomial(weights(9), 4, generator=g)
    yield torch.multinomial(weights(9), 14, True, generator=g)
    yield torch.empty(4, 3).t().uniform_(-1, 1, generator=g)
    yield torch.empty(3, 7).t().normal_(1, 2, generator=g)
    yield torch.empty(7).bernoulli_(0.25, generator=g)
    yield torch.empty(7).exponential_(2, generator=g)
    yield torch.empty(7).geometric_(0.5, generator=g)
    yield torch.empty(4, 3).t().log_normal_(0.5, 0.25, generator=g)
    yield torch.empty(4, 3, dtype=D).t().cauchy_(1, 2, generator=g)
    yield torch.empty(7, dtype=L).random_(generator=g)
    yield torch.empty(7).random_(100, generator=g)
    yield torch.randn(1)


def state_in_pair(seed):
    """The second half of a pair of normals is part of the state."""
    torch.manual_seed(seed)
    yield torch.randn(3)
    state = torch.get_rng_state()
    yield torch.randn(2, dtype=D)
    yield torch.randn(40)
    torch.set_rng_state(state)
    yield torch.randn(16)
    yield torch.randn(1)
    other = torch.Generator()
    other.set_state(state)
    yield torch.randn(4, generator=other)
    torch.manual_seed(seed)
    yield torch.randn(2)
    torch.manual_seed(seed)
    yield torch.randn(1)


def modules(dtype):
    def session(seed):
        torch.manual_seed(seed)
        layers = [
            nn.Dropout(0.3),
            nn.Dropout2d(0.4),
            nn.Dropout3d(0.6),
            nn.AlphaDropout(0.2),
            nn.FeatureAlphaDropout(0.5),
        ]
        x = ramp(3, 4, 2, 2, 2, dtype=dtype)
        for layer in layers:
            y = x if isinstance(layer, nn.Dropout3d) else x[:, :, 0]
            yield layer(y)
            yield layer(y.transpose(-1, -2))
            layer.eval()
            yield layer(y)
            yield torch.randn(1)

    return session


class Choices:
    """A small generator of its own, the same in both languages."""

    def __init__(self, seed):
        self.x = seed % 2**64

    def __call__(self, bound):
        self.x = (self.x * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.x >> 33) % bound


def mixed(seed):
    """Three hundred operations of random kinds and sizes."""
    choose = Choices(seed)
    torch.manual_seed(seed)
    state = torch.get_rng_state()
    for _ in range(300):
        kind, n = choose(17), choose(40)
        if kind == 0:
            yield torch.rand(n)
        elif kind == 1:
            yield torch.randn(n)
        elif kind == 2:
            yield torch.randn(n, dtype=D)
        elif kind == 3:
            yield torch.empty(n, 2)[:, 0].normal_(1, 2)
        elif kind == 4:
            yield torch.empty(n).bernoulli_(0.3)
        elif kind == 5:
            yield torch.randint(-3, 1000, (n,))
        elif kind == 6:
            yield torch.randperm(n)
        elif kind == 7:
            yield torch.dropout(ramp(n), 0.4, True)
        elif kind == 8:
            yield torch.empty(n, dtype=D).exponential_(0.5)
        elif kind == 9:
            yield torch.empty(n, dtype=D).uniform_(-3, 2)
        elif kind == 10:
            yield torch.empty(n, 3).t().normal_(-1, 0.5)
        elif kind == 11:
            yield torch.multinomial(weights(n + 1), 1 + n // 2, n % 2 == 1)
        elif kind == 12:
            yield torch.empty(n, dtype=L).random_()
        elif kind == 13:
            yield torch.bernoulli(ramp(n).abs() / 4)
        elif kind == 14:
            yield torch.randn_like(ramp(n, 2, dtype=D).t())
        elif kind == 15:
            state = torch.get_rng_state()
        else:
            torch.set_rng_state(state)


SESSIONS = {
    "own_generator": own_generator,
    "state_in_pair": state_in_pair,
    "modules_float": modules(torch.float32),
    "modules_double": modules(D),
    "mixed": mixed,
}


def fnv(data, value):
    for byte in data:
        value = (value ^ byte) * 16777619 % 2**32
    return value


def main():
    path = pathlib.Path(__file__).with_name("seeds.txt")
    with path.open("w") as file:
        for name, session in SESSIONS.items():
            for seed in SEEDS:
                value = 2166136261
                for x in session(seed):
                    value = fnv(x.contiguous().numpy().tobytes(), value)
                print(name, seed % 2**64, f"{value:08x}", file=file)


if __name__ == "__main__":
    main()
