"""Writes promotion.txt: the dtypes that PyTorch gives to mixed operands.

The first line lists the operands: a dtype followed by "n" (a tensor with dims),
"0" (a 0-d tensor) or "s" (a number). Each other line, OP LEFT RESULT RESULT ...,
has the dtypes that OP gives with each of them on the right: "error" where
PyTorch throws, "-" where taper's C++ API, like LibTorch's, has no such overload.
Run with PyTorch 2.13:

    python3 tests/golden/make_promotion.py > tests/golden/promotion.txt
"""
import torch

DTYPES = {name: getattr(torch, name) for name in [
    "float32", "float64", "int64", "bool", "int32", "int16", "int8", "uint8",
    "float16", "bfloat16"]}
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
NUMBER_LEFT = {"pow", "where"}


def result(op, a, left, b, right):
    if not torch.is_tensor(a) and not torch.is_tensor(b):
        return "-"
    if not torch.is_tensor(b) and op in TENSORS_ONLY:
        return "-"
    if op == "clamp_min" and torch.is_tensor(b):
        return "-"
    if op == "fill_" and right.endswith(":n"):
        return "-"
    try:
        return str(OPS[op](a, b).dtype).replace("torch.", "")
    except (RuntimeError, TypeError):
        return "error"


print("operands", *(name for name, _ in operands()))
for op in OPS:
    for left, a in operands():
        if torch.is_tensor(a) or op in NUMBER_LEFT:
            print(op, left, *(result(op, a, left, b, right)
                              for right, b in operands()))
