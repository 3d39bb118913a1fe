"""Pruning masks, the cubic sparsity schedule and truncated SVDs. Writes pruning.json.

Run with a Python that has torch: python3 pruning.py
"""

import json
import pathlib

import torch
from torch.nn.utils import prune

torch.manual_seed(3)


def masks(shape, sparsity):
    layer = torch.nn.Conv2d(shape[1], shape[0], shape[2], bias=False)
    weight = torch.randn(shape)
    found = {"weights": weight.flatten().tolist(), "rows": shape[0], "sparsity": sparsity}
    for key, apply in [
        ("single", lambda: prune.l1_unstructured(layer, "weight", amount=sparsity)),
        ("channels", lambda: prune.ln_structured(layer, "weight", amount=sparsity, n=1, dim=0)),
    ]:
        layer.weight.data.copy_(weight)
        apply()
        mask = layer.weight_mask
        found[key] = (mask.flatten() if key == "single" else mask[:, 0, 0, 0]).tolist()
        prune.remove(layer, "weight")
    return found


def cubic(first, last, final):
    """Zhu and Gupta 2017, equation 1, from s_i = 0 with t0 = first - 1 and a step of one epoch."""
    t0, n = first - 1, last - first + 1
    sparsity = [final + (0 - final) * (1 - min(1, (t - t0) / n)) ** 3 for t in range(first, last + 3)]
    return {"first": first, "last": last, "final": final, "sparsity": sparsity}


def svd(rows, columns, rank, deficient=False):
    matrix = torch.randn(rows, columns)
    if deficient:
        matrix = torch.randn(rows, 2) @ torch.randn(2, columns)
    u, s, vh = torch.linalg.svd(matrix.double(), full_matrices=False)
    product = u[:, :rank] * s[:rank] @ vh[:rank]
    return {
        "rows": rows,
        "rank": rank,
        "matrix": matrix.flatten().tolist(),
        "product": product.flatten().tolist(),
        "error": s[rank:].square().sum().sqrt().item(),
    }


path = pathlib.Path(__file__).with_name("pruning.json")
path.write_text(
    json.dumps(
        {
            "torch": torch.__version__,
            "masks": [masks(shape, s) for shape in [(8, 3, 3, 3), (5, 2, 3, 3)] for s in [0.0, 0.3, 0.5, 0.75, 0.9]],
            "cubic": [cubic(16, 16, 0.9), cubic(16, 23, 0.9), cubic(1, 10, 0.5)],
            "svd": [svd(6, 18, 2), svd(9, 4, 3), svd(7, 7, 7), svd(6, 9, 4, True)],
        }
    )
)
