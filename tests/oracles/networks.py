"""Loss and gradients of each network on one batch, from PyTorch. Writes networks.json.

The weights follow a formula rather than a random generator, so that both sides can make them:
parameter number k, element i has the value 0.3·sin(1.7·k + 0.37·i).
Run with a Python that has torch: python3 networks.py
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F


def wave(k, shape):
    n = math.prod(shape)
    i = torch.arange(n, dtype=torch.float64)
    return (0.3 * torch.sin(1.7 * k + 0.37 * i)).float().reshape(shape)


class Model:
    """Parameters in quell's order; `quantizer` is None, or the bits of weights and activations."""

    def __init__(self, quantizer=None):
        self.params, self.names, self.bits = [], [], quantizer

    def param(self, name, shape, value=None):
        k = len(self.params)
        p = (wave(k, shape) if value is None else torch.full(shape, float(value))).requires_grad_()
        self.params.append(p)
        self.names.append(name)
        return p

    def quantize_w(self, w):
        if self.bits is None:
            return w
        q = 2 ** (self.bits - 1) - 1
        with torch.no_grad():
            flat = w.reshape(w.shape[0], -1)
            s = torch.clamp(flat.abs().amax(1, keepdim=True) / q, min=1e-12)
            out = ((flat / s).round() * s).reshape(w.shape)
        return w + (out - w).detach()

    def quantize_x(self, x):
        if self.bits is None:
            return x
        q = 2**self.bits - 1
        with torch.no_grad():
            s = torch.clamp(x.abs().max() / q, min=1e-12)
            out = (x / s).round().clamp(0, q) * s
        return x + (out - x).detach()


def linear(m, name, x, out, stem=False):
    w = m.param(name + ".weight", (out, x.shape[1]))
    b = m.param(name + ".bias", (out,))
    return F.linear(x if stem else m.quantize_x(x), m.quantize_w(w), b)


def conv(m, name, x, out, stride, norm, stem=False):
    w = m.param(name + ".weight", (out, x.shape[1], 3, 3))
    b = None if norm else m.param(name + ".bias", (out,))
    y = F.conv2d(x if stem else m.quantize_x(x), m.quantize_w(w), b, stride, 1)
    if not norm:
        return y
    scale, shift = m.param(name + ".norm.scale", (out,), 1), m.param(name + ".norm.shift", (out,), 0)
    return F.batch_norm(y, None, None, scale, shift, training=True)


def mlp(m, x):
    h = x.flatten(1)
    for n in (1, 2, 3):
        h = F.relu(linear(m, f"hidden{n}", h, 26, stem=n == 1))
    return linear(m, "classifier", h, 10)


def cnn(m, x):
    h = x
    for n, (c, s) in enumerate([(3, 1), (3, 2), (6, 1), (6, 2), (13, 1)]):
        h = F.relu(conv(m, f"conv{n + 1}", h, c, s, False, stem=n == 0))
    return linear(m, "classifier", h.mean((2, 3)), 10)


def resnet(norm):
    def forward(m, x):
        widths = (2, 3, 6)
        h = F.relu(conv(m, "stem", x, 2, 1, norm, stem=True))
        n = 0
        for stage, width in enumerate(widths):
            for block in range(3):
                n += 1
                stride = 2 if stage > 0 and block == 0 else 1
                a = F.relu(conv(m, f"block{n}.conv1", h, width, stride, norm))
                b = conv(m, f"block{n}.conv2", a, width, 1, norm)
                s = h[:, :, ::stride, ::stride]
                s = F.pad(s, (0, 0, 0, 0, 0, width - s.shape[1]))
                h = F.relu(b + s)
        return linear(m, "classifier", h.mean((2, 3)), 10)

    return forward


# Pixels in quell's range, by the same formula.
x = wave(100, (4, 1, 28, 28)) * 3
labels = torch.tensor([1, 3, 5, 7])
cases = []
for name, forward, batch_norm in [
    ("mlp", mlp, False),
    ("cnn", cnn, False),
    ("resnet20", resnet(True), True),
    ("resnet20", resnet(False), False),
]:
    for bits in (None, 4):
        m = Model(bits)
        loss = F.cross_entropy(forward(m, x), labels)
        loss.backward()
        cases.append(
            {
                "model": name,
                "batch_norm": batch_norm,
                "bits": bits,
                "loss": float(loss.detach()),
                "names": m.names,
                "grad_norms": [float(p.grad.double().norm()) for p in m.params],
                "grad_sums": [float((p.grad.double().flatten() * torch.cos(torch.arange(p.numel()).double())).sum()) for p in m.params],
            }
        )
pathlib.Path(__file__).with_name("networks.json").write_text(json.dumps({"torch": torch.__version__, "cases": cases}))
