"""Parameters after five steps of each optimiser, and one-cycle learning rates, from PyTorch. Writes optimizers.json.

Run with a Python that has torch: python3 optimizers.py
"""

import json
import pathlib

import torch

torch.manual_seed(1)
start = torch.randn(6)
grads = [torch.randn(6) for _ in range(5)]


def run(make, clip=None):
    p = start.clone().requires_grad_()
    optimizer = make([p])
    steps = []
    for g in grads:
        p.grad = g.clone()
        if clip:
            torch.nn.utils.clip_grad_norm_([p], clip)
        optimizer.step()
        steps.append(p.detach().tolist())
    return steps


def one_cycle(steps):
    """Of a peak of 1, at each step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=steps, cycle_momentum=False)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


path = pathlib.Path(__file__).with_name("optimizers.json")
path.write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "start": start.tolist(),
            "grads": [g.tolist() for g in grads],
            "decay": 0.01,
            "adam": run(lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.01)),
            "adamw": run(lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.01)),
            "sgd": run(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01)),
            "sgd-nesterov": run(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True)),
            "sgd-clipped": run(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01), clip=2.0),
            "one_cycle": one_cycle(50),
        }
    )
)
