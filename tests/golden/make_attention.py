"""Writes attention.txt: attention and transformers in PyTorch 2.13.

Parameters are ramps that start at ten times their number. "curve.loss" are the
losses of forty steps of a small transformer, see train(). Run: python3
make_attention.py
"""

import torch
import torch.nn.functional as F
from cases import Cases, ramp
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

torch.set_default_dtype(torch.float64)
cases = Cases("attention.txt")


def sdpa(name, q, k, v, mask=None, **options):
    # The fused kernels have no second derivative.
    with sdpa_kernel(SDPBackend.MATH):
        cases.add(
            name,
            lambda a, b, c: F.scaled_dot_product_attention(a, b, c, mask, **options),
            ramp(*q),
            ramp(*k, start=5),
            ramp(*v, start=9),
        )


some = ramp(3, 4) > 0
some[1] = False  # sees nothing
sdpa("plain", (2, 3, 4), (2, 5, 4), (2, 5, 4))
sdpa("unbatched", (3, 2), (4, 2), (4, 2))
sdpa("wide_values", (3, 2), (4, 2), (4, 5))
sdpa("broadcast", (2, 1, 3, 2), (3, 4, 2), (1, 4, 2))
sdpa("causal", (2, 3, 2), (2, 3, 2), (2, 3, 2), is_causal=True)
sdpa("causal_long", (5, 2), (3, 2), (3, 2), is_causal=True)
sdpa("causal_wide", (3, 2), (5, 2), (5, 2), is_causal=True, scale=-0.5)
sdpa("scale", (3, 2), (4, 2), (4, 2), scale=2.0)
sdpa("bool_mask", (2, 3, 2), (2, 4, 2), (2, 4, 2), some)
sdpa("mask", (2, 3, 2), (2, 4, 2), (2, 4, 2), ramp(2, 3, 4))
sdpa("key_mask", (2, 2, 3, 2), (2, 2, 4, 2), (2, 2, 4, 2), ramp(2, 1, 1, 4) > 0)
sdpa("query_mask", (3, 2), (4, 2), (4, 2), ramp(3, 1))
sdpa("shared_heads", (1, 4, 3, 2), (1, 2, 4, 2), (1, 2, 4, 2), enable_gqa=True)
sdpa("no_keys", (2, 3, 2), (2, 0, 2), (2, 0, 2))
with sdpa_kernel(SDPBackend.MATH):
    torch.manual_seed(3)
    cases.write(
        "dropout.y",
        F.scaled_dot_product_attention(
            ramp(2, 3, 4), ramp(2, 5, 4), ramp(2, 5, 4), dropout_p=0.4
        ),
    )


def set_parameters(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(ramp(*p.shape, start=10 * i) * 0.5)


def parameter_gradients(name, module):
    for i, p in enumerate(module.parameters()):
        cases.write(f"{name}.p{i}", p.grad)
    module.zero_grad()


def heads(name, query, key, value, layer, weights=False, average=True, **masks):
    set_parameters(layer)

    def run(q, *rest):
        k, v = (rest + rest)[:2] if rest else (q, q)
        y, w = layer(q, k, v, need_weights=weights, average_attn_weights=average, **masks)
        return torch.cat([y.flatten(), w.flatten()]) if weights else y

    inputs = [ramp(*s, start=4 * i) for i, s in enumerate((query, key, value)) if s]
    with sdpa_kernel(SDPBackend.MATH):
        cases.add(name, run, *inputs)
        y = run(*inputs)
        (y * ramp(*y.shape)).sum().backward()
    parameter_gradients(name, layer)


MHA = nn.MultiheadAttention
later = torch.ones(3, 3).triu(1) > 0
padding = torch.tensor([[False, False, True], [False, True, False]])
x, mem = (3, 2, 4), (2, 2, 4)
heads("mha", x, None, None, MHA(4, 2))
heads("mha_memory", x, mem, None, MHA(4, 2))
heads("mha_three", x, mem, mem, MHA(4, 2, bias=False))
heads("mha_sizes", x, (2, 2, 3), (2, 2, 5), MHA(4, 2, kdim=3, vdim=5))
heads("mha_unbatched", (3, 4), None, None, MHA(4, 2), weights=True)
heads("mha_weights", x, None, None, MHA(4, 2), weights=True, key_padding_mask=padding)
heads("mha_head_weights", x, mem, None, MHA(4, 2), weights=True, average=False)
heads("mha_masks", x, None, None, MHA(4, 2), key_padding_mask=padding, attn_mask=later)
heads("mha_mask3", x, None, None, MHA(4, 2), attn_mask=ramp(4, 3, 3))
added = dict(add_bias_kv=True, add_zero_attn=True)
heads("mha_added", x, None, None, MHA(4, 2, **added), key_padding_mask=padding, attn_mask=later)
heads("mha_added_weights", x, mem, None, MHA(4, 2, **added), weights=True)


def layer(name, module, *inputs, **masks):
    set_parameters(module)
    with sdpa_kernel(SDPBackend.MATH):
        cases.add(name, lambda *a: module(*a, **masks), *inputs)
        y = module(*inputs, **masks)
        (y * ramp(*y.shape)).sum().backward()
    parameter_gradients(name, module)


small = dict(d_model=4, nhead=2, dim_feedforward=6, dropout=0.0)
Encoder, Decoder = nn.TransformerEncoderLayer, nn.TransformerDecoderLayer
src, tgt = ramp(3, 2, 4), ramp(2, 2, 4, start=7)
square = nn.Transformer.generate_square_subsequent_mask(2)
layer("encoder_layer", Encoder(**small), src, src_key_padding_mask=padding)
layer("encoder_layer_gelu", Encoder(**small, activation="gelu"), src, src_mask=later)
layer("decoder_layer", Decoder(**small), tgt, src, tgt_mask=square, memory_key_padding_mask=padding)
transformer = nn.Transformer(**small, num_encoder_layers=2, num_decoder_layers=1)
layer("transformer", transformer, src, tgt, tgt_mask=square, src_key_padding_mask=padding)


class Reverser(nn.Module):
    """Reads ten words and says them from the last to the first."""

    def __init__(self):
        super().__init__()
        sizes = dict(d_model=16, nhead=4, dim_feedforward=32, dropout=0.1)
        self.table = nn.Embedding(12, 16)
        self.first = Encoder(**sizes)
        self.second = Encoder(**sizes, activation="gelu")
        self.decoder = Decoder(**sizes)
        self.output = nn.Linear(16, 12)

    def forward(self, words, said, mask):
        memory = self.second(self.first(self.table(words)))
        return self.output(self.decoder(self.table(said), memory, tgt_mask=mask))


def train(name, dtype):
    torch.set_default_dtype(dtype)
    torch.manual_seed(7)
    net = Reverser()
    optimizer = torch.optim.Adam(net.parameters(), 0.005)
    mask = nn.Transformer.generate_square_subsequent_mask(10)
    losses = []
    for _ in range(40):
        words = torch.randint(1, 12, (10, 8))
        target = words.flip(0)
        said = torch.cat([torch.zeros(1, 8, dtype=torch.int64), target[:-1]])
        optimizer.zero_grad()
        logits = net(words, said, mask)
        loss = F.cross_entropy(logits.view(-1, 12), target.flatten())
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    cases.write(name, torch.stack(losses))


with sdpa_kernel(SDPBackend.MATH):
    train("curve.double", torch.float64)
    train("curve.float", torch.float32)
cases.save()
