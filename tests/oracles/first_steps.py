"""The first ten SGD steps of ResNet-20 in PyTorch. Writes first_steps.json.

Weights and pixels follow a formula rather than a random generator, so that both sides can make them:
element i of tensor number k is the fraction of 43758.5453·sin(12.9898·i + 78.233·k), from −1 to 1.
Each class has a pattern of its own under the noise, and the learning rate is small: on noise alone, or
at 0.05, rounding grows until the losses of PyTorch in single and in double precision are per cents apart.
Run with a Python that has torch: python3 first_steps.py
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F
from torch import nn


def noise(k, shape):
    i = torch.arange(math.prod(shape), dtype=torch.float64)
    u = 43758.5453 * torch.sin(12.9898 * i + 78.233 * k)
    return (2 * (u - u.floor()) - 1).float().reshape(shape)


class Block(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.stride, self.more = stride, width - before
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)

    def forward(self, x):
        h = F.relu(self.norm1(self.conv1(x)))
        h = self.norm2(self.conv2(h))
        past = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        return F.relu(h + past)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        widths = [16, 16, 16, 32, 32, 32, 64, 64, 64]
        self.blocks = nn.ModuleList(Block(a, b, b // a) for a, b in zip([16] + widths, widths))
        self.classifier = nn.Linear(64, 10)

    def forward(self, x):
        h = F.relu(self.norm(self.stem(x)))
        for block in self.blocks:
            h = block(h)
        return self.classifier(h.mean((2, 3)))

    def named(self):
        """Every tensor by quell's name."""
        norm = {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}
        for name, tensor in self.state_dict().items():
            *where, what = name.split(".")
            if what == "num_batches_tracked":
                continue
            if where[0] == "norm":
                yield f"stem.norm.{norm[what]}", tensor
            elif where[0] != "blocks":
                yield name, tensor
            else:
                layer, n = where[2][:-1], where[2][-1]
                what = what if layer == "conv" else f"norm.{norm[what]}"
                yield f"block{int(where[1]) + 1}.conv{n}.{what}", tensor


BATCH, STEPS = 20, 10


def images(k):
    patterns = 2 * noise(500, (10, 1, 28, 28))
    return patterns.repeat(BATCH // 10, 1, 1, 1) + 0.5 * noise(k, (BATCH, 1, 28, 28))


net = ResNet20()
weights = [(name, t) for name, t in net.named() if t.dim() > 1]
for k, (name, t) in enumerate(weights):
    # Variance 2 / fan-in, as He et al. 2015, and half of it in the classifier.
    t.copy_(noise(k, t.shape) * math.sqrt((6 if t.dim() == 4 else 3) / t[0].numel()))
net.classifier.bias.data.zero_()
groups = [
    {"params": [p for p in net.parameters() if p.dim() > 1], "weight_decay": 5e-4},
    {"params": [p for p in net.parameters() if p.dim() == 1], "weight_decay": 0},
]
optimizer = torch.optim.SGD(groups, lr=0.003, momentum=0.9)
labels = torch.arange(BATCH) % 10
losses = []
for step in range(STEPS):
    loss = F.cross_entropy(net(images(1000 + step)), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(float(loss.detach()))
net.eval()
with torch.no_grad():
    logits = net(images(2000))
tensors = {
    name: [float(t.double().norm()), float((t.double().flatten() * torch.cos(torch.arange(t.numel()).double())).sum())]
    for name, t in net.named()
}
found = {
    "torch": torch.__version__,
    "weights": [name for name, _ in weights],
    "losses": losses,
    "logits": logits.flatten().tolist(),
    "tensors": tensors,
}
pathlib.Path(__file__).with_name("first_steps.json").write_text(json.dumps(found))
