"""What the scripts of layers share: values, gradients and gradients of these.

A script makes Cases("conv.txt"), calls add() for each case and then save().
Lines "name.y value ...": the value in float64; "name.g0": the gradient of
sum(y * ramp) by the first input; "name.h0": the gradient by it of the sum of
all (g * ramp), left out when g does not depend on any input.
"""

import math
import pathlib

import torch


def ramp(*sizes, start=0):
    """Irregular numbers from -1.6 to 1.9, exact in float32, none of them 0."""
    i = torch.arange(start, start + math.prod(sizes))
    values = ((i * 7 + 3) % 13 - 6) * 0.25 + (i % 8) * 0.03125 + 0.015625
    return values.double().view(sizes)


class Cases:
    def __init__(self, file):
        self.path = pathlib.Path(__file__).with_name(file)
        self.lines = []

    def write(self, name, x):
        values = x.detach().double().flatten().tolist()
        self.lines.append(" ".join([name] + [f"{v:.13g}" for v in values]))

    def add(self, name, function, *inputs):
        leaves = [x.clone().requires_grad_() for x in inputs]
        y = function(*leaves)
        self.write(f"{name}.y", y)
        g = torch.autograd.grad((y * ramp(*y.shape)).sum(), leaves, create_graph=True)
        for i, x in enumerate(g):
            self.write(f"{name}.g{i}", x)
        s = sum((x * ramp(*x.shape)).sum() for x in g)
        if not s.requires_grad:
            return
        h = torch.autograd.grad(s, leaves, allow_unused=True)
        for i, x in enumerate(h):
            self.write(f"{name}.h{i}", torch.zeros_like(leaves[i]) if x is None else x)

    def save(self):
        self.path.write_text("\n".join(self.lines) + "\n")
