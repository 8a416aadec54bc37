"""Writes recurrent.txt: recurrent layers, cells and packed sequences in PyTorch
2.13; see cases.py. tests/nn/recurrent_test.cpp has the same table.

A layer's inputs are x, h, for an LSTM c, and all parameters as one vector; its
result is y, h and c one after the other. Run: python3 make_recurrent.py
"""

import math

import torch
from torch import nn
from torch.nn.utils import rnn

from cases import Cases, ramp

OPS = {"tanh": torch.rnn_tanh, "relu": torch.rnn_relu, "gru": torch.gru}
CELLS = {
    "tanh": torch.rnn_tanh_cell,
    "relu": torch.rnn_relu_cell,
    "gru": torch.gru_cell,
    "lstm": torch.lstm_cell,
}
GATES = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}

# name, cell, steps, samples, layers, projection, bidirectional, bias,
# batch first, the sizes of the steps if packed.
LAYERS = [
    ("tanh", "tanh", 3, 2, 1, 0, False, True, False, None),
    ("tanh_deep", "tanh", 2, 2, 2, 0, True, True, True, None),
    ("relu", "relu", 3, 2, 1, 0, False, False, False, None),
    ("relu_packed", "relu", 3, 3, 1, 0, True, True, False, [3, 2, 1]),
    ("gru", "gru", 3, 2, 1, 0, False, True, False, None),
    ("gru_one", "gru", 2, 1, 1, 0, False, False, True, None),
    ("gru_deep", "gru", 2, 2, 2, 0, True, True, False, None),
    ("gru_packed", "gru", 3, 3, 1, 0, False, True, False, [3, 3, 1]),
    ("gru_packed_deep", "gru", 3, 2, 2, 0, True, False, False, [2, 1, 1]),
    ("lstm", "lstm", 3, 2, 1, 0, False, True, False, None),
    ("lstm_one", "lstm", 1, 1, 1, 0, True, True, True, None),
    ("lstm_deep", "lstm", 2, 2, 2, 0, True, False, False, None),
    ("lstm_packed", "lstm", 3, 3, 1, 0, True, True, False, [3, 2, 1]),
    ("lstm_projected", "lstm", 3, 2, 1, 2, False, True, False, None),
    ("lstm_projected_deep", "lstm", 2, 2, 2, 1, True, True, True, None),
    ("lstm_projected_packed", "lstm", 3, 2, 1, 2, True, False, False, [2, 2, 1]),
]
FEATURES, HIDDEN = 2, 3


def split(vector, shapes):
    parts = vector.split([math.prod(s) for s in shapes])
    return [p.view(s) for p, s in zip(parts, shapes)]


def shapes_of(cell, layers, projection, bidirectional, bias):
    gates, width = GATES[cell] * HIDDEN, projection or HIDDEN
    directions = 2 if bidirectional else 1
    shapes = []
    for layer in range(layers):
        features = FEATURES if layer == 0 else directions * width
        for _ in range(directions):
            shapes += [(gates, features), (gates, width)]
            shapes += [(gates,), (gates,)] if bias else []
            shapes += [(width, HIDDEN)] if projection else []
    return shapes


def add_layer(cases, name, cell, steps, samples, layers, projection, bidirectional, bias, batch_first, sizes):
    shapes = shapes_of(cell, layers, projection, bidirectional, bias)
    all_layers = layers * (2 if bidirectional else 1)
    rest = (bias, layers, 0.0, False, bidirectional)

    def function(x, *states_and_weights):
        *states, weights = states_and_weights
        weights = split(weights, shapes)
        op = torch.lstm if cell == "lstm" else OPS[cell]
        hx = states if cell == "lstm" else states[0]
        if sizes:
            results = op(x, torch.tensor(sizes), hx, weights, *rest)
        else:
            results = op(x, hx, weights, *rest, batch_first)
        return torch.cat([r.flatten() for r in results])

    x = ramp(sum(sizes), FEATURES) if sizes else ramp(samples, steps, FEATURES) if batch_first else ramp(steps, samples, FEATURES)
    states = [ramp(all_layers, samples, projection or HIDDEN, start=5)]
    if cell == "lstm":
        states.append(ramp(all_layers, samples, HIDDEN, start=9))
    weights = ramp(sum(math.prod(s) for s in shapes), start=2) * 0.5
    cases.add(name, function, x, *states, weights)


def add_cell(cases, cell, bias):
    gates = GATES[cell] * HIDDEN
    shapes = [(gates, FEATURES), (gates, HIDDEN)] + ([(gates,), (gates,)] if bias else [])

    def function(x, *states_and_weights):
        *states, weights = states_and_weights
        hx = states if cell == "lstm" else states[0]
        results = CELLS[cell](x, hx, *split(weights, shapes))
        return torch.cat([r.flatten() for r in results]) if cell == "lstm" else results

    states = [ramp(2, HIDDEN, start=5)] + ([ramp(2, HIDDEN, start=9)] if cell == "lstm" else [])
    weights = ramp(sum(math.prod(s) for s in shapes), start=2) * 0.5
    cases.add(f"{cell}_cell" + ("" if bias else "_no_bias"), function, ramp(2, FEATURES), *states, weights)


def add_packing(cases):
    lengths = torch.tensor([3, 2, 2])
    for first in [False, True]:
        shape = (3, 4, 2) if first else (4, 3, 2)
        suffix = "_first" if first else ""
        cases.add("pack" + suffix, lambda x: torch._pack_padded_sequence(x, lengths, first)[0], ramp(*shape))
        cases.add(
            "pad" + suffix,
            lambda x: torch._pad_packed_sequence(x, torch.tensor([3, 3, 1]), first, 0.5, 4)[0],
            ramp(7, 2),
        )
    for side in ["left", "right"]:
        cases.add(
            "pad_sequence_" + side,
            lambda a, b: rnn.pad_sequence([a, b], True, -1.5, side),
            ramp(2, 2),
            ramp(3, 2, start=3),
        )


# What the random numbers make: initial parameters, and dropout between layers.
def add_drawn(cases):
    nets = {
        "rnn": lambda: nn.RNN(2, 3, num_layers=2, bidirectional=True),
        "lstm": lambda: nn.LSTM(2, 3, num_layers=2, proj_size=2),
        "gru": lambda: nn.GRU(2, 3, bias=False),
        "rnn_cell": lambda: nn.RNNCell(2, 3),
        "lstm_cell": lambda: nn.LSTMCell(2, 3, bias=False),
        "gru_cell": lambda: nn.GRUCell(2, 3),
    }
    for name, make in nets.items():
        torch.manual_seed(7)
        net = make()
        cases.write(f"start.{name}", torch.cat([p.flatten() for p in net.parameters()]))
    x = ramp(4, 3, 2).float()
    torch.manual_seed(7)
    lstm = nn.LSTM(2, 3, num_layers=3, dropout=0.4, bidirectional=True)
    cases.write("dropout.lstm", lstm(x)[0])
    torch.manual_seed(7)
    gru = nn.GRU(2, 3, num_layers=2, dropout=0.4, batch_first=True)
    cases.write("dropout.gru", gru(x)[0])
    packed = rnn.pack_padded_sequence(x, torch.tensor([2, 4, 1]), enforce_sorted=False)
    y, h = gru(packed)
    cases.write("dropout.packed", rnn.pad_packed_sequence(y)[0])
    cases.write("dropout.packed_state", h)


def main():
    cases = Cases("recurrent.txt")
    for row in LAYERS:
        add_layer(cases, *row)
    for cell in CELLS:
        for bias in [True, False]:
            add_cell(cases, cell, bias)
    add_packing(cases)
    add_drawn(cases)
    cases.save()


if __name__ == "__main__":
    main()
