"""Time training steps in Python PyTorch: the workloads of bench/train-throughput.sh as nn.Modules.

Prints one line of JSON with the milliseconds of each counted step. Weights are random: they do not change the time of a step.
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F
from torch import nn

WARM_UP = 5


class Lenet5(nn.Module):
    """LeNet-5 in Caffe's form."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2), nn.Flatten()
        )
        self.classifier = nn.Sequential(nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10))

    def forward(self, x):
        return self.classifier(self.features(x))


class Block(nn.Module):
    """Two convolutions and a shortcut of option A (He et al. 2016)."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.stride = 1 if inputs == outputs else 2
        self.conv1 = nn.Conv2d(inputs, outputs, 3, self.stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride == 2:
            more = x.shape[1] // 2
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, more, more))
        return F.relu(y + x)


class Resnet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        widths = [(16, 16)] * 3 + [(16, 32)] + [(32, 32)] * 2 + [(32, 64)] + [(64, 64)] * 2
        self.blocks = nn.Sequential(*(Block(*pair) for pair in widths))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        return self.linear(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


class Layer(nn.Module):
    """A layer of BERT with attention written out, as in the ONNX file."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, hidden):
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 + hidden
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(x.shape)
        y = self.norm1(self.output(mixed) + x)
        return self.norm2(self.down(F.gelu(self.up(y))) + y)


class Minilm(nn.Module):
    def __init__(self, width=384):
        super().__init__()
        self.words, self.positions, self.types = (nn.Embedding(rows, width) for rows in (30522, 512, 2))
        for embedding in (self.words, self.positions, self.types):
            embedding.requires_grad_(False)
        self.norm = nn.LayerNorm(width, 1e-12)
        self.layers = nn.ModuleList(Layer(width, 12) for _ in range(6))

    def forward(self, ids, mask, types):
        x = self.norm(self.words(ids) + self.types(types) + self.positions(torch.arange(ids.shape[1])))
        hidden = (1 - mask[:, None, None].float()) * torch.finfo(torch.float32).min
        for layer in self.layers:
            x = layer(x, hidden)
        return x


def workload(name):
    """Return model, inputs, targets, loss and optimizer."""
    if name == "minilm":
        model = Minilm()
        ids = torch.randint(30000, (16, 64))
        inputs, targets = (ids, torch.ones_like(ids), torch.zeros_like(ids)), torch.randn(16, 64, 384)
        trained = [weight for weight in model.parameters() if weight.requires_grad]
        groups = [
            {"params": [weight for weight in trained if weight.dim() > 1], "weight_decay": 0.01},
            {"params": [weight for weight in trained if weight.dim() == 1], "weight_decay": 0.0},
        ]
        return model, inputs, targets, F.mse_loss, torch.optim.AdamW(groups, lr=1e-5, betas=(0.9, 0.98), eps=1e-8)
    model, shape = (Lenet5(), (128, 1, 28, 28)) if name == "lenet5" else (Resnet20(), (64, 3, 32, 32))
    targets = torch.randint(10, shape[:1])
    groups = [
        {"params": [weight for weight in model.parameters() if weight.dim() > 1], "weight_decay": 1e-4},
        {"params": [weight for weight in model.parameters() if weight.dim() == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.01, momentum=0.9, nesterov=True)
    last = torch.channels_last  # the faster layout
    return model.to(memory_format=last), (torch.randn(shape).to(memory_format=last),), targets, F.cross_entropy, optimizer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload", choices=["lenet5", "resnet20", "minilm"])
    parser.add_argument("threads", type=int)
    parser.add_argument("rounds", type=int)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    model, inputs, targets, loss_of, optimizer = workload(options.workload)
    model.train()
    times = []
    for _ in range(WARM_UP + options.rounds):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_of(model(*inputs), targets)
        loss.backward()
        optimizer.step()
        loss.item()
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"python": times[WARM_UP:], "torch": torch.__version__, "blas": blas()}))


def blas():
    return next((line.strip(" -") for line in torch.__config__.show().splitlines() if "MKL " in line), "")


if __name__ == "__main__":
    main()
