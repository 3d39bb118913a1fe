"""Logits, loss and gradients of each network on one batch, from PyTorch. Writes networks.json.

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

    def __init__(self, quantizer=None, dtype=torch.float32):
        self.params, self.names, self.bits, self.dtype = [], [], quantizer, dtype

    def param(self, name, shape, value=None):
        k = len(self.params)
        p = wave(k, shape) if value is None else torch.full(shape, float(value))
        p = p.to(self.dtype).requires_grad_()
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
    return batch_norm(m, name, y) if norm else y


def mlp(m, x):
    h = x.flatten(1)
    for n in (1, 2, 3):
        h = F.relu(linear(m, f"hidden{n}", h, 26, stem=n == 1))
    return linear(m, "classifier", h, 10)


def pointwise(m, name, x, out, stride, norm):
    x = x[:, :, ::stride, ::stride]
    w = m.param(name + ".weight", (out, x.shape[1], 1, 1))
    b = None if norm else m.param(name + ".bias", (out,))
    y = F.conv2d(m.quantize_x(x), m.quantize_w(w), b)
    return batch_norm(m, name, y) if norm else y


def batch_norm(m, name, y):
    scale = m.param(name + ".norm.scale", (y.shape[1],), 1)
    shift = m.param(name + ".norm.shift", (y.shape[1],), 0)
    return F.batch_norm(y, None, None, scale, shift, training=True)


def plain(convs, norm, hidden=None):
    def forward(m, x):
        h = x
        for n, (c, s) in enumerate(convs):
            h = F.relu(conv(m, f"conv{n + 1}", h, c, s, norm, stem=n == 0))
        if hidden:
            # All pixels at once, the channels of one behind those of another.
            features = F.relu(linear(m, "hidden", h.permute(0, 2, 3, 1).flatten(1), hidden))
        else:
            features = h.mean((2, 3))
        return linear(m, "classifier", features, 10)

    return forward


def cnn9(norm):
    def forward(m, x):
        h = x
        for n, c in enumerate([13, 13, 13, 26, 26, 26, 51, 26, 13]):
            h = F.relu(conv(m, f"conv{n + 1}", h, c, 1, norm, stem=n == 0))
            if n in (2, 5):
                h = F.max_pool2d(h, 2)
        return linear(m, "classifier", h.mean((2, 3)), 10)

    return forward


def resnet(widths, blocks, norm, projected=False):
    def forward(m, x):
        h = F.relu(conv(m, "stem", x, widths[0], 1, norm, stem=True))
        n = 0
        for stage, width in enumerate(widths):
            for block in range(blocks):
                n += 1
                stride = 2 if stage > 0 and block == 0 else 1
                a = F.relu(conv(m, f"block{n}.conv1", h, width, stride, norm))
                b = conv(m, f"block{n}.conv2", a, width, 1, norm)
                if projected and stride > 1:
                    s = pointwise(m, f"block{n}.shortcut", h, width, stride, norm)
                else:
                    s = h[:, :, ::stride, ::stride]
                    s = F.pad(s, (0, 0, 0, 0, 0, width - s.shape[1]))
                h = F.relu(b + s)
        return linear(m, "classifier", h.mean((2, 3)), 10)

    return forward


def gradients(name, norm, bits, dtype):
    m = Model(bits, dtype)
    logits = small(name, norm)(m, x.to(dtype))
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    return m, logits, loss, [float(p.grad.double().norm()) for p in m.params]


def small(name, norm):
    """A network at width 0.1."""
    return {
        "mlp": lambda: mlp,
        "cnn": lambda: plain([(3, 1), (3, 2), (6, 1), (6, 2), (13, 1)], norm),
        "cnn9": lambda: cnn9(norm),
        "resnet20": lambda: resnet((2, 3, 6), 3, norm),
        "resnet32": lambda: resnet((2, 3, 6), 5, norm),
        "resnet56": lambda: resnet((2, 3, 6), 9, norm),
        "au-cnn": lambda: plain([(2, 1), (3, 2), (3, 1), (6, 2), (6, 1), (13, 2)], norm, hidden=13),
        "resnet18": lambda: resnet((6, 13, 26, 51), 2, norm, projected=True),
    }[name]()


# Pixels in quell's range, by the same formula.
x = wave(100, (4, 1, 28, 28)) * 3
labels = torch.tensor([1, 3, 5, 7])
cases = []
for name, norm in [
    ("mlp", False),
    ("cnn", False),
    ("resnet20", True),
    ("resnet20", False),
    ("cnn", True),
    ("cnn9", True),
    ("cnn9", False),
    ("resnet32", True),
    ("resnet56", True),
    ("resnet18", True),
    ("resnet18", False),
    ("au-cnn", False),
    ("au-cnn", True),
]:
    for bits in (None, 4):
        m, logits, loss, norms = gradients(name, norm, bits, torch.float32)
        # How far rounding alone moves the gradients: deep networks with batch norm are ill-conditioned.
        exact = gradients(name, norm, bits, torch.float64)[3]
        rounding = max(abs(a - b) for a, b in zip(norms, exact)) / max(exact)
        # Of a quantized layer's outputs several are equal but for rounding. Which of them max-pooling
        # takes is not determined, and with it the gradients before it.
        first = m.names.index("conv7.weight") if name == "cnn9" and bits else 0
        cases.append(
            {
                "model": name,
                "batch_norm": norm,
                "bits": bits,
                "logits": logits.detach().flatten().tolist(),
                "loss": float(loss.detach()),
                "names": m.names,
                "rounding": rounding,
                "first_grad": first,
                "grad_norms": norms,
                "grad_sums": [float((p.grad.double().flatten() * torch.cos(torch.arange(p.numel()).double())).sum()) for p in m.params],
            }
        )
pathlib.Path(__file__).with_name("networks.json").write_text(json.dumps({"torch": torch.__version__, "cases": cases}))
