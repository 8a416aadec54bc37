"""Writes network_training.txt: forty steps of training recurrent and
convolutional nets in PyTorch 2.13, as make_training.py.
tests/parity/network_training_test.cpp runs the same programs. Lines:
    case NET DTYPE SEED
    loss    the 40 losses
    NAME    of each parameter and buffer: first, middle and last element and
            the mean magnitude
Run: python3 make_network_training.py
"""

import pathlib

import torch
from torch import nn, optim
from torch.nn.utils import rnn

from make_training import BATCH, SAMPLES, STEPS, summary

LENGTH, FEATURES, CLASSES, SIDE = 10, 5, 4, 12


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


class Images(nn.Module):
    """A small convolutional net with batch normalisation and dropout."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(2, 6, 3, padding=1, bias=False),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout2d(0.2),
            nn.Conv2d(6, 8, 3, stride=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(32, CLASSES),
        )

    def forward(self, x, lengths):
        return self.body(x)


class UNet(nn.Module):
    """Down, up, and beside what was there before: an image of an image."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.deep = nn.Conv2d(4, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.output = nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, x, lengths):
        wide = torch.relu(self.norm(self.inner(x)))
        deep = torch.relu(self.deep(nn.functional.max_pool2d(wide, 2)))
        return self.output(torch.cat([self.up(deep), wide], 1))


NETS = {"series": Series, "packed": Packed, "images": Images, "unet": UNet}


def run(net, dtype, seed):
    torch.manual_seed(seed)
    model = NETS[net]().to(dtype)
    if net in ("images", "unet"):
        x = torch.randn(SAMPLES, 2, SIDE, SIDE, dtype=dtype)
    else:
        x = torch.randn(SAMPLES, LENGTH, FEATURES, dtype=dtype)
    lengths = torch.randint(1, LENGTH + 1, (SAMPLES,))
    sizes = [SAMPLES, 1] + ([SIDE, SIDE] if net == "unet" else [])
    number = torch.randn(*sizes, dtype=dtype)
    label = torch.randint(CLASSES, (SAMPLES,))
    classifies = net in ("packed", "images")
    target = label if classifies else number
    criterion = nn.CrossEntropyLoss() if classifies else nn.MSELoss()
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
    path = pathlib.Path(__file__).with_name("network_training.txt")
    types = {"float": torch.float32, "double": torch.float64}
    with path.open("w") as file:
        for net in NETS:
            for dtype in types:
                for seed in [0, 42]:
                    print("case", net, dtype, seed, file=file)
                    for name, values in run(net, types[dtype], seed):
                        print(name, *(f"{v:.9g}" for v in values), file=file)


if __name__ == "__main__":
    main()
