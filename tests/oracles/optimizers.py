"""Parameters after five steps of Adam and of SGD with momentum, from PyTorch. Writes optimizers.json.

Run with a Python that has torch: python3 optimizers.py
"""

import json
import pathlib

import torch

torch.manual_seed(1)
start = torch.randn(6)
grads = [torch.randn(6) for _ in range(5)]


def run(make):
    p = start.clone().requires_grad_()
    optimizer = make([p])
    steps = []
    for g in grads:
        p.grad = g.clone()
        optimizer.step()
        steps.append(p.detach().tolist())
    return steps


path = pathlib.Path(__file__).with_name("optimizers.json")
path.write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "start": start.tolist(),
            "grads": [g.tolist() for g in grads],
            "decay": 0.01,
            "adam": run(lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.01)),
            "sgd": run(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01)),
        }
    )
)
