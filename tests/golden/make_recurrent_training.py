"""Writes recurrent_training.txt: forty steps of training recurrent nets in
PyTorch 2.13, as make_training.py. tests/parity/recurrent_training_test.cpp runs
the same programs. Lines:
    case NET DTYPE SEED
    loss    the 40 losses
    NAME    of each parameter: first, middle and last element and the mean
            magnitude
Run: python3 make_recurrent_training.py
"""

import pathlib

import torch
from torch import nn, optim
from torch.nn.utils import rnn

from make_training import BATCH, SAMPLES, STEPS, summary

LENGTH, FEATURES, CLASSES = 10, 5, 4


class Series(nn.Module):
    """Two layers of LSTM with dropout; the last step says the number."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(FEATURES, 12, num_layers=2, dropout=0.2, batch_first=True)
        self.output = nn.Linear(12, 1)

    def forward(self, x, lengths):
        return self.output(self.lstm(x)[0][:, -1])


class Packed(nn.Module):
    """A GRU in both directions over sequences of any length."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(FEATURES, 8, batch_first=True, bidirectional=True)
        self.output = nn.Linear(16, CLASSES)

    def forward(self, x, lengths):
        packed = rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
        state = self.gru(packed)[1]
        return self.output(torch.cat([state[0], state[1]], 1))


def run(net, dtype, seed):
    torch.manual_seed(seed)
    model = (Series() if net == "series" else Packed()).to(dtype)
    x = torch.randn(SAMPLES, LENGTH, FEATURES, dtype=dtype)
    lengths = torch.randint(1, LENGTH + 1, (SAMPLES,))
    number = torch.randn(SAMPLES, 1, dtype=dtype)
    label = torch.randint(CLASSES, (SAMPLES,))
    target = number if net == "series" else label
    criterion = nn.MSELoss() if net == "series" else nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    losses = []
    while len(losses) < STEPS:
        for batch in torch.randperm(SAMPLES).split(BATCH):
            optimizer.zero_grad()
            loss = criterion(model(x[batch], lengths[batch]), target[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    yield "loss", losses
    for name, value in model.state_dict().items():
        yield name, summary(value)


def main():
    path = pathlib.Path(__file__).with_name("recurrent_training.txt")
    types = {"float": torch.float32, "double": torch.float64}
    with path.open("w") as file:
        for net in ["series", "packed"]:
            for dtype in types:
                for seed in [0, 42]:
                    print("case", net, dtype, seed, file=file)
                    for name, values in run(net, types[dtype], seed):
                        print(name, *(f"{v:.9g}" for v in values), file=file)


if __name__ == "__main__":
    main()
