"""Values and gradients of the robust losses, from PyTorch in double precision. Writes losses.json.

Each loss is written as its authors write it, not as quell computes it.
Run with a Python that has torch: python3 losses.py
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)


def batches():
    """Logits and labels: ordinary, extreme, sure and right, sure and wrong, all alike."""
    for classes in (2, 10):
        labels = torch.randint(classes, (4,))
        yield "ordinary", torch.randn(4, classes), labels
        yield "wide", torch.randn(4, classes) * 8, labels
        yield "extreme", torch.where(torch.rand(4, classes) < 0.5, 50.0, -50.0), labels
        right = F.one_hot(labels, classes) * 12.0
        yield "right", right, labels
        yield "wrong", -right * 4, labels
        yield "alike", torch.zeros(4, classes), labels


def nll(logits, y):
    return F.cross_entropy(logits, y)


def gce(q):
    def loss(logits, y):
        p = F.softmax(logits, 1).gather(1, y[:, None])
        return ((1 - p**q) / q).mean()

    return loss


def sce(alpha, beta):
    def loss(logits, y):
        one_hot = torch.clamp(F.one_hot(y, logits.shape[1]).double(), min=1e-4, max=1.0)
        rce = -(F.softmax(logits, 1) * torch.log(one_hot)).sum(1)
        return alpha * nll(logits, y) + beta * rce.mean()

    return loss


def bootstrap(beta):
    def loss(logits, y):
        entropy = -(F.softmax(logits, 1) * F.log_softmax(logits, 1)).sum(1).mean()
        return beta * nll(logits, y) + (1 - beta) * entropy

    return loss


def matrix(kind, classes):
    eye = torch.eye(classes)
    if kind == "symmetric":
        return 0.6 * eye + 0.4 / classes
    if kind == "pair":
        return 0.7 * eye + 0.3 * eye.roll(1, 1)
    return eye


def forward(t):
    return lambda logits, y: F.nll_loss(torch.log(F.softmax(logits, 1) @ t), y)


def distillation(teacher, temperature, share):
    def loss(logits, y):
        kl = F.kl_div(
            F.log_softmax(logits / temperature, 1), F.softmax(teacher / temperature, 1), reduction="batchmean"
        )
        return (1 - share) * nll(logits, y) + share * temperature**2 * kl

    return loss


def values(t):
    return t.detach().flatten().tolist()


cases = []


def case(name, settings, loss, batch, logits, y, **more):
    logits = logits.detach().clone().requires_grad_()
    out = loss(logits, y)
    out.backward()
    assert math.isfinite(out.detach()) and logits.grad.isfinite().all(), (name, batch)
    cases.append(
        {
            "loss": name,
            "batch": batch,
            "settings": settings,
            "classes": logits.shape[1],
            "logits": values(logits),
            "labels": y.tolist(),
            "value": float(out.detach()),
            "gradient": values(logits.grad),
            **more,
        }
    )


for batch, logits, y in batches():
    classes = logits.shape[1]
    for q in (0.1, 0.7, 1.0):
        # p^q at p = e^-100 is a number in double precision.
        case("gce", [q], gce(q), batch, logits, y)
    for alpha, beta in ((0.1, 1.0), (6.0, 0.1)):
        case("sce", [alpha, beta], sce(alpha, beta), batch, logits, y)
    for beta in (0.95, 0.3):
        case("bootstrap", [beta], bootstrap(beta), batch, logits, y)
    for kind in ("symmetric", "pair", "identity"):
        t = matrix(kind, classes)
        case("forward", [], forward(t), batch, logits, y, transition=t.tolist())
    teacher = torch.randn(4, classes) * 3
    for temperature, share in ((4.0, 0.9), (1.0, 1.0), (2.0, 0.0)):
        case(
            "distillation",
            [temperature, share],
            distillation(teacher, temperature, share),
            batch,
            logits,
            y,
            teacher=values(teacher),
        )
    # The averages of the samples before the batch, as earlier batches left them.
    before = F.softmax(torch.randn(4, classes) * 2, 1) * torch.tensor([0.0, 0.51, 0.9, 1.0])[:, None]
    for lam, beta in ((3.0, 0.7), (7.0, 0.9)):
        after = []

        def elr(logits, y):
            p = torch.clamp(F.softmax(logits, 1), 1e-4, 1 - 1e-4)
            d = p.detach()
            t = beta * before + (1 - beta) * d / d.sum(1, keepdim=True)
            after.append(t)
            return nll(logits, y) + lam * (1 - (t * p).sum(1)).log().mean()

        case("elr", [lam, beta], elr, batch, logits, y, before=values(before), after=None)
        cases[-1]["after"] = values(after[0])

# Eight digits, more than single precision holds.
rounded = json.loads(json.dumps(cases), parse_float=lambda text: float(f"{float(text):.8g}"))
path = pathlib.Path(__file__).with_name("losses.json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": rounded}))
