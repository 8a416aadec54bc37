"""Writes conv.txt: PyTorch's convolutions with many options, see cases.py.

A line "name.options value ..." has the arguments of torch.convolution: number
of spatial dims, transposed, groups, whether there is a bias, and then, with a
number per dim, stride, padding, dilation, output_padding, and the sizes of the
input and of the weight. Run: python3 make_conv.py
"""

import torch

from cases import Cases, ramp

cases = Cases("conv.txt")


def add(name, sizes, weight, stride=1, padding=0, dilation=1, output_padding=0, groups=1, bias=True, transposed=False):
    dims = len(sizes) - 2
    lists = [[x] * dims if isinstance(x, int) else list(x) for x in (stride, padding, dilation, output_padding)]
    options = [dims, int(transposed), groups, int(bias), *sum(lists, []), *sizes, *weight]
    cases.lines.append(" ".join([f"{name}.options"] + [str(x) for x in options]))
    outputs = weight[1] * groups if transposed else weight[0]
    inputs = [ramp(*sizes), ramp(*weight, start=3)] + ([ramp(outputs, start=5)] if bias else [])
    cases.add(
        name,
        lambda x, w, b=None: torch.convolution(
            x, w, b, lists[0], lists[1], lists[2], transposed, lists[3], groups
        ),
        *inputs,
    )


add("1d", (2, 3, 7), (4, 3, 3))
add("1d_strided", (2, 2, 9), (2, 2, 4), stride=3, padding=2, bias=False)
add("1d_dilated_groups", (1, 4, 11), (6, 2, 3), padding=2, dilation=3, groups=2)
add("2d", (2, 2, 5, 4), (3, 2, 3, 3), padding=1)
add("2d_1x1", (2, 3, 3, 4), (5, 3, 1, 1))
add("2d_1x1_strided", (2, 3, 5, 4), (2, 3, 1, 1), stride=2)
add("2d_uneven", (1, 2, 7, 6), (2, 2, 2, 3), stride=(2, 1), padding=(0, 2), dilation=(1, 2))
add("2d_stride_3", (1, 2, 8, 9), (2, 2, 4, 3), stride=3, padding=(2, 1))
add("2d_stride_beyond_kernel", (1, 1, 7, 8), (2, 1, 2, 1), stride=(3, 4))
add("2d_depthwise", (2, 3, 5, 5), (3, 1, 3, 3), padding=1, groups=3)
add("2d_depthwise_two_each", (1, 2, 4, 6), (4, 1, 3, 2), stride=(1, 2), padding=1, groups=2)
add("2d_wide", (1, 2, 3, 20), (17, 2, 2, 2), padding=1)
add("2d_kernel_of_all", (2, 3, 4, 3), (2, 3, 4, 3), bias=False)
add("2d_no_samples", (0, 2, 5, 4), (3, 2, 3, 3), padding=1)
add("3d", (1, 2, 3, 4, 3), (2, 2, 2, 3, 2), padding=(1, 1, 0))
add("3d_strided_groups", (1, 2, 5, 4, 5), (2, 1, 3, 2, 2), stride=2, padding=1, dilation=(1, 2, 1), groups=2)
add("t1d", (2, 3, 5), (3, 2, 3), stride=2, output_padding=1, transposed=True)
add("t1d_dilated", (1, 2, 4), (2, 3, 3), padding=1, dilation=2, output_padding=1, transposed=True)
add("t2d", (1, 3, 4, 3), (3, 2, 3, 3), stride=2, padding=1, output_padding=(1, 0), transposed=True)
add("t2d_groups", (2, 4, 3, 3), (4, 1, 2, 3), stride=(1, 3), groups=2, bias=False, transposed=True)
add("t2d_gaps", (1, 2, 3, 2), (2, 2, 2, 1), stride=(3, 2), transposed=True)
add("t2d_no_samples", (0, 2, 3, 2), (2, 2, 2, 2), stride=2, transposed=True)
add("t3d", (1, 2, 2, 3, 2), (2, 2, 2, 2, 3), stride=(1, 2, 2), padding=(0, 1, 1), transposed=True)
cases.save()
