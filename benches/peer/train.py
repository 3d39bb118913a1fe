#!/usr/bin/env python3
"""The PyTorch loop that quell replaces: ResNet-20 with min-max QAT on random images, timed.

The same network, quantizer, batch and optimiser as `quell bench --model resnet20 --bits wXaX`: ten classes,
one channel of 28 × 28 pixels, first and last layer at 8 bits, per-channel symmetric weights, unsigned
activations with a moving maximum, Adam. Prints one JSON object with the figures of quell's.
"""

import argparse
import json
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class RoundSte(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, grad):
        return grad


class Quantizers(nn.Module):
    """Fake quantization of a layer's weights and input; `bits` of None is off."""

    def __init__(self, bits, input_too=True):
        super().__init__()
        self.bits, self.input_too = bits, input_too
        self.register_buffer("peak", torch.zeros(()))

    def weight(self, w):
        if self.bits is None:
            return w
        q = 2 ** (self.bits - 1) - 1
        scale = (w.detach().abs().amax(tuple(range(1, w.dim())), keepdim=True) / q).clamp(min=1e-12)
        return RoundSte.apply(w / scale) * scale

    def input(self, x):
        if self.bits is None or not self.input_too:
            return x
        q = 2**self.bits - 1
        peak = self.peak
        if self.training:
            peak = x.detach().amax()
            self.peak.copy_(torch.where(self.peak == 0, peak, 0.9 * self.peak + 0.1 * peak))
        scale = (peak / q).clamp(min=1e-12)
        return RoundSte.apply((x / scale).clamp(0, q)) * scale


class Conv(nn.Module):
    def __init__(self, cin, cout, stride, bits, stem=False):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(cout)
        self.quantizers = Quantizers(bits, input_too=not stem)

    def forward(self, x):
        c, q = self.conv, self.quantizers
        return self.norm(F.conv2d(q.input(x), q.weight(c.weight), None, c.stride, c.padding))


class Block(nn.Module):
    def __init__(self, cin, cout, stride, bits):
        super().__init__()
        self.a, self.b = Conv(cin, cout, stride, bits), Conv(cout, cout, 1, bits)
        self.stride, self.more = stride, cout - cin

    def forward(self, x):
        y = self.b(F.relu(self.a(x)))
        short = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        return F.relu(y + short)


class ResNet20(nn.Module):
    def __init__(self, bits):
        super().__init__()
        edge = None if bits is None else 8
        self.stem = Conv(1, 16, 1, edge, stem=True)
        blocks, cin = [], 16
        for cout in (16, 32, 64):
            for n in range(3):
                blocks.append(Block(cin, cout, 2 if n == 0 and cout > 16 else 1, bits))
                cin = cout
        self.blocks = nn.Sequential(*blocks)
        self.classifier = nn.Linear(64, 10)
        self.quantizers = Quantizers(edge)

    def forward(self, x):
        h = self.blocks(F.relu(self.stem(x))).mean((2, 3))
        return F.linear(self.quantizers.input(h), self.quantizers.weight(self.classifier.weight), self.classifier.bias)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bits", type=int, help="of weights and activations; none for full precision")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    device = torch.device(args.device)
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    model = ResNet20(args.bits).to(device)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    x = torch.rand(args.batch, 1, 28, 28, device=device) - 0.3
    labels = torch.arange(args.batch, device=device) % 10
    forward = torch.compile(model) if args.compile else model

    def train(steps):
        for _ in range(steps):
            optimiser.zero_grad(set_to_none=True)
            loss = F.cross_entropy(forward(x), labels)
            loss.backward()
            optimiser.step()
        return float(loss.detach())

    def timed(work, warm):
        work(warm)
        wait()
        begun = time.perf_counter()
        last = work(args.steps)
        wait()
        return args.steps * args.batch / (time.perf_counter() - begun), last

    speed, loss = timed(train, 3)
    model.eval()

    def evaluate(steps):
        with torch.no_grad():
            for _ in range(steps):
                out = forward(x)
        return float(out.sum())

    eval_speed, _ = timed(evaluate, 3)
    print(
        json.dumps(
            {
                "samples_per_second": speed,
                "eval_samples_per_second": eval_speed,
                "threads": torch.get_num_threads(),
                "loss": loss,
                "torch": torch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
