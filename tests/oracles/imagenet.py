"""Logits, loss and gradients of ResNet-18 and ResNet-50 for ImageNet, from PyTorch. Writes imagenet.json,
and imagenet.pth: a state dict as training scripts leave it, of a network of width 0.02.

The two networks are written down here from their definition (He et al. 2016, table 1; option B
shortcuts; the stride of a bottleneck on its 3×3 convolution), with the names that torchvision's state
dicts have. Beside each stands quell's name.

Values follow a formula rather than a random generator, so that both sides can make them: u(k, i) =
frac(sin(12.9898·(i+1) + 78.233·(k+1))·43758.5453) − 0.5 in doubles, for tensor number k and its element
i. Weights are u·√(24/fan-in), biases u, scales of norms 0.75 + u/2, shifts u, running means u/2 and
running variances 1 + u. Pixels are 3·u.

Where an activation is as near to zero as rounding goes, the gradient of its ReLU is not determined, and
so are the gradients before it. Of several batches of images that one is taken whose activations keep
the farthest from zero, and whose pixels keep the farthest from each other where max-pooling chooses.
Run with a Python that has torch: python3 imagenet.py
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F
from torch import nn


def u(k, shape):
    n = math.prod(shape)
    x = torch.sin(12.9898 * torch.arange(1, n + 1, dtype=torch.float64) + 78.233 * (k + 1)) * 43758.5453
    return (x - torch.floor(x) - 0.5).reshape(shape)


margin = math.inf


def relu(x):
    global margin
    margin = min(margin, float(x.detach().abs().min()))
    return F.relu(x)


def max_pool(x):
    global margin
    windows = F.unfold(F.pad(x.detach(), (1, 1, 1, 1)), 3, stride=2)
    first, second = windows.reshape(len(x), x.shape[1], 9, -1).topk(2, 2).values.unbind(2)
    # Zeros have no gradient, whichever of them is taken.
    margin = min(margin, float((first - second)[first > 0].min()))
    return F.max_pool2d(x, 3, 2, 1)


class Block(nn.Module):
    """A basic block, or a bottleneck where `out` is four times `width`."""

    def __init__(self, before, width, out, stride, bottleneck):
        super().__init__()
        shapes = [(before, width, 1, 1), (width, width, 3, stride), (width, out, 1, 1)] if bottleneck else [(before, width, 3, stride), (width, width, 3, 1)]
        self.count = len(shapes)
        for n, (i, o, size, step) in enumerate(shapes, 1):
            setattr(self, f"conv{n}", nn.Conv2d(i, o, size, step, size // 2, bias=False))
            setattr(self, f"bn{n}", nn.BatchNorm2d(o))
        self.downsample = None
        if stride > 1 or before != out:
            self.downsample = nn.Sequential(nn.Conv2d(before, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        h = x
        for n in range(1, self.count + 1):
            h = getattr(self, f"bn{n}")(getattr(self, f"conv{n}")(h))
            if n < self.count:
                h = relu(h)
        return relu(h + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, blocks, bottleneck, width, classes):
        super().__init__()
        widths = [max(1, round(c * width)) for c in (64, 128, 256, 512)]
        self.conv1 = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        before = widths[0]
        for stage, (w, count) in enumerate(zip(widths, blocks)):
            layers = []
            for block in range(count):
                out = 4 * w if bottleneck else w
                layers.append(Block(before, w, out, 2 if stage > 0 and block == 0 else 1, bottleneck))
                before = out
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        h = max_pool(relu(self.bn1(self.conv1(x))))
        for stage in (1, 2, 3, 4):
            h = getattr(self, f"layer{stage}")(h)
        return self.fc(h.mean((2, 3)))


def quell(name, blocks):
    """quell's name of a tensor."""
    *path, leaf = name.split(".")
    norm = {"weight": "norm.scale", "bias": "norm.shift", "running_mean": "norm.mean", "running_var": "norm.variance"}
    if path[0] == "fc":
        return f"classifier.{leaf}"
    if path[0] in ("conv1", "bn1"):
        return "stem." + (norm[leaf] if path[0] == "bn1" else leaf)
    number = sum(blocks[: int(path[0][5:]) - 1]) + int(path[1]) + 1
    if path[2] == "downsample":
        return f"block{number}.shortcut." + (norm[leaf] if path[3] == "1" else leaf)
    return f"block{number}.conv{path[2][-1]}." + (norm[leaf] if path[2].startswith("bn") else leaf)


def value(k, name, shape):
    v = u(k, shape)
    if name.endswith("norm.scale"):
        return 0.75 + v / 2
    if name.endswith("norm.variance"):
        return 1 + v
    if name.endswith("norm.mean"):
        return v / 2
    if len(shape) > 1:
        return v * math.sqrt(24 / math.prod(shape[1:]))
    return v


def build(blocks, bottleneck, dtype, width=0.1):
    net = ResNet(blocks, bottleneck, width, 10)
    state = {n: t for n, t in net.state_dict().items() if not n.endswith("num_batches_tracked")}
    names = [[n, quell(n, blocks)] for n in state]
    for k, (n, mine) in enumerate(names):
        # Through single precision, in which quell holds them.
        state[n].copy_(value(k, mine, tuple(state[n].shape)).float())
    return names, net.to(dtype)


def images(k, dtype):
    return (3 * u(k, (4, 3, 36, 44))).float().to(dtype)


def farthest(blocks, bottleneck):
    """The number of the images whose activations keep the farthest from zero, and how far."""
    global margin
    found = []
    for k in range(1000, 1040):
        _, net = build(blocks, bottleneck, torch.float64)
        margin = math.inf
        with torch.no_grad():
            net.train()(images(k, torch.float64))
        found.append((margin, k))
    return max(found)


def measure(blocks, bottleneck, k, dtype):
    names, net = build(blocks, bottleneck, dtype)
    x = images(k, dtype)
    with torch.no_grad():
        evaluated = net.eval()(x)
    trained = net.train()(x)
    loss = F.cross_entropy(trained, torch.tensor([1, 3, 5, 7]))
    loss.backward()
    grads = {n: p.grad.double().flatten() for n, p in net.named_parameters()}
    after = {n: t.double() for n, t in net.state_dict().items() if "running" in n}
    return names, {
        "eval": evaluated.flatten().tolist(),
        "train": trained.detach().flatten().tolist(),
        "loss": float(loss.detach()),
        "grad_norms": [[quell(n, blocks), float(g.norm())] for n, g in grads.items()],
        "running": [[quell(n, blocks), float(t.norm())] for n, t in after.items()],
    }


def apart(a, b):
    return max(abs(x - y) for x, y in zip(a, b)) / max(map(abs, b))


def state_file(path):
    """Writes a state dict in which everything is met that PyTorch's files may have: a dictionary around
    it, a prefix, parameters, counters, three sizes of numbers, and tensors that are views of others,
    in another order as well. Returns the logits of the network."""
    net = build((2, 2, 2, 2), False, torch.float32, 0.02)[1]
    state = net.state_dict()
    small, large = [n for n in state if state[n].dim() == 4], [n for n in state if state[n].dim() in (1, 2)]
    brain = [n for n in large if "running" in n]
    single = [n for n in large if n not in brain and n != "fc.weight"]
    file = type(state)()
    file._metadata = {"": {"version": 1}}
    for names, dtype in ((small, torch.float16), (brain, torch.bfloat16), (single, torch.float32), (["fc.weight"], torch.float64)):
        # One storage for all of them. Of some the channels come last.
        last = [n for n in names if state[n].dim() == 4 and n.startswith(("conv1", "layer2"))]
        parts = [state[n].permute(0, 2, 3, 1) if n in last else state[n] for n in names]
        storage, at = torch.cat([p.flatten() for p in parts]).to(dtype), 0
        for n, part in zip(names, parts):
            view = storage[at : at + part.numel()].view(part.shape)
            file["module." + n] = view.permute(0, 3, 1, 2) if n in last else view
            at += part.numel()
    counters = torch.zeros(len(state), dtype=torch.int64)
    for k, n in enumerate(n for n in state if n.endswith("num_batches_tracked")):
        file["module." + n] = counters[k]
    file["module.fc.bias"] = nn.Parameter(file["module.fc.bias"])
    torch.save({"epoch": 3, "state_dict": file}, path)
    net.load_state_dict({n.removeprefix("module."): t.float() if t.is_floating_point() else t for n, t in file.items()})
    with torch.no_grad():
        return net.eval()(images(1000, torch.float32)).flatten().tolist()


cases = []
for model, blocks, bottleneck in [("imagenet-resnet18", (2, 2, 2, 2), False), ("imagenet-resnet50", (3, 4, 6, 3), True)]:
    far, k = farthest(blocks, bottleneck)
    names, found = measure(blocks, bottleneck, k, torch.float32)
    _, exact = measure(blocks, bottleneck, k, torch.float64)
    # How far rounding alone moves PyTorch's own figures.
    rounding = {key: apart(found[key], exact[key]) for key in ("eval", "train")}
    norms = [[n for _, n in f["grad_norms"]] for f in (found, exact)]
    rounding["grad_norms"] = apart(*norms)
    cases.append({"model": model, "images": k, "margin": far, "names": names, "rounding": rounding, **found})
    print(model, k, far, rounding)
path = pathlib.Path(__file__).with_name("imagenet.json")
logits = state_file(path.with_suffix(".pth"))
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases, "file": logits}))
