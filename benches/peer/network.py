"""ResNet-20 with min-max QAT as quell trains it, in plain PyTorch.

First and last layer at the same bits, per-channel symmetric weights, unsigned activations by the batch's maximum
in training and by its moving average in evaluation, straight-through gradients, shortcut A, He-normal weights.
"""

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
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
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
    """Logits [B, 10] of images [B, channels, H, W]; `bits` of weights and activations, None for full precision."""

    def __init__(self, bits, channels=1):
        super().__init__()
        self.stem = Conv(channels, 16, 1, bits, stem=True)
        blocks, cin = [], 16
        for cout in (16, 32, 64):
            for n in range(3):
                blocks.append(Block(cin, cout, 2 if n == 0 and cout > 16 else 1, bits))
                cin = cout
        self.blocks = nn.Sequential(*blocks)
        self.classifier = nn.Linear(64, 10)
        nn.init.kaiming_normal_(self.classifier.weight, nonlinearity="linear")
        nn.init.zeros_(self.classifier.bias)
        self.quantizers = Quantizers(bits)

    def forward(self, x):
        h = self.blocks(F.relu(self.stem(x))).mean((2, 3))
        return F.linear(self.quantizers.input(h), self.quantizers.weight(self.classifier.weight), self.classifier.bias)
