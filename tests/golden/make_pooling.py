"""Writes pooling.txt: PyTorch's pooling, padding, fold and unfold.

Values, gradients and gradients of these as in cases.py; "name.i" are the
indices of maxima. Run: python3 make_pooling.py
"""

import torch
import torch.nn.functional as F

from cases import Cases, ramp

cases = Cases("pooling.txt")


def maxima(name, function, x):
    """Cases of a function that returns indices too."""
    cases.add(name, lambda v: function(v)[0], x)
    cases.write(f"{name}.i", function(x)[1])


X1 = ramp(2, 2, 9)
X2 = ramp(2, 2, 6, 7)
X3 = ramp(1, 2, 4, 5, 6)

maxima("max1", lambda x: F.max_pool1d(x, 2, return_indices=True), X1)
maxima("max1_all", lambda x: F.max_pool1d(x, 3, 2, 1, 2, True, True), X1)
maxima("max1_unbatched", lambda x: F.max_pool1d(x, 2, 1, return_indices=True), X1[0])
maxima("max2", lambda x: F.max_pool2d(x, 2, return_indices=True), X2)
maxima("max2_overlap", lambda x: F.max_pool2d(x, 3, 1, 1, return_indices=True), X2)
maxima(
    "max2_all",
    lambda x: F.max_pool2d(x, (2, 3), (2, 1), (1, 0), (1, 2), True, True),
    X2,
)
maxima("max2_stride3", lambda x: F.max_pool2d(x, 4, 3, 2, return_indices=True), X2)
maxima("max3", lambda x: F.max_pool3d(x, 2, return_indices=True), X3)
maxima(
    "max3_all",
    lambda x: F.max_pool3d(x, (2, 3, 2), (1, 2, 3), (1, 1, 0), (1, 1, 2), True, True),
    X3,
)
cases.add("avg1", lambda x: F.avg_pool1d(x, 3, 2, 1, True), X1)
cases.add("avg1_bare", lambda x: F.avg_pool1d(x, 3, 2, 1, True, False), X1)
cases.add("avg2", lambda x: F.avg_pool2d(x, 2), X2)
cases.add("avg2_overlap", lambda x: F.avg_pool2d(x, 3, 1, 1), X2)
cases.add("avg2_all", lambda x: F.avg_pool2d(x, (2, 3), (3, 2), (1, 1), True), X2)
cases.add("avg2_bare", lambda x: F.avg_pool2d(x, 3, 2, 1, True, False), X2)
cases.add("avg2_divisor", lambda x: F.avg_pool2d(x, 3, 2, 1, divisor_override=5), X2)
cases.add("avg2_unbatched", lambda x: F.avg_pool2d(x, 2, 1), X2[0])
cases.add("avg3", lambda x: F.avg_pool3d(x, 2), X3)
cases.add(
    "avg3_bare", lambda x: F.avg_pool3d(x, (2, 3, 3), 2, (1, 1, 0), True, False), X3
)
cases.add("avg3_divisor", lambda x: F.avg_pool3d(x, 2, 1, divisor_override=-3), X3)
cases.add("adaptive_avg1", lambda x: F.adaptive_avg_pool1d(x, 4), X1)
cases.add("adaptive_avg2", lambda x: F.adaptive_avg_pool2d(x, (4, 3)), X2)
cases.add("adaptive_avg2_larger", lambda x: F.adaptive_avg_pool2d(x, (9, 7)), X2)
cases.add("adaptive_avg2_one", lambda x: F.adaptive_avg_pool2d(x, 1), X2)
cases.add("adaptive_avg2_none", lambda x: F.adaptive_avg_pool2d(x, (3, None)), X2)
cases.add("adaptive_avg3", lambda x: F.adaptive_avg_pool3d(x, (2, 3, 5)), X3)
maxima("adaptive_max1", lambda x: F.adaptive_max_pool1d(x, 4, True), X1)
maxima("adaptive_max2", lambda x: F.adaptive_max_pool2d(x, (4, 3), True), X2)
maxima("adaptive_max2_none", lambda x: F.adaptive_max_pool2d(x, (None, 2), True), X2)
maxima("adaptive_max3", lambda x: F.adaptive_max_pool3d(x, (2, 3, 5), True), X3)
cases.add("lp1", lambda x: F.lp_pool1d(x.abs(), 3, 2), X1)
cases.add("lp2", lambda x: F.lp_pool2d(x.abs(), 1.5, (2, 3), 2, True), X2)
cases.add("lp2_signed", lambda x: F.lp_pool2d(x, 2, 2), X2)
cases.add("lp3", lambda x: F.lp_pool3d(x, 2, 2, 1), X3)

S2 = (ramp(2, 2, 2) + 1.7) / 4
S3 = (ramp(1, 2, 3) + 1.7) / 4
fractional2 = lambda x: torch.ops.aten.fractional_max_pool2d(x, [2, 3], [3, 4], S2)
fractional3 = lambda x: torch.ops.aten.fractional_max_pool3d(x, [2] * 3, [2, 3, 1], S3)
maxima("fractional2", fractional2, X2)
maxima("fractional3", fractional3, X3)
for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
    name = str(dtype).split(".")[1]
    torch.manual_seed(7)
    x2, x3 = ramp(2, 2, 12, 15).to(dtype), ramp(2, 8, 9, 10).to(dtype)
    y, i = F.fractional_max_pool2d(x2, 2, output_ratio=(0.6, 0.6), return_indices=True)
    cases.write(f"fractional2_{name}.i", i)
    y, i = F.fractional_max_pool3d(x3, 2, output_size=(3, 4, 5), return_indices=True)
    cases.write(f"fractional3_{name}.i", i)

I1 = F.max_pool1d(X1, 2, return_indices=True)[1]
I2 = F.max_pool2d(X2, 2, return_indices=True)[1]
I3 = F.max_pool3d(X3, 2, return_indices=True)[1]
cases.add("unpool1", lambda x: F.max_unpool1d(x, I1, 2), ramp(2, 2, 4))
cases.add(
    "unpool2", lambda x: F.max_unpool2d(x, I2, 2, output_size=(6, 7)), ramp(2, 2, 3, 3)
)
cases.add("unpool3", lambda x: F.max_unpool3d(x, I3, 2, output_size=(4, 5, 6)), ramp(1, 2, 2, 2, 3))

for mode in ("reflect", "replicate", "circular", "constant"):
    cases.add(f"{mode}1", lambda x: F.pad(x, (2, 3), mode), X1)
    cases.add(f"{mode}2", lambda x: F.pad(x, (2, 1, 0, 3), mode), X2[:, :1])
    cases.add(f"{mode}3", lambda x: F.pad(x, (1, 2, 2, 1, 0, 2), mode), X3[:, 0])

X4 = X2[:1]
cases.add("unfold", lambda x: F.unfold(x, 2), X4)
cases.add("unfold_all", lambda x: F.unfold(x, (2, 3), (2, 1), (1, 2), (1, 2)), X4)
cases.add("fold", lambda x: F.fold(x, (4, 5), 2), ramp(2, 8, 12))
cases.add(
    "fold_all",
    lambda x: F.fold(x, (6, 7), (2, 3), (2, 1), (1, 2), (1, 2)),
    ramp(12, 30),
)

cases.save()
