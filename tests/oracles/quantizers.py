"""Values that quell's quantizers are held to, from PyTorch. Writes quantizers.json beside itself.

Run with a Python that has torch: python3 quantizers.py

Min-max and LSQ are held to PyTorch's own fake-quantize operations, the others to the formulas of
their papers, differentiated by autograd with `detach` where the papers stop the gradient.
"""

import json
import pathlib

import torch

torch.manual_seed(0)


def values(t):
    # Nine digits tell every 32-bit number from its neighbours.
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


def with_edges(x, *edges):
    """x with zeros of both signs and the edges of its grid among its values."""
    flat = x.flatten()
    for place, value in enumerate((0.0, -0.0, *edges)):
        flat[place] = value
    return flat.view_as(x)


def clip(x, low, high):
    """clamp, with the gradient passing at both edges, as the papers write it; PyTorch's does not there."""
    return torch.where(x < low, low, torch.where(x > high, high, x))


def round_through(x):
    return x + (x.round() - x).detach()


def minmax_weights():
    cases = []
    for bits in range(2, 9):
        for full in (False, True):
            for per_channel in (True, False):
                high = 2 ** (bits - 1) - 1
                low = -high - 1 if full else -high
                w = with_edges(torch.randn(4, 9))
                w[3] = 0.0
                # The longer side reaches to λ, so that every code is of use.
                reach = -low
                lam = w.abs().amax(1) if per_channel else w.abs().max().repeat(4)
                scale = torch.clamp(lam / reach, min=1e-12)
                out = torch.fake_quantize_per_channel_affine(w, scale, torch.zeros(4, dtype=torch.int32), 0, low, high)
                cases.append(
                    {"bits": bits, "full": full, "per_channel": per_channel, "x": values(w), "rows": 4, "out": values(out)}
                )
    return cases


def minmax_activations():
    cases = []
    for bits in range(1, 9):
        for signed in (False, True):
            if signed and bits == 1:
                continue
            low, high = (-(2 ** (bits - 1) - 1), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
            x = torch.randn(40) if signed else torch.relu(torch.randn(40))
            # Smaller than the largest value in every second case, as the moving average may be.
            lam = float(x.abs().max()) * (1.0 if bits % 2 == 0 else 0.6)
            x = with_edges(x, lam)
            out = torch.fake_quantize_per_tensor_affine(x, lam / high, 0, low, high)
            cases.append({"bits": bits, "signed": signed, "lambda": lam, "x": values(x), "out": values(out)})
    return cases


def lsq(rows, signed):
    cases = []
    for bits in range(2 if signed else 1, 9):
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        x = torch.randn(rows, 30) if signed else torch.relu(torch.randn(rows, 30)) * 2
        step = 2 * x.abs().mean(1) / high**0.5
        # Away from where clamp-then-round and round-then-clamp differ in gradient.
        ratio = x / step[:, None]
        edge = ((ratio > high) & (ratio < high + 0.51)) | ((ratio < low) & (ratio > low - 0.51))
        x = torch.where(edge, x * 0.5, x)
        # Ties are left out: PyTorch multiplies by 1/step, which puts them to either side.
        x[0] = with_edges(x[0], 0.45 * step[0], (high + 3.0) * step[0], high * step[0] * (1 - 1e-4))
        if rows > 1:
            # A channel of zeros, with the smallest step there is.
            x[3], step[3] = 0.0, 1e-8
        x, step = x.requires_grad_(), step.requires_grad_()
        grad_out = torch.randn(rows, 30)
        factor = 1.0 / (30 * high) ** 0.5
        zero = torch.zeros(rows)
        if rows > 1:
            out = torch._fake_quantize_learnable_per_channel_affine(x, step, zero, 0, low, high, factor)
        else:
            out = torch._fake_quantize_learnable_per_tensor_affine(x, step, zero, low, high, factor)
        out.backward(grad_out)
        cases.append(case(bits, x, grad_out, out, rows=rows, signed=signed, step=step))
    return cases


def case(bits, x, grad_out, out, **learned):
    """One case with all gradients; whatever is learned has one beside it."""
    made = {"bits": bits, "x": values(x), "grad_out": values(grad_out), "out": values(out), "grad_x": values(x.grad)}
    for name, value in learned.items():
        if torch.is_tensor(value):
            made[name] = values(value)
            made["grad_" + name] = values(value.grad)
        else:
            made[name] = value
    return made


def lsq_plus():
    """Bhalgat et al. 2020, equations 4 to 7; both learned parameters have LSQ's factor on their gradient."""
    cases = []
    for bits in range(1, 9):
        for signed in (False, True):
            if signed and bits == 1:
                continue
            low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
            x = torch.randn(40) + 0.3
            step = torch.tensor([float(x.max() - x.min()) / (high - low) * 0.7])
            offset = torch.tensor([-0.4])
            x = with_edges(x).requires_grad_()
            step.requires_grad_()
            offset.requires_grad_()
            v = torch.clamp((x - offset) / step, low, high)
            out = round_through(v) * step + offset
            grad_out = torch.randn(40)
            out.backward(grad_out)
            factor = 1.0 / (40 * high) ** 0.5
            step.grad *= factor
            offset.grad *= factor
            cases.append(case(bits, x, grad_out, out, signed=signed, step=step, offset=offset))
    return cases


def dorefa_weights():
    """Zhou et al. 2016, equations 9 and 10."""
    cases = []
    for bits in range(1, 9):
        w = torch.randn(4, 9)
        w[2] = 0.0
        w = with_edges(w).requires_grad_()
        if bits == 1:
            mean = w.detach().abs().mean()
            sign = torch.where(w.detach() >= 0, 1.0, -1.0)
            out = w + (sign * mean - w).detach()
        else:
            codes = 2**bits - 1
            unit = torch.tanh(w) / (2 * torch.tanh(w).abs().max()) + 0.5
            out = 2 * round_through(unit * codes) / codes - 1
        grad_out = torch.randn(4, 9)
        out.backward(grad_out)
        cases.append(case(bits, w, grad_out, out, rows=4))
    return cases


def dorefa_activations():
    """Zhou et al. 2016, equations 5 and 11."""
    cases = []
    for bits in range(1, 9):
        x = with_edges(torch.randn(40), 1.0, 1.5).requires_grad_()
        codes = 2**bits - 1
        out = round_through(clip(x, 0.0, 1.0) * codes) / codes
        grad_out = torch.randn(40)
        out.backward(grad_out)
        cases.append(case(bits, x, grad_out, out))
    return cases


def pact():
    """Choi et al. 2018, equations 1 to 3."""
    cases = []
    for bits in range(1, 9):
        bound = torch.tensor([0.75]).requires_grad_()
        x = with_edges(torch.randn(40), 0.75, 0.8).requires_grad_()
        codes = 2**bits - 1
        clipped = torch.where(x < 0, torch.zeros(()), torch.where(x < bound, x, bound))
        rounded = torch.round(clipped * codes / bound) * bound / codes
        out = clipped + (rounded - clipped).detach()
        grad_out = torch.randn(40)
        out.backward(grad_out)
        cases.append(case(bits, x, grad_out, out, bound=bound))
    return cases


def ternary():
    """Li et al. 2016, equations 5 and 6; the gradient passes as it is."""
    cases = []
    for per_channel in (False, True):
        w = with_edges(torch.randn(4, 9))
        w[3] = 0.0
        out = torch.zeros_like(w)
        for part in [[r] for r in range(4)] if per_channel else [range(4)]:
            of = w[list(part)]
            beyond = of.abs() > 0.7 * of.abs().mean()
            alpha = of.abs()[beyond].mean() if beyond.any() else 0.0
            out[list(part)] = alpha * of.sign() * beyond
        cases.append({"bits": 2, "per_channel": per_channel, "rows": 4, "x": values(w), "out": values(out)})
    return cases


def binary_weights():
    """Rastegari et al. 2016, equation 4, with the sign of zero 1; the gradient passes as it is."""
    cases = []
    for per_channel in (False, True):
        w = with_edges(torch.randn(4, 9))
        w[3] = 0.0
        alpha = w.abs().mean(1, keepdim=True) if per_channel else w.abs().mean()
        out = torch.where(w >= 0, 1.0, -1.0) * alpha
        cases.append({"bits": 1, "per_channel": per_channel, "rows": 4, "x": values(w), "out": values(out)})
    return cases


def binary_activations():
    """The sign, and the gradient of clip(x, −1, 1)."""
    x = with_edges(torch.randn(40) * 1.5, 1.0, -1.0, 1.01).requires_grad_()
    clipped = clip(x, -1.0, 1.0)
    out = clipped + (torch.where(x >= 0, 1.0, -1.0) - clipped).detach()
    grad_out = torch.randn(40)
    out.backward(grad_out)
    return [case(1, x, grad_out, out)]


path = pathlib.Path(__file__).with_name("quantizers.json")
path.write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "minmax_weights": minmax_weights(),
            "minmax_activations": minmax_activations(),
            "lsq_weights": lsq(4, True),
            "lsq_whole": lsq(1, True),
            "lsq_activations": lsq(1, False),
            "lsq_plus": lsq_plus(),
            "dorefa_weights": dorefa_weights(),
            "dorefa_activations": dorefa_activations(),
            "pact": pact(),
            "ternary": ternary(),
            "binary_weights": binary_weights(),
            "binary_activations": binary_activations(),
        }
    )
)
