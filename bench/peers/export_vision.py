"""Small convolutional modules, one for each coupling pattern that pruning has to see through."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import nms

from export_cases import Case, Input, image


def conv(inputs, outputs, kernel=3, stride=1, groups=1, activation=nn.ReLU):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        activation(),
    )


class Head(nn.Module):
    """Global pool, Flatten, Linear: the end of most classifiers here."""

    def __init__(self, channels, classes=5):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classify = nn.Linear(channels, classes)

    def forward(self, x):
        return self.classify(torch.flatten(self.pool(x), 1))


def net(*body, head, start=3, width=24):
    """A stem of `width` channels, the body, and a classifier of `head` channels."""
    return nn.Sequential(conv(start, width), *body, Head(head))


class Chain(nn.Module):
    """Three convolutions, the middle one strided and with a bias but no BatchNorm."""

    def __init__(self):
        super().__init__()
        self.first = conv(3, 12)
        self.second = nn.Conv2d(12, 20, 3, 2, 1)
        self.third = conv(20, 28)
        self.head = Head(28)

    def forward(self, x):
        return self.head(self.third(F.leaky_relu(self.second(self.first(x)))))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.first = conv(inputs, outputs, stride=stride)
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.short = nn.Conv2d(inputs, outputs, 1, stride) if stride > 1 or inputs != outputs else nn.Identity()

    def forward(self, x):
        return F.relu(self.second(self.first(x)) + self.short(x))


class OptionA(nn.Module):
    """He et al. 2016, option A: the shortcut is subsampled and padded with zero channels on both sides."""

    def __init__(self, inputs, outputs, by_concat):
        super().__init__()
        self.extra = (outputs - inputs) // 2
        self.by_concat = by_concat
        self.first = conv(inputs, outputs, stride=2)
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        short = x[:, :, ::2, ::2]
        if self.by_concat:
            zeros = torch.zeros_like(short[:, : self.extra])
            short = torch.cat([zeros, short, zeros], 1)
        else:
            short = F.pad(short, (0, 0, 0, 0, self.extra, self.extra))
        return F.relu(self.second(self.first(x)) + short)


def shuffle(x, groups):
    batch, channels, height, width = x.shape
    x = x.view(batch, groups, channels // groups, height, width).transpose(1, 2).contiguous()
    return x.view(batch, channels, height, width)


class Shuffle(nn.Module):
    """ShuffleNet v1 unit: grouped 1x1, channel shuffle, depthwise, grouped 1x1, residual."""

    def __init__(self, channels, groups):
        super().__init__()
        self.groups = groups
        self.reduce = conv(channels, channels // 2, 1, groups=groups)
        self.depthwise = conv(channels // 2, channels // 2, groups=channels // 2, activation=nn.Identity)
        self.expand = conv(channels // 2, channels, 1, groups=groups, activation=nn.Identity)

    def forward(self, x):
        return F.relu(x + self.expand(self.depthwise(shuffle(self.reduce(x), self.groups))))


class SplitShuffle(nn.Module):
    """ShuffleNet v2 unit: one half goes through, the halves are concatenated and shuffled."""

    def __init__(self, channels, by_module=False):
        super().__init__()
        half = channels // 2
        self.mix = nn.ChannelShuffle(2) if by_module else lambda x: shuffle(x, 2)
        self.branch = nn.Sequential(conv(half, half, 1), conv(half, half, groups=half), conv(half, half, 1))

    def forward(self, x):
        left, right = x.chunk(2, dim=1)
        return self.mix(torch.cat([left, self.branch(right)], 1))


class DenseBlock(nn.Module):
    def __init__(self, channels, growth, layers):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(channels + i * growth), nn.ReLU(), nn.Conv2d(channels + i * growth, growth, 3, 1, 1))
            for i in range(layers)
        )

    def forward(self, x):
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        return torch.cat(features, 1)


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduced, hard=False):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, reduced, 1)
        self.excite = nn.Conv2d(reduced, channels, 1)
        self.gate = nn.Hardsigmoid() if hard else nn.Sigmoid()

    def forward(self, x):
        return x * self.gate(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))))


class SqueezeExciteLinear(nn.Module):
    """The same with Linear layers and a view."""

    def __init__(self, channels, reduced):
        super().__init__()
        self.weigh = nn.Sequential(nn.Linear(channels, reduced), nn.ReLU(), nn.Linear(reduced, channels), nn.Sigmoid())

    def forward(self, x):
        return x * self.weigh(x.mean((2, 3))).view(x.shape[0], x.shape[1], 1, 1)


class InvertedResidual(nn.Module):
    """MobileNet v3 block: expand, depthwise, squeeze-excite, project; hardswish."""

    def __init__(self, channels, expanded):
        super().__init__()
        self.body = nn.Sequential(
            conv(channels, expanded, 1, activation=nn.Hardswish),
            conv(expanded, expanded, 5, groups=expanded, activation=nn.Hardswish),
            SqueezeExcite(expanded, expanded // 4, hard=True),
            conv(expanded, channels, 1, activation=nn.Identity),
        )

    def forward(self, x):
        return x + self.body(x)


class ConvNextBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.up = nn.Linear(channels, 4 * channels)
        self.down = nn.Linear(4 * channels, channels)
        self.scale = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        y = self.scale * self.down(F.gelu(self.up(y)))
        return x + y.permute(0, 3, 1, 2)


class ChannelNorm(nn.Module):
    """LayerNorm over channels of NCHW, written out."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        centred = x - x.mean(1, keepdim=True)
        x = centred / torch.sqrt(centred.pow(2).mean(1, keepdim=True) + 1e-6)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class ShuffleUp(nn.Module):
    """PixelShuffle in the middle: by the module, or written with reshapes."""

    def __init__(self, inputs, outputs, written_out):
        super().__init__()
        self.before = nn.Conv2d(inputs, outputs * 4, 3, padding=1)
        self.written_out = written_out
        self.after = conv(outputs, outputs)

    def forward(self, x):
        x = self.before(x)
        if self.written_out:
            batch, channels, height, width = x.shape
            x = x.reshape(batch, channels // 4, 2, 2, height, width).permute(0, 1, 4, 2, 5, 3)
            x = x.reshape(batch, channels // 4, height * 2, width * 2)
        else:
            x = F.pixel_shuffle(x, 2)
        return self.after(x)


class UNet(nn.Module):
    """Two levels: up by ConvTranspose and by Resize, each concatenated with its skip."""

    def __init__(self, mode):
        super().__init__()
        self.mode = mode
        self.first, self.second, self.third = conv(3, 8), conv(8, 16), conv(16, 24)
        self.up = nn.ConvTranspose2d(24, 12, 2, 2)
        self.merge = conv(12 + 16, 14)
        self.last = nn.Sequential(conv(14 + 8, 10), nn.Conv2d(10, 2, 1))

    def forward(self, x):
        first = self.first(x)
        second = self.second(F.max_pool2d(first, 2))
        y = self.merge(torch.cat([self.up(self.third(F.max_pool2d(second, 2))), second], 1))
        align = {} if self.mode == "nearest" else {"align_corners": False}
        y = F.interpolate(y, size=first.shape[2:], mode=self.mode, **align)
        return self.last(torch.cat([y, first], 1))


class FlattenSpatial(nn.Module):
    """Flatten of [B, 10, 4, 4] into a Linear: every channel is 16 columns."""

    def __init__(self, by_view):
        super().__init__()
        self.by_view = by_view
        self.features = nn.Sequential(conv(3, 14), nn.MaxPool2d(2), conv(14, 10), nn.MaxPool2d(2))
        self.classify = nn.Sequential(nn.Linear(160, 22), nn.ReLU(), nn.Linear(22, 5))

    def forward(self, x):
        x = self.features(x)
        return self.classify(x.view(x.size(0), -1) if self.by_view else torch.flatten(x, 1))


class Slopes(nn.Module):
    """PReLU with a slope a channel, or one slope module of one value (or one a channel) shared by three layers."""

    def __init__(self, kind):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(inputs, 18, 3, padding=1) for inputs in (3, 18, 18))
        if kind == "own":
            self.slopes = nn.ModuleList(nn.PReLU(18) for _ in self.layers)
        else:
            self.slopes = nn.ModuleList([nn.PReLU(18 if kind == "shared" else 1)] * 3)
        self.head = Head(18)

    def forward(self, x):
        for layer, slope in zip(self.layers, self.slopes):
            x = slope(layer(x))
        return self.head(x)


class RawParameters(nn.Module):
    """Bare parameters: a scale and a shift a channel, a matrix applied from the left, a power of two in between."""

    def __init__(self):
        super().__init__()
        self.stem, self.after = conv(3, 12), conv(12, 16)
        self.scale = nn.Parameter(torch.rand(12, 1, 1) + 0.5)
        self.shift = nn.Parameter(torch.randn(1, 12, 1, 1))
        self.matrix = nn.Parameter(torch.randn(9, 16) / 4)
        self.head = nn.Linear(9, 5)

    def forward(self, x):
        x = self.after(self.scale * self.stem(x) + self.shift)
        return self.head((self.matrix @ x.flatten(2)).mean(2))


class Siamese(nn.Module):
    """One trunk, two inputs; the difference, the product and one embedding are concatenated."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(conv(3, 12), conv(12, 20, stride=2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(20, 14))
        self.head = nn.Linear(42, 1)

    def forward(self, left, right):
        left, right = self.trunk(left), self.trunk(right)
        return self.head(torch.cat([torch.abs(left - right), left * right, left], 1))


class Detector(nn.Module):
    """Boxes and scores by convolutions, then NMS or TopK: the end is data dependent."""

    def __init__(self, end):
        super().__init__()
        self.end = end
        self.trunk = nn.Sequential(conv(3, 12, stride=2), conv(12, 18, stride=2))
        self.boxes, self.scores = nn.Conv2d(18, 4, 1), nn.Conv2d(18, 1, 1)

    def forward(self, x):
        x = self.trunk(x)
        boxes = self.boxes(x).flatten(2).transpose(1, 2)
        scores = self.scores(x).flatten(1)
        if self.end == "topk":
            best, order = scores.topk(5, dim=1)
            return boxes.gather(1, order.unsqueeze(-1).expand(-1, -1, 4)), best
        corner = boxes[0, :, :2]
        corners = torch.cat([corner, corner + boxes[0, :, 2:].exp()], 1)
        kept = nms(corners, scores[0], 0.5)
        return corners[kept], scores[0][kept]


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.three = conv(24, 10, 1), nn.Sequential(conv(24, 8, 1), conv(8, 14))
        self.pool = nn.Sequential(nn.AvgPool2d(3, 1, 1), conv(24, 6, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.pool(x), F.max_pool2d(x, 3, 1, 1)], 1)


class CrossStage(nn.Module):
    """YOLO's C2f: chunk, a chain of bottlenecks of which every stage is concatenated."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.enter, self.leave = conv(channels, channels, 1, activation=nn.SiLU), conv(half * 4, channels, 1, activation=nn.SiLU)
        self.steps = nn.ModuleList([conv(half, half, activation=nn.SiLU), conv(half, half, activation=nn.SiLU)])

    def forward(self, x):
        parts = list(self.enter(x).chunk(2, 1))
        for step in self.steps:
            parts.append(parts[-1] + step(parts[-1]))
        return self.leave(torch.cat(parts, 1))


class Ghost(nn.Module):
    """GhostNet: half the channels by a depthwise layer; the surplus is sliced off."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.outputs, half = outputs, (outputs + 1) // 2
        self.primary, self.cheap = conv(inputs, half, 1), conv(half, half, groups=half)

    def forward(self, x):
        x = self.primary(x)
        return torch.cat([x, self.cheap(x)], 1)[:, : self.outputs]
