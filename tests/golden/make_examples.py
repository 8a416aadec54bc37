"""Writes examples.txt: what the notebook's cells print in PyTorch 2.13.

Each cell of CELLS runs after torch.manual_seed(seed) for every seed of SEEDS.
A case is
    case NAME SEED COUNT
and COUNT lines, each after a "|". Run: python3 make_examples.py
"""

import contextlib
import io
import pathlib

import torch

SEEDS = [0, 1, 2, 7, 42, 123, 1234, 2024, 4294967295, 4294967296, 4294967339]
SEEDS += [1234567890123, 9223372036854775807, 18446744073709551615, -1, -42]

IMPORTS = """
import torch
import torch.nn as nn
import torch.optim as optim
"""

L1_LASSO = """
model = nn.Linear(10, 1)
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)

inputs = torch.randn(32, 10)
targets = torch.randn(32, 1)

outputs = model(inputs)
base_loss = criterion(outputs, targets)
l1_norm = sum(p.abs().sum() for p in model.parameters())
loss = base_loss + 0.001 * l1_norm

optimizer.zero_grad()
loss.backward()
optimizer.step()
print("Base Loss:", base_loss.item())
print("L1 Regularized Total Loss:", loss.item())
"""

L2_WEIGHT_DECAY = """
model = nn.Linear(10, 1)
criterion = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=0.001, weight_decay=1e-5)

inputs = torch.randn(32, 10)
targets = torch.randn(32, 1)

outputs = model(inputs)
loss = criterion(outputs, targets)

optimizer.zero_grad()
loss.backward()
optimizer.step()
print("L2 Regularized Loss:", loss.item())
"""

DROPOUT = """
model = nn.Sequential(
    nn.Linear(784, 128), nn.ReLU(), nn.Dropout(p=0.5), nn.Linear(128, 10)
)
model.train()
inputs = torch.randn(32, 784)
outputs = model(inputs)

with torch.no_grad():
    hidden = model[:3](inputs)
print(hidden)
"""

BATCH_NORM = """
model = nn.Sequential(nn.Linear(20, 128), nn.BatchNorm1d(128))
inputs = torch.randn(32, 20)

before = model[0](inputs)
after = model(inputs)
print("Before BatchNorm")
print(f"Mean: {before.mean().item():.4f}")
print(f"Std:  {before.std().item():.4f}")
print("\\nAfter BatchNorm")
print(f"Mean: {after.mean().item():.4f}")
print(f"Std:  {after.std().item():.4f}")
"""

LAYER_NORM = """
inputs = torch.rand(4, 5, 8) * 5
layer_norm = nn.LayerNorm(8)
outputs = layer_norm(inputs)
print("Before LayerNorm (Sample 0)")
print(f"Mean: {inputs[0].mean().item():.4f}")
print(f"Std:  {inputs[0].std().item():.4f}")
print("\\nAfter LayerNorm (Sample 0)")
print(f"Mean: {outputs[0].mean().item():.4f}")
print(f"Std:  {outputs[0].std().item():.4f}")
"""

GROUP_NORM = """
inputs = torch.rand(4, 6, 5, 5) * 5
group_norm = nn.GroupNorm(3, 6)
outputs = group_norm(inputs)
before = inputs[0, :2, :, :]
after = outputs[0, :2, :, :]
print("Before GroupNorm (Sample 0, Group 0)")
print(f"Mean: {before.mean().item():.4f}")
print(f"Std:  {before.std().item():.4f}")
print("\\nAfter GroupNorm (Sample 0, Group 0)")
print(f"Mean: {after.mean().item():.4f}")
print(f"Std:  {after.std().item():.4f}")
"""

CELLS = {
    "l1_lasso": L1_LASSO,
    "l2_weight_decay": L2_WEIGHT_DECAY,
    "dropout": DROPOUT,
    "batch_norm": BATCH_NORM,
    "layer_norm": LAYER_NORM,
    "group_norm": GROUP_NORM,
}


def printed(cell, seed):
    names = {}
    exec(IMPORTS, names)
    torch.manual_seed(seed)
    with contextlib.redirect_stdout(io.StringIO()) as text:
        exec(cell, names)
    return text.getvalue().splitlines()


def main():
    path = pathlib.Path(__file__).with_name("examples.txt")
    with path.open("w") as file:
        for name, cell in CELLS.items():
            for seed in SEEDS:
                lines = printed(cell, seed)
                print("case", name, seed, len(lines), file=file)
                for line in lines:
                    print("|" + line, file=file)


if __name__ == "__main__":
    main()
