"""Values that quell's quantizers are held to, from PyTorch. Writes quantizers.json beside itself.

Run with a Python that has torch: python3 quantizers.py
"""

import json
import pathlib

import torch

torch.manual_seed(0)


def values(t):
    return t.detach().flatten().tolist()


def minmax_weights():
    cases = []
    for bits in (2, 3, 4, 8):
        q = 2 ** (bits - 1) - 1
        w = torch.randn(4, 9)
        w[3] = 0.0
        lam = w.abs().amax(1)
        scale = torch.clamp(lam / q, min=1e-12)
        out = torch.fake_quantize_per_channel_affine(w, scale, torch.zeros(4, dtype=torch.int32), 0, -q, q)
        cases.append({"bits": bits, "x": values(w), "rows": 4, "out": values(out)})
    return cases


def minmax_activations():
    cases = []
    for bits in (2, 3, 4, 8):
        for signed in (False, True):
            low, high = (-(2 ** (bits - 1) - 1), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
            x = torch.randn(40) if signed else torch.relu(torch.randn(40))
            # Smaller than the largest value in every second case, as the moving average may be.
            lam = float(x.abs().max()) * (1.0 if bits % 2 == 0 else 0.6)
            out = torch.fake_quantize_per_tensor_affine(x, lam / high, 0, low, high)
            cases.append({"bits": bits, "signed": signed, "lambda": lam, "x": values(x), "out": values(out)})
    return cases


def lsq(per_channel):
    cases = []
    for bits in (2, 3, 4, 8):
        if per_channel:
            low, high, rows = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 4
        else:
            low, high, rows = 0, 2**bits - 1, 1
        x = torch.randn(rows, 30) if per_channel else torch.relu(torch.randn(rows, 30)) * 2
        step = 2 * x.abs().mean(1) / high**0.5
        # Away from where clamp-then-round and round-then-clamp differ in gradient.
        ratio = x / step[:, None]
        edge = ((ratio > high) & (ratio < high + 0.51)) | ((ratio < low) & (ratio > low - 0.51))
        x = torch.where(edge, x * 0.5, x)
        # Ties are left out: PyTorch multiplies by 1/step, which puts them to either side.
        x[0, 0], x[0, 1], x[0, 2] = 0.45 * step[0], 0.0, (high + 3.0) * step[0]
        x, step = x.requires_grad_(), step.requires_grad_()
        grad_out = torch.randn(rows, 30)
        factor = 1.0 / (30 * high) ** 0.5
        zero = torch.zeros(rows)
        if per_channel:
            out = torch._fake_quantize_learnable_per_channel_affine(x, step, zero, 0, low, high, factor)
        else:
            out = torch._fake_quantize_learnable_per_tensor_affine(x, step, zero, low, high, factor)
        out.backward(grad_out)
        cases.append(
            {
                "bits": bits,
                "rows": rows,
                "x": values(x),
                "step": values(step),
                "grad_out": values(grad_out),
                "out": values(out),
                "grad_x": values(x.grad),
                "grad_step": values(step.grad),
            }
        )
    return cases


path = pathlib.Path(__file__).with_name("quantizers.json")
path.write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "minmax_weights": minmax_weights(),
            "minmax_activations": minmax_activations(),
            "lsq_weights": lsq(True),
            "lsq_activations": lsq(False),
        }
    )
)
