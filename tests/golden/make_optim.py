"""Writes optim.txt: what PyTorch's optimisers make of fixed gradients.

One line per case: its name and the numbers. `float.`/`double.` cases: the 7
parameters after 10 steps with the gradients of `gradient`. `lbfgs.` cases: the
Rosenbrock point (float64) after each of 5 steps. `lr.` cases: the learning
rate after 0, 1, 2, ... scheduler steps. Run: python3 make_optim.py
"""

import math
import pathlib

import torch
from torch import optim
from torch.optim import lr_scheduler

CASES = {
    "sgd": (optim.SGD, dict(lr=0.1)),
    "sgd_momentum": (optim.SGD, dict(lr=0.1, momentum=0.9)),
    "sgd_dampening": (optim.SGD, dict(lr=0.1, momentum=0.9, dampening=0.5)),
    "sgd_nesterov": (optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True)),
    "sgd_decay": (
        optim.SGD,
        dict(lr=0.1, momentum=0.5, dampening=0.25, weight_decay=0.01),
    ),
    "adam": (optim.Adam, dict(lr=0.1)),
    "adam_decay": (optim.Adam, dict(lr=0.1, weight_decay=0.1, eps=1e-3)),
    "adam_amsgrad": (
        optim.Adam,
        dict(lr=0.1, betas=(0.5, 0.75), amsgrad=True),
    ),
    "adamw": (optim.AdamW, dict(lr=0.1)),
    "adamw_amsgrad": (
        optim.AdamW,
        dict(lr=0.1, weight_decay=0.3, betas=(0.5, 0.75), amsgrad=True),
    ),
    "rmsprop": (optim.RMSprop, dict(lr=0.05)),
    "rmsprop_momentum": (
        optim.RMSprop,
        dict(lr=0.05, momentum=0.9, alpha=0.9, weight_decay=0.1),
    ),
    "rmsprop_centered": (
        optim.RMSprop,
        dict(lr=0.05, centered=True, alpha=0.9, eps=0.01),
    ),
    "rmsprop_both": (
        optim.RMSprop,
        dict(lr=0.05, centered=True, momentum=0.5, eps=0.01),
    ),
    "adagrad": (optim.Adagrad, dict(lr=0.1)),
    "adagrad_decay": (
        optim.Adagrad,
        dict(lr=0.1, lr_decay=0.1, weight_decay=0.1),
    ),
    "adagrad_initial": (
        optim.Adagrad,
        dict(lr=0.1, initial_accumulator_value=0.5),
    ),
    "adadelta": (optim.Adadelta, dict(foreach=False)),
    "adadelta_decay": (
        optim.Adadelta,
        dict(lr=0.5, rho=0.5, eps=1e-3, weight_decay=0.1, foreach=False),
    ),
}


def gradient(p, t):
    i = torch.arange(7)
    return 0.5 * p + ((i * 7 + t * 3) % 5 - 2).to(p.dtype) * 0.25


def run(make, options, dtype):
    p = ((torch.arange(7) - 3).to(dtype) * 0.375).requires_grad_()
    optimizer = make([p], **options)
    for t in range(10):
        p.grad = gradient(p.detach(), t)
        optimizer.step()
    return p.tolist()


def rosenbrock(**options):
    x = torch.tensor([-1.5, 2.0], dtype=torch.float64, requires_grad=True)
    optimizer = optim.LBFGS([x], **options)

    def closure():
        optimizer.zero_grad()
        loss = (1 - x[0]) ** 2 + 5 * (x[1] - x[0] ** 2) ** 2
        loss.backward()
        return loss

    values = []
    for _ in range(5):
        optimizer.step(closure)
        values += x.tolist()
    return values


def rates(make, steps, metrics=None, lr=0.5):
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = make(optimizer)
    values = [optimizer.param_groups[0]["lr"]]
    for t in range(steps):
        optimizer.step()
        scheduler.step(*([metrics[t]] if metrics else []))
        values.append(optimizer.param_groups[0]["lr"])
    return values


METRICS = [1.0, 0.9, 0.9, 0.95, 0.899, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5]


def lines():
    for name, (make, options) in CASES.items():
        for dtype in (torch.float32, torch.float64):
            kind = "float" if dtype == torch.float32 else "double"
            yield f"{kind}.{name}", run(make, options, dtype)
    yield "lbfgs.fixed", rosenbrock(lr=0.1, max_iter=4)
    yield "lbfgs.history", rosenbrock(lr=0.1, max_iter=6, history_size=2)
    wolfe = dict(line_search_fn="strong_wolfe")
    yield "lbfgs.wolfe", rosenbrock(lr=1, max_iter=3, **wolfe)
    yield "lbfgs.few", rosenbrock(lr=1, max_iter=20, max_eval=5, **wolfe)
    yield "lr.exponential", rates(
        lambda o: lr_scheduler.ExponentialLR(o, 0.9), 5
    )
    yield "lr.cosine", rates(
        lambda o: lr_scheduler.CosineAnnealingLR(o, 10, 0.01), 45
    )
    yield "lr.lambda", rates(
        lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (t + 2)), 5
    )
    yield "lr.plateau", rates(
        lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1, cooldown=1),
        len(METRICS),
        METRICS,
    )


def main():
    path = pathlib.Path(__file__).with_name("optim.txt")
    with path.open("w") as file:
        for name, values in lines():
            assert all(map(math.isfinite, values)), name
            print(name, *(f"{v:.17g}" for v in values), file=file)


if __name__ == "__main__":
    main()
