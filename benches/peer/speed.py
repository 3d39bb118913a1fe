#!/usr/bin/env python3
"""Times training steps and evaluation of the PyTorch network on random images, as `quell bench` does.

Prints one JSON object with the names that `quell bench --json` uses.
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F

from network import ResNet20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bits", type=int, help="of weights and activations; none for full precision")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--shape", type=int, nargs=2, default=(1, 28), help="channels and side of the images")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    device = torch.device(args.device)
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    begun = time.perf_counter()
    channels, side = args.shape
    model = ResNet20(args.bits, channels).to(device)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    x = torch.rand(args.batch, channels, side, side, device=device) - 0.3
    labels = torch.arange(args.batch, device=device) % 10
    forward = torch.compile(model) if args.compile else model

    def train(steps):
        for _ in range(steps):
            optimiser.zero_grad(set_to_none=True)
            loss = F.cross_entropy(forward(x), labels)
            loss.backward()
            optimiser.step()

    def timed(work):
        begun = time.perf_counter()
        work(args.steps)
        wait()
        return args.steps * args.batch / (time.perf_counter() - begun)

    def evaluate(steps):
        with torch.no_grad():
            for _ in range(steps):
                forward(x)

    train(3)
    wait()
    warm_up = time.perf_counter() - begun
    speed = timed(train)
    model.eval()
    evaluate(3)
    wait()
    eval_speed = timed(evaluate)
    print(
        json.dumps(
            {
                "samples_per_second": speed,
                "eval_samples_per_second": eval_speed,
                "warm_up_seconds": warm_up,
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
