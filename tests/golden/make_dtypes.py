"""Writes dtypes.txt: what PyTorch computes in the dtypes that kernels convert.

One line per operation and dtype: OP DTYPE RESULT_DTYPE V V V ..., the elements
in row-major order, or OP DTYPE error. The operands x and y are the numbers
below as (2, 4) tensors of the dtype. Run with PyTorch 2.13:

    python3 tests/golden/make_dtypes.py > tests/golden/dtypes.txt
"""
import warnings

import torch
import torch.nn.functional as F

warnings.simplefilter("ignore")
DTYPES = ["int32", "int16", "int8", "uint8", "float16", "bfloat16"]
INTEGERS = [7, 0, 1, -3, 100, 25, -128, 127], [3, 2, -1, 4, 7, -5, 1, 2]
REALS = ([0.5, -1.25, 3, 0, 100, 1e-3, -7.75, 2],
         [2, -0.75, 1.5, 3, -4, 0.5, 1, -2])
INDEX = torch.tensor([[1, 0, 3, 2], [0, 0, 2, 1]])
MASK = torch.tensor([[True, False, True, True], [False, True, False, True]])

UNARY = """abs neg sign square reciprocal sqrt rsqrt exp exp2 expm1 log log2
log10 log1p sin cos tan asin acos atan sinh cosh tanh sigmoid erf erfc floor
ceil round trunc frac relu logical_not isnan isinf isfinite bitwise_not sum
mean prod max min amax amin argmax argmin any all var std count_nonzero
t flatten nonzero""".split()
BINARY = """add sub mul div maximum minimum fmod remainder floor_divide atan2
eq ne lt le gt ge logical_and logical_or logical_xor bitwise_and bitwise_or
bitwise_xor""".split()
CASTS = DTYPES + ["int64", "float32", "float64", "bool"]


def one_dim(f):
    return lambda x, y: f(x, 1)


def first(f):
    return lambda x, y: f(x, 1)[0]


def second(f):
    return lambda x, y: f(x, 1)[1]


def in_place(f):
    def run(x, y):
        x = x.clone()
        f(x, y)
        return x
    return run


def leaf(f):
    """The gradient of f(x, y) * y, summed, with respect to x."""
    def run(x, y):
        x = x.detach().clone().requires_grad_()
        (f(x, y) * y).sum().backward()
        return x.grad
    return run


OPS = {name: (lambda f: lambda x, y: f(x))(getattr(torch, name))
       for name in UNARY}
OPS |= {name: getattr(torch, name) for name in BINARY}
OPS |= {"to_" + name: (lambda t: lambda x, y: x.to(t))(getattr(torch, name))
        for name in CASTS}
OPS |= {
    "pow": lambda x, y: torch.pow(x, y.abs()),
    "add_alpha": lambda x, y: torch.add(x, y, alpha=3),
    "add_one": lambda x, y: x + 1,
    "add_half": lambda x, y: x + 0.5,
    "sub_300": lambda x, y: x - 300,
    "rsub": lambda x, y: 10 - x,
    "mul_3": lambda x, y: x * 3,
    "mul_tenth": lambda x, y: x * 0.1,
    "div_255": lambda x, y: x / 255,
    "div_floor": lambda x, y: torch.div(x, y, rounding_mode="floor"),
    "div_trunc": lambda x, y: torch.div(x, y, rounding_mode="trunc"),
    "pow_2": lambda x, y: x ** 2,
    "pow_3": lambda x, y: x ** 3,
    "pow_half": lambda x, y: x ** 0.5,
    "fmod_4": lambda x, y: x.fmod(4),
    "remainder_4": lambda x, y: x % 4,
    "floor_divide_4": lambda x, y: x // 4,
    "eq_7": lambda x, y: x == 7,
    "lt_half": lambda x, y: x < 0.5,
    "clamp": lambda x, y: x.clamp(1, 50),
    "clamp_half": lambda x, y: x.clamp(min=0.5),
    "clamp_tensor": lambda x, y: x.clamp(y, y + 10),
    "where": lambda x, y: torch.where(MASK, x, y),
    "where_number": lambda x, y: torch.where(MASK, x, 2),
    "masked_fill": lambda x, y: x.masked_fill(MASK, 9),
    "lerp": lambda x, y: x.lerp(y, 0.25),
    "addcmul": lambda x, y: x.addcmul(x, y, value=2),
    "addcdiv": lambda x, y: x.addcdiv(x, y),
    "mixed_float": lambda x, y: x + y.float(),
    "mixed_long": lambda x, y: x * y.long(),
    "mixed_bool": lambda x, y: x + MASK,
    "mixed_zero_dim": lambda x, y: x + torch.tensor(2.5),
    "sum_1": lambda x, y: x.sum(1),
    "sum_0": lambda x, y: x.sum(0),
    "sum_keep": lambda x, y: x.sum(1, keepdim=True),
    "sum_float": lambda x, y: x.sum(dtype=torch.float32),
    "sum_int8": lambda x, y: x.sum(dtype=torch.int8),
    "sum_t": lambda x, y: x.t().sum(0),
    "mean_1": lambda x, y: x.mean(1),
    "prod_1": lambda x, y: x.prod(1),
    "max_1": first(torch.max),
    "argmax_1": second(torch.max),
    "min_1": first(torch.min),
    "amax_0": lambda x, y: x.amax(0),
    "var_0": lambda x, y: x.var(0),
    "norm": lambda x, y: x.norm(),
    "norm_1": lambda x, y: x.norm(1),
    "logsumexp": one_dim(torch.logsumexp),
    "cumsum": one_dim(torch.cumsum),
    "cumprod": one_dim(torch.cumprod),
    "sort": first(torch.sort),
    "argsort": second(torch.sort),
    "topk": lambda x, y: x.topk(2)[0],
    "softmax": one_dim(torch.softmax),
    # In float32 first: PyTorch is off by three units in the last place.
    "log_softmax": lambda x, y: x.log_softmax(
        1, torch.float32 if x.is_floating_point() else None).to(x.dtype),
    "matmul": lambda x, y: x @ y.t(),
    "mv": lambda x, y: x @ y[0],
    "dot": lambda x, y: x[0] @ y[0],
    "bmm": lambda x, y: x.view(2, 2, 2) @ y.view(2, 2, 2),
    "addmm": lambda x, y: torch.addmm(y[:, :2], x, y.t()),
    "linear": lambda x, y: F.linear(x, y, y[0, :2]),
    "cat": lambda x, y: torch.cat([x, y], 1),
    "cat_mixed": lambda x, y: torch.cat([x, y.long()], 1),
    "stack": lambda x, y: torch.stack([x, y]),
    "transposed": lambda x, y: x.t() + y.t(),
    "strided": lambda x, y: x[:, ::2] * y[:, 1::2],
    "contiguous": lambda x, y: x.t().contiguous(),
    "flip": lambda x, y: x.flip(1),
    "tril": lambda x, y: x.tril(),
    "gather": lambda x, y: x.gather(1, INDEX),
    "scatter": lambda x, y: x.scatter(1, INDEX, y),
    "scatter_add": lambda x, y: x.scatter_add(1, INDEX, y),
    "index": lambda x, y: x[:, INDEX[1]],
    "index_select": lambda x, y: x.index_select(1, INDEX[0]),
    "index_add": lambda x, y: x.index_add(1, INDEX[1], y),
    "masked_select": lambda x, y: x[MASK],
    "repeat": lambda x, y: x.repeat(2, 1),
    "add_": in_place(lambda x, y: x.add_(y)),
    "add_long_": in_place(lambda x, y: x.add_(y.long())),
    "mul_": in_place(lambda x, y: x.mul_(y)),
    "div_": in_place(lambda x, y: x.div_(y)),
    "fill_": in_place(lambda x, y: x.fill_(3)),
    "fill_300_": in_place(lambda x, y: x.fill_(300)),
    "zero_": in_place(lambda x, y: x.zero_()),
    "copy_": in_place(lambda x, y: x.copy_(y.double() * 1.5)),
    "column_": in_place(lambda x, y: x[:, 1].add_(y[:, 0])),
    "index_put_": in_place(lambda x, y: x.index_put_((INDEX[0, :2],), y)),
    "exp_": in_place(lambda x, y: x.exp_()),
    "full": lambda x, y: torch.full((2,), 100, dtype=x.dtype),
    "full_70000": lambda x, y: torch.full((2,), 70000, dtype=x.dtype),
    "full_minus_1": lambda x, y: torch.full((2,), -1, dtype=x.dtype),
    "arange": lambda x, y: torch.arange(1, 20, 3, dtype=x.dtype),
    "arange_fraction": lambda x, y: torch.arange(0, 2, 0.3, dtype=x.dtype),
    "linspace": lambda x, y: torch.linspace(0, 10, 5, dtype=x.dtype),
    "eye": lambda x, y: torch.eye(2, dtype=x.dtype),
    "gelu": lambda x, y: F.gelu(x),
    "silu": lambda x, y: F.silu(x),
    "softplus": lambda x, y: F.softplus(x),
    "leaky_relu": lambda x, y: F.leaky_relu(x),
    "elu": lambda x, y: F.elu(x),
    "mse_loss": lambda x, y: F.mse_loss(x, y),
    "l1_loss": lambda x, y: F.l1_loss(x, y),
    "smooth_l1_loss": lambda x, y: F.smooth_l1_loss(x, y),
    "cross_entropy": lambda x, y: F.cross_entropy(x, torch.tensor([1, 3])),
    "layer_norm": lambda x, y: F.layer_norm(x, (4,), y[0], y[1]),
    "group_norm": lambda x, y: F.group_norm(x.view(1, 2, 4), 2),
    "grad_mul": leaf(lambda x, y: x * y),
    "grad_exp": leaf(lambda x, y: (x / 10).exp()),
    "grad_tanh": leaf(lambda x, y: x.tanh()),
    "grad_sum": leaf(lambda x, y: x.sum(1, keepdim=True)),
    "grad_softmax": leaf(lambda x, y: x.softmax(1)),
    "grad_matmul": leaf(lambda x, y: x @ y.t() @ y),
    "grad_to_float": leaf(lambda x, y: x.float().square()),
    "grad_twice": leaf(lambda x, y: x * x + x),
}


RANDOM = {
    "rand": lambda x: torch.rand(20, dtype=x.dtype),
    "randn": lambda x: torch.randn(5, dtype=x.dtype),
    "randn_blocks": lambda x: torch.randn(20, dtype=x.dtype),
    "randint": lambda x: torch.randint(3, 100, (8,), dtype=x.dtype),
    "randint_300": lambda x: torch.randint(300, (8,), dtype=x.dtype),
    "randperm": lambda x: torch.randperm(8, dtype=x.dtype),
    "random_": lambda x: x.random_(),
    "random_to_": lambda x: x.random_(50),
    "random_from_": lambda x: x.random_(5, None),
    "uniform_": lambda x: x.uniform_(-2, 3),
    "normal_": lambda x: x.normal_(1, 2),
    "bernoulli_": lambda x: x.bernoulli_(0.3),
    "exponential_": lambda x: x.exponential_(2),
    "log_normal_": lambda x: x.log_normal_(0, 1),
    "cauchy_": lambda x: x.cauchy_(),
    "geometric_": lambda x: x.geometric_(0.3),
    "dropout": lambda x: F.dropout(x + 1, 0.4),
    "rand_like": lambda x: torch.rand_like(x),
    "uniform_t_": lambda x: x.t().uniform_(-2, 3),
}


def seeded(f):
    def run(x, y):
        torch.manual_seed(5)
        return f(x.clone())
    return run


OPS |= {name: seeded(f) for name, f in RANDOM.items()}


def text(value):
    if value.dtype.is_floating_point:
        return " ".join(float(v).hex() for v in value.flatten().tolist())
    return " ".join(str(int(v)) for v in value.flatten().tolist())


# These take integers in taper, as if they were converted first.
OF_REALS = {"frac", "leaky_relu"}

# PyTorch's results in bfloat16 have lost digits: these are float64's, rounded.
LOST = {"gelu": lambda x, y: x * torch.erfc(x * -0.5 ** 0.5) / 2,
        "grad_softmax": OPS["grad_softmax"]}

for name, function in OPS.items():
    for dtype in DTYPES:
        kind = getattr(torch, dtype)
        if name in OF_REALS and not kind.is_floating_point:
            continue
        numbers = REALS if kind.is_floating_point else INTEGERS
        x, y = (torch.tensor(v).to(kind).view(2, 4) for v in numbers)
        lost = name in LOST and kind == torch.bfloat16
        try:
            result = (LOST[name](x.double(), y.double()).to(kind) if lost
                      else function(x, y))
            print(name, dtype, str(result.dtype)[6:], text(result))
        except (RuntimeError, TypeError, IndexError, AttributeError):
            print(name, dtype, "error")
