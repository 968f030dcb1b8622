"""Writes ResNet-50 (25.6 million parameters, weights drawn by a fixed seed) as TorchScript: resnet50.py FILE"""

import sys

import torch
from torch import nn


class Bottleneck(nn.Module):
    """Three convolutions beside the way around them."""

    def __init__(self, inside, width, stride):
        super().__init__()
        outside = 4 * width
        self.around = nn.Identity()
        if stride != 1 or inside != outside:
            self.around = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
        self.way = nn.Sequential(
            nn.Conv2d(inside, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, outside, 1, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x):
        return torch.relu(self.way(x) + self.around(x))


def resnet50():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    inside = 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            layers.append(Bottleneck(inside, width, stride if block == 0 else 1))
            inside = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inside, 1000))


def main():
    torch.manual_seed(2015)
    model = resnet50()
    # Statistics of noise, so that numbers stay of one size through all layers.
    with torch.no_grad():
        model.train()
        for _ in range(2):
            model(torch.randn(8, 3, 224, 224))
    torch.jit.save(torch.jit.script(model.eval()), sys.argv[1])


if __name__ == "__main__":
    main()
