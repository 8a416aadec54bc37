"""Writes resample.txt: PyTorch's numbers for resampling, grids and channels.

See cases.py for the lines. Run: python3 make_resample.py
"""

import itertools

import torch
import torch.nn.functional as F

from cases import Cases, ramp

cases = Cases("resample.txt")
MODES = {3: "linear", 4: "bilinear", 5: "trilinear"}


def name_of(*parts):
    return "_".join(str(p).replace("nearest-exact", "exact").replace(" ", "") for p in parts)


def interpolate(name, x, **options):
    cases.add(name, lambda t: F.interpolate(t, **options), x)


# Each number of dims: longer, shorter, some of both; by size and by scale.
SIZES = {3: [[7], [2]], 4: [[6, 8], [2, 3], [7, 2]], 5: [[4, 3, 2], [1, 2, 5]]}
SCALES = {3: [1.7], 4: [1.5, 0.6], 5: [1.5, 2.0, 0.7]}
INPUTS = {3: ramp(2, 2, 4), 4: ramp(1, 2, 3, 4), 5: ramp(1, 1, 2, 3, 4)}

for dims, x in INPUTS.items():
    names = ["nearest", "nearest-exact", "area", MODES[dims]]
    for mode in names + (["bicubic"] if dims == 4 else []):
        corners = [None] if mode in names[:3] else [False, True]
        for align in corners:
            short = "" if align is None else "corners" if align else "edges"
            for size in SIZES[dims]:
                options = {} if align is None else {"align_corners": align}
                interpolate(name_of(mode, dims, short, *size), x, size=size, mode=mode, **options)
            for again in [False, True]:
                interpolate(
                    name_of(mode, dims, short, "scale", int(again)),
                    x,
                    scale_factor=SCALES[dims],
                    mode=mode,
                    recompute_scale_factor=again,
                    **({} if align is None else {"align_corners": align}),
                )

# Lengths that stay the same are copied, whatever the scale.
for mode in ["linear", "nearest"]:
    interpolate(f"same_{mode}", ramp(1, 2, 4), scale_factor=1.2, mode=mode)
interpolate("same_bicubic", ramp(1, 1, 4, 4), scale_factor=[1.2, 1], mode="bicubic")
interpolate("twice_nearest", ramp(1, 1, 3, 4), scale_factor=[2.2, 1.2], mode="nearest")

long = ramp(1, 1, 5, 6)
for mode, size in itertools.product(["bilinear", "bicubic"], [[2, 3], [3, 9]]):
    for align in [False, True]:
        interpolate(
            name_of("aa", mode, int(align), *size),
            long,
            size=size,
            mode=mode,
            align_corners=align,
            antialias=True,
        )

# uint8: rounded after each dim.
bytes_ = (torch.arange(1 * 2 * 5 * 6) * 83 % 256).to(torch.uint8).view(1, 2, 5, 6)
for mode, smooth in itertools.product(["bilinear", "bicubic"], [False, True]):
    y = F.interpolate(bytes_, size=[3, 8], mode=mode, antialias=smooth)
    cases.write(f"bytes_{mode}_{int(smooth)}", y)

# Grids: places inside and outside.
def without_second(name, function, *inputs):
    """As Cases.add(), for what PyTorch differentiates only once."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = function(*leaves)
    cases.write(f"{name}.y", y)
    (y * ramp(*y.shape)).sum().backward()
    for i, leaf in enumerate(leaves):
        cases.write(f"{name}.g{i}", leaf.grad)


image = ramp(2, 2, 3, 4)
places = ramp(2, 2, 3, 2) * 0.81
volume = ramp(1, 2, 2, 3, 4)
spots = ramp(1, 1, 3, 2, 3) * 0.81
for mode, padding in itertools.product(
    ["bilinear", "nearest", "bicubic"], ["zeros", "border", "reflection"]
):
    for align in [False, True]:
        sample = lambda x, g: F.grid_sample(x, g, mode, padding, align)
        without_second(name_of("grid", mode, padding, int(align)), sample, image, places)
        if mode != "bicubic":
            without_second(name_of("grid3", mode, padding, int(align)), sample, volume, spots)

for align in [False, True]:
    cases.add(
        f"affine_{int(align)}",
        lambda t: F.affine_grid(t, [2, 1, 3, 4], align),
        ramp(2, 2, 3),
    )
    cases.add(
        f"affine3_{int(align)}",
        lambda t: F.affine_grid(t, [1, 1, 2, 1, 3], align),
        ramp(1, 3, 4),
    )

cases.add("pixel_shuffle", lambda t: F.pixel_shuffle(t, 2), ramp(2, 8, 2, 3))
cases.add("pixel_unshuffle", lambda t: F.pixel_unshuffle(t, 3), ramp(2, 3, 6))
cases.add("channel_shuffle", lambda t: torch.channel_shuffle(t, 3), ramp(2, 6, 2))

for size in [1, 2, 3, 7]:
    cases.add(
        f"response_{size}",
        lambda t: F.local_response_norm(t, size, alpha=0.5, beta=0.6, k=1.5),
        ramp(2, 5, 3),
    )


def cross_map(x, size, alpha, beta, k):
    """The value of nn.CrossMapLRN2d, whose own gradient is not that of it."""
    reach = (size - 1) // 2
    sums = []
    for c in range(x.shape[1]):
        near = x[:, max(c - reach, 0) : c + reach + 1].square().sum(1)
        sums.append(near + x[:, 0].square() if c > reach else near)
    return x * (torch.stack(sums, 1) * alpha / size + k) ** -beta


for size in [3, 4]:
    x = ramp(2, 5, 1, 3)
    layer = torch.nn.CrossMapLRN2d(size, 0.5, 0.6, 2)
    assert torch.allclose(layer(x), cross_map(x, size, 0.5, 0.6, 2), atol=1e-12)
    cases.add(f"cross_map_{size}", lambda t: cross_map(t, size, 0.5, 0.6, 2), x)

cases.save()
