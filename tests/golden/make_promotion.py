"""Writes promotion.txt: the dtypes that PyTorch gives to mixed operands.

One line per operation and pair of operands: OP LEFT RIGHT RESULT, where an
operand is a dtype followed by "n" (a tensor with dims), "0" (a 0-d tensor) or
"s" (a number), and RESULT is a dtype or "error". Run with PyTorch 2.13:

    python3 tests/golden/make_promotion.py > tests/golden/promotion.txt
"""
import torch

DTYPES = {"float32": torch.float32, "float64": torch.float64,
          "int64": torch.int64, "bool": torch.bool}
NUMBERS = {"float64": 1.0, "int64": 1, "bool": True}


def operands():
    for name, dtype in DTYPES.items():
        yield name + ":n", torch.ones(2, dtype=dtype)
        yield name + ":0", torch.ones((), dtype=dtype)
    for name, value in NUMBERS.items():
        yield name + ":s", value


def where(a, b):
    return torch.where(torch.ones(2, dtype=torch.bool), a, b)


def clamp(a, b):
    if torch.is_tensor(b):
        raise RuntimeError("numbers only")
    return torch.clamp(a, b)


OPS = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div,
    "pow": torch.pow, "fmod": torch.fmod, "remainder": torch.remainder,
    "floor_divide": torch.floor_divide, "eq": torch.eq, "lt": torch.lt,
    "maximum": torch.maximum, "minimum": torch.minimum,
    "atan2": torch.atan2, "where": where, "clamp_min": clamp,
    "add_": lambda a, b: a.clone().add_(b),
    "sub_": lambda a, b: a.clone().sub_(b),
    "mul_": lambda a, b: a.clone().mul_(b),
    "div_": lambda a, b: a.clone().div_(b),
    "pow_": lambda a, b: a.clone().pow_(b),
    "fmod_": lambda a, b: a.clone().fmod_(b),
    "remainder_": lambda a, b: a.clone().remainder_(b),
    "copy_": lambda a, b: a.clone().copy_(b),
    "fill_": lambda a, b: a.clone().fill_(b),
}
TENSORS_ONLY = {"maximum", "minimum", "atan2", "copy_"}
# Left out because taper's C++ API, like LibTorch's, has no such overload.
NUMBER_LEFT = {"pow", "where"}

for op, function in OPS.items():
    for left, a in operands():
        for right, b in operands():
            if not torch.is_tensor(a) and (
                    op not in NUMBER_LEFT or not torch.is_tensor(b)):
                continue
            if not torch.is_tensor(b) and op in TENSORS_ONLY:
                continue
            if op == "clamp_min" and torch.is_tensor(b):
                continue
            if op == "fill_" and right.endswith(":n"):
                continue
            try:
                result = str(function(a, b).dtype).replace("torch.", "")
            except (RuntimeError, TypeError):
                result = "error"
            print(op, left, right, result)
