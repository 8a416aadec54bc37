"""Writes nn.txt: PyTorch's numbers for layers, losses and initialisers.

Lines "name value ...": outputs and gradients in float32. Lines "hash name seed
word ...": the 32-bit FNV-1a hash of the bits of each parameter, in order of
construction after manual_seed(seed). Run: python3 make_nn.py
"""

import math
import pathlib

import torch
from torch import nn
import torch.nn.functional as F

SEEDS = [0, 1, 42, 2**32 + 5, 2**40 + 17, 2**63 - 1, -7]
lines = []


def ramp(*sizes):
    """Irregular numbers from -1.6 to 1.9, exact in float32, none of them 0."""
    i = torch.arange(math.prod(sizes))
    return (((i * 7 + 3) % 13 - 6) * 0.25 + (i % 8) * 0.03125 + 0.015625).view(sizes)


def write(name, x):
    values = x.detach().double().flatten().tolist()
    lines.append(" ".join([name] + [f"{v:.9g}" for v in values]))


def record(name, function, *inputs):
    """Writes y and the gradients of sum(y * ramp) by the inputs."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = function(*leaves)
    write(f"{name}.y", y)
    (y * ramp(*y.shape)).sum().backward()
    for i, leaf in enumerate(leaves):
        write(f"{name}.g{i}", leaf.grad)


def fnv(x):
    h = 2166136261
    for byte in x.detach().contiguous().numpy().tobytes():
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    return f"{h:08x}"


def hashes(name, make):
    for seed in SEEDS:
        for dtype in (torch.float32, torch.float64):
            torch.set_default_dtype(dtype)
            torch.manual_seed(seed)
            tensors = make()
            short = "float" if dtype == torch.float32 else "double"
            words = [fnv(x) for x in tensors]
            unsigned = seed % 2**64
            lines.append(" ".join(["hash", f"{short}.{name}", str(unsigned)] + words))
    torch.set_default_dtype(torch.float32)


def layers(*make):
    return lambda: [p for m in make for p in m().parameters()]


def filled(*sizes_and_init):
    *sizes, init = sizes_and_init
    return lambda: [init(torch.empty(*sizes))]


hashes("linear_3_2", layers(lambda: nn.Linear(3, 2)))
hashes("linear_20_30_no_bias", layers(lambda: nn.Linear(20, 30, bias=False)))
hashes("bilinear_2_3_4", layers(lambda: nn.Bilinear(2, 3, 4)))
hashes("conv1d", layers(lambda: nn.Conv1d(4, 6, 3, groups=2)))
hashes("conv2d", layers(lambda: nn.Conv2d(3, 5, 3)))
hashes("conv3d_no_bias", layers(lambda: nn.Conv3d(2, 3, (1, 2, 3), bias=False)))
hashes("conv_transpose2d", layers(lambda: nn.ConvTranspose2d(4, 6, (2, 3))))
hashes("embedding_5_7", layers(lambda: nn.Embedding(5, 7)))
hashes("embedding_padding", layers(lambda: nn.Embedding(4, 3, padding_idx=-2)))
hashes(
    "net",
    layers(
        lambda: nn.Linear(7, 9),
        lambda: nn.BatchNorm1d(9),
        lambda: nn.Embedding(3, 5),
        lambda: nn.PReLU(),
        lambda: nn.LayerNorm([4]),
        lambda: nn.Linear(9, 3),
        lambda: nn.GroupNorm(2, 4),
        lambda: nn.Bilinear(1, 2, 3),
        lambda: nn.Linear(2, 1),
    ),
)
I = nn.init
hashes("uniform_", filled(3, 7, lambda t: I.uniform_(t, -0.3, 1.7)))
hashes("normal_", filled(5, 7, lambda t: I.normal_(t, 0.25, 0.75)))
hashes("xavier_uniform_", filled(5, 3, lambda t: I.xavier_uniform_(t, 1.5)))
hashes("xavier_normal_", filled(5, 3, 2, lambda t: I.xavier_normal_(t, 0.5)))
hashes("kaiming_uniform_", filled(5, 3, lambda t: I.kaiming_uniform_(t, 0.3)))
hashes(
    "kaiming_uniform_fan_out_tanh",
    filled(5, 3, 4, lambda t: I.kaiming_uniform_(t, 0, "fan_out", "tanh")),
)
hashes(
    "kaiming_normal_relu",
    filled(4, 6, lambda t: I.kaiming_normal_(t, nonlinearity="relu")),
)
hashes("kaiming_normal_fan_out", filled(4, 6, lambda t: I.kaiming_normal_(t, 1, "fan_out")))
hashes("sparse_", filled(7, 4, lambda t: I.sparse_(t, 0.3, 0.5)))
for shape in ((4, 4), (5, 3), (2, 3, 2)):
    for seed in SEEDS[2:4]:
        torch.manual_seed(seed)
        size = "_".join(map(str, shape))
        write(f"orthogonal_.{size}.{seed}", I.orthogonal_(torch.empty(shape), 1.5))

x = ramp(3, 4)
for name, function in {
    "relu": F.relu,
    "relu6": lambda v: F.relu6(v * 4),
    "hardtanh": lambda v: F.hardtanh(v, -0.5, 0.75),
    "leaky_relu": F.leaky_relu,
    "leaky_relu_0.2": lambda v: F.leaky_relu(v, 0.2),
    "elu": F.elu,
    "elu_0.7": lambda v: F.elu(v, 0.7),
    "celu": lambda v: F.celu(v, 1.3),
    "selu": F.selu,
    "threshold": lambda v: F.threshold(v, 0.3, 2.0),
    "gelu": F.gelu,
    "gelu_tanh": lambda v: F.gelu(v, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "hardswish": lambda v: F.hardswish(v * 2),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "log_sigmoid": F.logsigmoid,
    "tanhshrink": F.tanhshrink,
    "softplus": F.softplus,
    "softplus_2_1": lambda v: F.softplus(v, 2, 1),
    "softsign": F.softsign,
    "hardshrink": F.hardshrink,
    "softshrink": F.softshrink,
    "glu": F.glu,
    "softmax": lambda v: F.softmax(v, 1),
    "softmin": lambda v: F.softmin(v, 0),
    "log_softmax": lambda v: F.log_softmax(v, 1),
    "normalize": F.normalize,
}.items():
    record(name, function, x)
record("prelu_1", F.prelu, x, torch.tensor([0.3]))
record("prelu_4", F.prelu, x, ramp(4))
record("linear", F.linear, x, ramp(2, 4), ramp(2))
record("bilinear", F.bilinear, x, ramp(3, 2), ramp(5, 4, 2), ramp(5))
record("cosine_similarity", lambda a, b: F.cosine_similarity(a, b), x, ramp(3, 4).flip(0))
record("pairwise_distance", lambda a, b: F.pairwise_distance(a, b), x, ramp(3, 4).flip(0))

index = torch.tensor([[0, 2, 2], [1, 0, 2]])
record("embedding", lambda w: F.embedding(index, w), ramp(4, 3))
record("embedding_padding", lambda w: F.embedding(index, w, padding_idx=2), ramp(4, 3))
record(
    "embedding_frequency",
    lambda w: F.embedding(index, w, scale_grad_by_freq=True),
    ramp(4, 3),
)
short = ramp(4, 3)
write("embedding_max_norm.y", F.embedding(index, short, max_norm=1.0))
write("embedding_max_norm.weight", short)

t = ramp(3, 4).flip(0) * 0.5
classes = torch.tensor([1, 3, 0])
ignoring = torch.tensor([1, -100, 0])
w4 = torch.tensor([0.5, 2.0, 1.25, 0.75])
log_p = ramp(3, 4) - 2
p = torch.sigmoid(ramp(3, 4))
q = torch.sigmoid(t)
signs = torch.tensor([1.0, -1.0, 1.0])
images = ramp(2, 4, 3)
pixels = torch.tensor([[0, 3, 1], [2, 2, -100]])
for r in ("none", "mean", "sum"):
    record(f"mse.{r}", lambda a, b: F.mse_loss(a, b, reduction=r), x, t)
    record(f"l1.{r}", lambda a, b: F.l1_loss(a, b, reduction=r), x, t)
    record(f"smooth_l1.{r}", lambda a, b: F.smooth_l1_loss(a, b, reduction=r, beta=0.6), x, t)
    record(f"huber.{r}", lambda a, b: F.huber_loss(a, b, reduction=r, delta=0.7), x, t)
    record(f"nll.{r}", lambda a: F.nll_loss(a, classes, reduction=r), log_p)
    record(f"nll_weight.{r}", lambda a: F.nll_loss(a, ignoring, w4, reduction=r), log_p)
    record(f"ce.{r}", lambda a: F.cross_entropy(a, classes, reduction=r), x)
    record(f"ce_weight.{r}", lambda a: F.cross_entropy(a, ignoring, w4, reduction=r), x)
    record(
        f"ce_smooth.{r}",
        lambda a: F.cross_entropy(a, ignoring, reduction=r, label_smoothing=0.2),
        x,
    )
    record(
        f"ce_weight_smooth.{r}",
        lambda a: F.cross_entropy(a, ignoring, w4, reduction=r, label_smoothing=0.2),
        x,
    )
    record(f"ce_soft.{r}", lambda a, b: F.cross_entropy(a, b, w4, reduction=r), x, q)
    record(f"ce_images.{r}", lambda a: F.cross_entropy(a, pixels, w4, reduction=r), images)
    record(f"bce.{r}", lambda a: F.binary_cross_entropy(a, q, w4, reduction=r), p)
    record(
        f"bce_logits.{r}",
        lambda a: F.binary_cross_entropy_with_logits(a, q, w4, reduction=r, pos_weight=w4 * 2),
        x,
    )
    record(f"kl.{r}", lambda a: F.kl_div(a, q, reduction=r), log_p)
    record(f"soft_margin.{r}", lambda a: F.soft_margin_loss(a, t.sign(), reduction=r), x)
    record(
        f"hinge.{r}",
        lambda a: F.hinge_embedding_loss(a, t.sign(), reduction=r, margin=0.8),
        x,
    )
    record(
        f"cosine_embedding.{r}",
        lambda a, b: F.cosine_embedding_loss(a, b, signs, 0.1, reduction=r),
        x,
        t,
    )
    record(
        f"margin_ranking.{r}",
        lambda a, b: F.margin_ranking_loss(a, b, t.sign(), 0.3, reduction=r),
        x,
        t,
    )
record("kl.batchmean", lambda a: F.kl_div(a, q, reduction="batchmean"), log_p)
record("kl.log_target", lambda a, b: F.kl_div(a, b, log_target=True), log_p, log_p.flip(0))


def norm(name, layer, shape):
    """Three batches in training, the statistics, then one in evaluation."""
    with torch.no_grad():
        if getattr(layer, "weight", None) is not None:
            layer.weight.copy_(ramp(*layer.weight.shape) + 2)
            layer.bias.copy_(ramp(*layer.bias.shape))
    for step in range(3):
        batch = (ramp(*shape) * (step + 1) + step).requires_grad_()
        layer.zero_grad()
        y = layer(batch)
        (y * ramp(*y.shape)).sum().backward()
    write(f"{name}.y", y)
    write(f"{name}.gx", batch.grad)
    for parameter, value in layer.named_parameters():
        write(f"{name}.g_{parameter}", value.grad)
    for buffer, value in layer.named_buffers():
        write(f"{name}.{buffer}", value)
    layer.eval()
    write(f"{name}.eval", layer(ramp(*shape)))


norm("bn1", nn.BatchNorm1d(3), (4, 3))
norm("bn1_length", nn.BatchNorm1d(3, eps=1e-3, momentum=0.3), (2, 3, 4))
norm("bn1_average", nn.BatchNorm1d(3, momentum=None), (4, 3))
norm("bn1_plain", nn.BatchNorm1d(3, affine=False), (4, 3))
norm("bn1_untracked", nn.BatchNorm1d(3, track_running_stats=False), (4, 3))
norm("bn2", nn.BatchNorm2d(2), (2, 2, 2, 3))
norm("bn3", nn.BatchNorm3d(2), (2, 2, 1, 2, 2))
norm("in1", nn.InstanceNorm1d(3), (2, 3, 4))
norm("in2_tracked", nn.InstanceNorm2d(2, affine=True, track_running_stats=True), (2, 2, 2, 3))
norm("ln", nn.LayerNorm([4]), (3, 4))
norm("ln_2d", nn.LayerNorm([2, 3], eps=1e-3), (2, 2, 3))
norm("gn", nn.GroupNorm(2, 4), (2, 4, 3))
norm("gn_plain", nn.GroupNorm(3, 3, affine=False), (2, 3, 2))


def dropped(name, layer, shape):
    for seed in SEEDS[:4]:
        torch.manual_seed(seed)
        torch.set_default_dtype(torch.float32)
        words = [fnv(layer(ramp(*shape)))]
        lines.append(" ".join(["hash", f"float.{name}", str(seed)] + words))


dropped("dropout", nn.Dropout(0.3), (5, 7))
dropped("dropout2d", nn.Dropout2d(0.4), (3, 5, 2, 2))
dropped("dropout3d", nn.Dropout3d(0.4), (3, 5, 1, 2, 2))

path = pathlib.Path(__file__).with_name("nn.txt")
path.write_text("\n".join(lines) + "\n")
