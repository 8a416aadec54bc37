"""Losses of likelihoods, margins and sequences, distances of all pairs, bags of
rows and adaptive softmax, for losses.txt. PyTorch has no second derivative of
several of them: those are written with differentiable functions, after a check
that values and gradients are PyTorch's."""

import torch
import torch.nn.functional as F

from cases import Cases, ramp

cases = Cases("losses.txt")
REDUCTIONS = ["none", "mean", "sum"]


def check_same(function, composed, *inputs):
    results = []
    for f in (function, composed):
        leaves = [x.clone().requires_grad_() for x in inputs]
        y = f(*leaves)
        results.append([y] + list(torch.autograd.grad((y * ramp(*y.shape)).sum(), leaves)))
    for a, b in zip(*results):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def add_composed(name, function, composed, *inputs):
    check_same(function, composed, *inputs)
    cases.add(name, composed, *inputs)


def reduced(losses, reduction):
    return losses if reduction == "none" else getattr(losses, reduction)()


x, t = ramp(3, 4), ramp(3, 4, start=5).abs() * 2
var = ramp(3, 4, start=9).abs() + 0.1
weight = torch.tensor([0.5, 2.0, 1.25, 0.75]).double()
for r in REDUCTIONS:
    for log_input in (True, False):
        for full in (True, False):
            cases.add(
                f"poisson.{int(log_input)}{int(full)}.{r}",
                lambda a, b: F.poisson_nll_loss(
                    a if log_input else a.abs() + 0.1, b, log_input, full, eps=1e-3, reduction=r
                ),
                x,
                t,
            )
    for full in (True, False):
        cases.add(
            f"gaussian.{int(full)}.{r}",
            lambda a, b, c: F.gaussian_nll_loss(a, b, c, full=full, eps=0.4, reduction=r),
            x,
            t,
            var,
        )
    cases.add(
        f"gaussian.row.{r}",
        lambda a, b, c: F.gaussian_nll_loss(a, b, c, reduction=r),
        x,
        t,
        var[:, 0].contiguous(),
    )
    cases.add(
        f"multilabel_soft.{r}",
        lambda a, b: F.multilabel_soft_margin_loss(a, b, weight, reduction=r),
        x,
        t.sigmoid(),
    )
    cases.add(
        f"triplet.{r}",
        lambda a, b, c: F.triplet_margin_with_distance_loss(
            a,
            b,
            c,
            distance_function=lambda p, q: (p - q).square().sum(-1),
            margin=1.5,
            swap=True,
            reduction=r,
        ),
        x,
        t,
        var,
    )

classes = torch.tensor([1, 3, 0])
for r in REDUCTIONS:
    for p in (1, 2):
        for w in (None, weight):

            def margin_loss(a):
                terms = (0.7 - a.gather(1, classes[:, None]) + a).relu() ** p
                terms = terms * (1 if w is None else w[classes][:, None])
                others = torch.ones(3, 4).scatter(1, classes[:, None], 0) > 0
                return reduced(torch.where(others, terms, 0).sum(1) / 4, r)

            add_composed(
                f"multi_margin.{p}{int(w is not None)}.{r}",
                lambda a: F.multi_margin_loss(a, classes, p, 0.7, w, reduction=r),
                margin_loss,
                x,
            )

lists = torch.tensor([[1, 3, -1, 0], [2, 2, -1, 0], [-1, 0, 1, 2]])
for r in REDUCTIONS:

    def lists_loss(a):
        losses = []
        for row, targets in zip(a, lists.tolist()):
            targets = targets[: targets.index(-1)]
            others = [c for c in range(4) if c not in targets]
            losses.append(sum(((1 - row[i] + row[j]).relu() for i in targets for j in others), row.sum() * 0) / 4)
        return reduced(torch.stack(losses), r)

    add_composed(
        f"multilabel_margin.{r}",
        lambda a: F.multilabel_margin_loss(a, lists, reduction=r),
        lists_loss,
        x,
    )


def sequence_losses(scores, targets, input_lengths, lengths, blank):
    """By all alignments, one after another."""
    log_p, losses = scores.log_softmax(-1), []
    for n, (steps, length) in enumerate(zip(input_lengths, lengths)):
        ways = [(log_p[0, n, 0] * 0, ())]
        for step in range(steps):
            ways = [(s + log_p[step, n, c], way + (c,)) for s, way in ways for c in range(scores.shape[2])]
        kept = []
        for s, way in ways:
            labels = [c for i, c in enumerate(way) if c != blank and (i == 0 or way[i - 1] != c)]
            if labels == targets[n][:length]:
                kept.append(s)
        losses.append(-torch.stack(kept).logsumexp(0))
    return torch.stack(losses)


padded = [[1, 2], [1, 1], [2, 0]]
input_lengths, lengths = [4, 3, 2], [2, 2, 1]
for blank, labels in ((0, padded), (2, [[0, 1], [1, 1], [0, 0]])):
    for r in REDUCTIONS:

        def losses(a):
            found = sequence_losses(a, labels, input_lengths, lengths, blank)
            return reduced(found / torch.tensor(lengths) if r == "mean" else found, r)

        add_composed(
            f"ctc.{blank}.{r}",
            lambda a: F.ctc_loss(a.log_softmax(-1), torch.tensor(labels), input_lengths, lengths, blank, r),
            losses,
            ramp(4, 3, 3),
        )

points = ramp(4, 3)
cases.write("pdist.0", F.pdist(points.round(), 0))
for p in (1.0, 1.5, 2.0, 3.0, float("inf")):
    i, j = torch.triu_indices(4, 4, 1)

    def distances(a):
        d = a[i] - a[j]
        if p == float("inf"):
            top = (d.abs() * (d.abs() == d.abs().amax(1, True))).sum(1)
            return d.detach().abs().amax(1) + top - top.detach()
        return d.abs().pow(p).sum(1).pow(1 / p)

    add_composed(f"pdist.{p}", lambda a: F.pdist(a, p), distances, points)

table, indices, offsets = ramp(5, 3), torch.tensor([3, 1, 1, 0, 4, 2, 3]), [0, 3, 3, 5]
sample_weights = ramp(7)
for mode in ("sum", "mean", "max"):
    for padding in (None, 1):
        bounds = list(zip(offsets, offsets[1:] + [7]))

        def bags(w, s=None):
            result = []
            for begin, end in bounds:
                at = [k for k in range(begin, end) if indices[k] != padding]
                rows = w[indices[at]]
                rows = rows if s is None else rows * s[at][:, None]
                result.append(w[0] * 0 if not at else rows.amax(0) if mode == "max" else getattr(rows, mode)(0))
            return torch.stack(result)

        arguments = dict(mode=mode, padding_idx=padding)
        at = torch.tensor(offsets)
        if not (mode == "max" and padding is None):  # where equal rows share the gradient
            add_composed(
                f"bag.{mode}.{padding}",
                lambda w: F.embedding_bag(indices, w, at, **arguments),
                bags,
                table,
            )
        if mode == "sum":
            add_composed(
                f"bag.weights.{padding}",
                lambda w, s: F.embedding_bag(indices, w, at, per_sample_weights=s, **arguments),
                bags,
                table,
                sample_weights,
            )

model = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10, 15], 2.0, True)
torch.manual_seed(3)
model.head.reset_parameters()
for cluster in model.tail:  # LibTorch's order
    cluster[1].reset_parameters()
    cluster[0].reset_parameters()
for name, parameter in model.named_parameters():
    cases.write(f"adaptive.{name}", parameter)
model.double()
target = torch.tensor([0, 5, 12, 19, 3, 7])
cases.add("adaptive", lambda a: model(a, target).output, ramp(6, 8))
cases.add("adaptive.log_prob", model.log_prob, ramp(6, 8))
cases.write("adaptive.predict", model.predict(ramp(6, 8) * 3))

torch.manual_seed(5)
cases.write("rrelu.float", F.rrelu(ramp(3, 5).float(), 0.1, 0.4, training=True))
cases.write("rrelu.double", F.rrelu(ramp(3, 5), 0.1, 0.4, training=True))
cases.write("rrelu.strided", F.rrelu(ramp(3, 5).t(), 0.1, 0.4, training=True))
cases.write("rrelu.bfloat16", F.rrelu(ramp(3, 5).bfloat16(), 0.1, 0.4, training=True))
cases.write("rrelu.eval", F.rrelu(ramp(3, 5), 0.1, 0.4))
cases.add("hardsigmoid", lambda a: (a + 3).clamp(0, 6) / 6, ramp(3, 5) * 3)

cases.save()
