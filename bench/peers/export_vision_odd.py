"""Convolutional modules that wire their channels in rarer ways: heads of detectors, shared pyramids, modulated weights, odd selections."""

import torch
import torch.nn.functional as F
from torch import nn

from export_cases import Case, Input, image
from export_vision import Head, conv, net


class FeaturePyramid(nn.Module):
    """Lateral convolutions, Resize and Add from the top down; one head serves all levels."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([conv(3, 10, stride=2), conv(10, 16, stride=2), conv(16, 22, stride=2)])
        self.lateral = nn.ModuleList(nn.Conv2d(width, 18, 1) for width in (10, 16, 22))
        self.smooth = conv(18, 14)
        self.boxes, self.scores = nn.Conv2d(14, 4, 3, padding=1), nn.Conv2d(14, 2, 3, padding=1)

    def forward(self, x):
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        top, outputs = None, []
        for lateral, level in zip(reversed(self.lateral), reversed(found)):
            y = lateral(level)
            top = y if top is None else y + F.interpolate(top, scale_factor=2.0, mode="nearest")
            z = self.smooth(top)
            outputs.append(torch.cat([self.boxes(z), self.scores(z)], 1).flatten(2))
        return torch.cat(outputs, 2)


class YoloHead(nn.Module):
    """Anchors and classes by view and permute, decoded with a constant grid (YOLOv5); or a distribution over bins (YOLOv8)."""

    def __init__(self, bins):
        super().__init__()
        self.trunk = nn.Sequential(conv(3, 12, stride=2, activation=nn.SiLU), conv(12, 20, stride=2, activation=nn.SiLU))
        self.bins = bins
        if bins:
            self.boxes = nn.Sequential(conv(20, 16, activation=nn.SiLU), nn.Conv2d(16, 32, 1))
            self.classes = nn.Sequential(conv(20, 14, activation=nn.SiLU), nn.Conv2d(14, 3, 1))
            self.expect = nn.Conv2d(8, 1, 1, bias=False)
        else:
            self.head = nn.Conv2d(20, 3 * 8, 1)
        self.register_buffer("grid", torch.stack(torch.meshgrid(torch.arange(4.0), torch.arange(4.0), indexing="ij"), -1))

    def forward(self, x):
        x = self.trunk(x)
        batch = x.shape[0]
        if self.bins:
            boxes = self.expect(self.boxes(x).view(batch, 4, 8, 16).transpose(1, 2).softmax(1)).view(batch, 4, 16)
            near, far = boxes.chunk(2, 1)
            return torch.cat([(near + far) / 2, far - near, self.classes(x).view(batch, 3, 16).sigmoid()], 1)
        y = self.head(x).view(batch, 3, 8, 4, 4).permute(0, 1, 3, 4, 2).sigmoid()
        place, size, rest = y.split((2, 2, 4), -1)
        return torch.cat(((place * 2 - 0.5 + self.grid) * 4, (size * 2) ** 2, rest), -1).view(batch, -1, 8)


class SplitAttention(nn.Module):
    """ResNeSt: groups of channels weighed by a softmax over the splits."""

    def __init__(self, channels, radix=2):
        super().__init__()
        self.radix = radix
        self.body = conv(channels, channels * radix, groups=radix)
        self.reduce, self.expand = nn.Conv2d(channels, 10, 1), nn.Conv2d(10, channels * radix, 1)

    def forward(self, x):
        y = self.body(x)
        parts = torch.stack(y.chunk(self.radix, 1), 1)
        gate = self.expand(F.relu(self.reduce(F.adaptive_avg_pool2d(parts.sum(1), 1))))
        gate = gate.view(x.shape[0], self.radix, -1, 1, 1).softmax(1)
        return x + (gate * parts).sum(1)


class EfficientChannels(nn.Module):
    """ECA: a one-dimensional convolution along the channels."""

    def __init__(self):
        super().__init__()
        self.along = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x):
        y = self.along(F.adaptive_avg_pool2d(x, 1).squeeze(-1).transpose(1, 2))
        return x * y.transpose(1, 2).unsqueeze(-1).sigmoid()


class ChannelAttention(nn.Module):
    """CBAM's first half: one MLP on mean and maximum."""

    def __init__(self, channels):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(channels, 7), nn.ReLU(), nn.Linear(7, channels))

    def forward(self, x):
        return x * (self.mlp(x.mean((2, 3))) + self.mlp(x.amax((2, 3)))).sigmoid()[:, :, None, None]


class GlobalContext(nn.Module):
    """GCNet: positions pooled by a softmax, a bottleneck with LayerNorm over [C, 1, 1], added everywhere."""

    def __init__(self, channels):
        super().__init__()
        self.mask = nn.Conv2d(channels, 1, 1)
        self.body = nn.Sequential(nn.Conv2d(channels, 9, 1), nn.LayerNorm([9, 1, 1]), nn.ReLU(), nn.Conv2d(9, channels, 1))

    def forward(self, x):
        weights = self.mask(x).flatten(2).softmax(-1)
        context = torch.matmul(x.flatten(2).unsqueeze(1), weights.unsqueeze(-1))
        return x + self.body(context.view(x.shape[0], -1, 1, 1))


class Res2(nn.Module):
    """Res2Net: parts of the channels, each added to the next before its convolution, and concatenated."""

    def __init__(self, channels, scale=3):
        super().__init__()
        self.scale, width = scale, channels // scale
        self.enter, self.leave = conv(channels, channels, 1), conv(channels, channels, 1, activation=nn.Identity)
        self.steps = nn.ModuleList(conv(width, width) for _ in range(scale - 1))

    def forward(self, x):
        parts = list(torch.chunk(self.enter(x), self.scale, 1))
        for i, step in enumerate(self.steps):
            parts[i + 1] = step(parts[i + 1] if i == 0 else parts[i + 1] + parts[i])
        return F.relu(x + self.leave(torch.cat(parts, 1)))


class MixedKernels(nn.Module):
    """MixConv: parts of unequal width, each by a depthwise layer of another kernel."""

    def __init__(self, widths=(10, 8, 6)):
        super().__init__()
        self.widths = list(widths)
        self.layers = nn.ModuleList(conv(w, w, k, groups=w) for w, k in zip(widths, (3, 5, 7)))
        self.leave = conv(sum(widths), sum(widths), 1)

    def forward(self, x):
        parts = torch.split(x, self.widths, 1)
        return x + self.leave(torch.cat([layer(part) for layer, part in zip(self.layers, parts)], 1))


class Picked(nn.Module):
    """Channels picked, reversed, rolled, repeated, interleaved or padded between two convolutions."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.before = kind, conv(3, 12)
        self.after = conv({"every_second": 6, "index": 5, "tile": 24, "interleave": 24, "pad": 17, "stack": 24}.get(kind, 12), 16)
        self.head = Head(16)
        self.register_buffer("places", torch.tensor([7, 2, 9, 4, 11]))

    def forward(self, x):
        x = self.before(x)
        kind = self.kind
        if kind == "every_second":
            x = x[:, ::2]
        elif kind == "index":
            x = x.index_select(1, self.places)
        elif kind == "flip":
            x = x.flip(1)
        elif kind == "roll":
            x = torch.roll(x, 5, 1)
        elif kind == "tile":
            x = x.repeat(1, 2, 1, 1)
        elif kind == "interleave":
            x = x.repeat_interleave(2, 1)
        elif kind == "pad":
            x = F.pad(x, (0, 0, 0, 0, 2, 3))
        elif kind == "stack":
            x = torch.stack([x, x.square()], 2).flatten(1, 2)
        elif kind == "unbind":
            x = torch.stack([part + 1 for part in x.unbind(1)], 1)
        elif kind == "sort":
            x = x.sort(1).values
        elif kind == "cumsum":
            x = x.cumsum(1)
        return self.head(self.after(x))


class Conditional(nn.Module):
    """CondConv: kernels mixed by a gate that the picture decides."""

    def __init__(self, channels, experts=3):
        super().__init__()
        self.route = nn.Linear(channels, experts)
        self.weight = nn.Parameter(torch.randn(experts, channels, channels, 3, 3) / 15)

    def forward(self, x):
        gate = self.route(x.mean((2, 3))).sigmoid().mean(0)
        return x + F.conv2d(x, torch.einsum("e,eoikl->oikl", gate, self.weight), padding=1)


class Modulated(nn.Module):
    """FiLM or adaptive instance normalisation: scale and shift of every channel come from a vector."""

    def __init__(self, channels, norm):
        super().__init__()
        self.body, self.style = nn.Conv2d(channels, channels, 3, padding=1), nn.Linear(11, 2 * channels)
        self.norm = nn.InstanceNorm2d(channels) if norm else nn.Identity()

    def forward(self, x, style):
        scale, shift = self.style(style)[:, :, None, None].chunk(2, 1)
        return F.relu(self.norm(self.body(x)) * (1 + scale) + shift)


class Styled(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.stem, self.first, self.second = conv(3, 14), Modulated(14, norm), Modulated(14, norm)
        self.head = Head(14)

    def forward(self, x, style):
        return self.head(self.second(self.first(self.stem(x), style), style))


class MobileVit(nn.Module):
    """Convolution, patches unfolded to sequences, attention on them, folded back, concatenated with the input."""

    def __init__(self, channels=24, width=20):
        super().__init__()
        self.local, self.enter = conv(channels, channels), nn.Conv2d(channels, width, 1)
        self.norm, self.qkv, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.leave, self.fuse = conv(width, channels, 1), conv(2 * channels, channels)

    def forward(self, x):
        y = self.enter(self.local(x))
        b, c, h, w = y.shape
        y = y.reshape(b * c * (h // 2), 2, w // 2, 2).transpose(1, 2).reshape(b, c, (h // 2) * (w // 2), 4)
        y = y.transpose(1, 3).reshape(b * 4, (h // 2) * (w // 2), c)
        q, k, v = self.qkv(self.norm(y)).reshape(b * 4, -1, 3, 4, c // 4).permute(2, 0, 3, 1, 4)
        z = (q @ k.transpose(-2, -1) * (c // 4) ** -0.5).softmax(-1) @ v
        y = y + self.out(z.transpose(1, 2).reshape(b * 4, -1, c))
        y = y.view(b, 4, (h // 2) * (w // 2), c).transpose(1, 3).reshape(b * c * (h // 2), w // 2, 2, 2)
        y = y.transpose(1, 2).reshape(b, c, h, w)
        return self.fuse(torch.cat([x, self.leave(y)], 1))


class GridAttention(nn.Module):
    """BoTNet: attention over the positions of a map by 1x1 convolutions, with a learned map of positions."""

    def __init__(self, channels=24, heads=4, size=5, side=16):
        super().__init__()
        self.heads, self.size = heads, size
        self.qkv, self.out = nn.Conv2d(channels, 3 * heads * size, 1, bias=False), nn.Conv2d(heads * size, channels, 1)
        self.places = nn.Parameter(torch.randn(1, heads, size, side * side))

    def forward(self, x):
        b, _, h, w = x.shape
        q, k, v = (part.reshape(b, self.heads, self.size, h * w) for part in self.qkv(x).chunk(3, 1))
        scores = torch.einsum("bhdi,bhdj->bhij", q, k) + torch.einsum("bhdi,bhdj->bhij", q, self.places)
        y = torch.einsum("bhij,bhdj->bhdi", scores.softmax(-1), v)
        return x + self.out(y.reshape(b, self.heads * self.size, h, w))


class TiedCodes(nn.Module):
    """A dense autoencoder whose decoder is the encoder transposed."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(20, 14), nn.Linear(14, 9)
        self.shifts = nn.ParameterList([nn.Parameter(torch.randn(14)), nn.Parameter(torch.randn(20))])

    def forward(self, x):
        code = self.second(self.first(x).relu()).relu()
        y = F.linear(code, self.second.weight.t(), self.shifts[0]).relu()
        return F.linear(y, self.first.weight.t(), self.shifts[1])


class Tasks(nn.Module):
    """Three heads on one trunk; a map inside is an output too."""

    def __init__(self):
        super().__init__()
        self.trunk, self.deep = conv(3, 16), conv(16, 26)
        self.first, self.second, self.map = Head(26, 4), Head(16, 3), nn.Conv2d(26, 2, 1)

    def forward(self, x):
        x = self.trunk(x)
        y = self.deep(x)
        return self.first(y), self.second(x), self.map(y), y


class Pools(nn.Module):
    """Pools concatenated, powers of means, pyramids of several sizes, flattened together."""

    def __init__(self):
        super().__init__()
        self.stem, self.power = conv(3, 18), nn.Parameter(torch.tensor([3.0]))
        self.head = nn.Linear(18 * (1 + 1 + 1 + 4 + 16), 5)

    def forward(self, x):
        x = self.stem(x)
        powers = F.adaptive_avg_pool2d(x.clamp(min=1e-6).pow(self.power), 1).pow(1 / self.power)
        parts = [powers, F.adaptive_max_pool2d(x, 1), x.mean((2, 3), keepdim=True)]
        parts += [F.adaptive_avg_pool2d(x, 2), F.max_pool2d(x, 4)]
        return self.head(torch.cat([part.flatten(1) for part in parts], 1))


class Borders(nn.Module):
    """Reflected, replicated and wrapped borders; uneven and dilated kernels; ceiled pools."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.ReplicationPad2d(1), nn.Conv2d(12, 14, 3),
            nn.ReLU(), nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(14, 16, 2, dilation=1), nn.MaxPool2d(3, 2, ceil_mode=True),
            nn.Conv2d(16, 18, (1, 5), padding=(0, 2)), nn.ReLU6(), nn.Conv2d(18, 20, 3, padding=2, dilation=2),
            nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
        )  # fmt: skip
        self.head = Head(20)

    def forward(self, x):
        return self.head(self.layers(x))


class Crop(nn.Module):
    """A U-Net without padding: skips are cropped to the size of what comes up; grouped transposed convolutions."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 12, 3), nn.Conv2d(12, 20, 3, 2)
        self.up = nn.ConvTranspose2d(20, 16, 2, 2, groups=2)
        self.last = nn.Sequential(nn.Conv2d(28, 10, 3), nn.ReLU(), nn.Conv2d(10, 2, 1))

    def forward(self, x):
        first = self.first(x).relu()
        y = self.up(self.second(first).relu())
        return self.last(torch.cat([first[:, :, 1:13, 1:13], y[:, :, :12, :12]], 1))


class Channelslast(nn.Module):
    """Flattened after a permutation to NHWC, as TensorFlow does; a Linear on pixels before."""

    def __init__(self):
        super().__init__()
        self.stem, self.pixels, self.head = conv(3, 12, stride=4), nn.Linear(12, 10), nn.Linear(160, 5)

    def forward(self, x):
        x = self.pixels(self.stem(x).permute(0, 2, 3, 1)).relu()
        return self.head(x.reshape(x.shape[0], -1))


class DeformableAttention(nn.Module):
    """Values read at places that each head chooses for itself, heads counted with the batch (Zhu et al. 2021; RT-DETR)."""

    def __init__(self, width=24, heads=4, points=3):
        super().__init__()
        self.sizes = heads, points, width // heads
        self.stem, self.queries = conv(3, width, stride=4), nn.Parameter(torch.randn(1, 5, width))
        self.value, self.offsets = nn.Linear(width, width), nn.Linear(width, heads * points * 2)
        self.weights, self.head = nn.Linear(width, heads * points), nn.Linear(width, 3)

    def forward(self, x):
        x = self.stem(x)
        heads, points, each = self.sizes
        value = self.value(x.flatten(2).transpose(1, 2)).view(x.shape[0], -1, heads, each)
        value = value.flatten(2).transpose(1, 2).reshape(x.shape[0] * heads, each, x.shape[2], x.shape[3])
        queries = self.queries + x.mean((2, 3)).unsqueeze(1)
        places = self.offsets(queries).view(x.shape[0], 5, heads, points, 2).tanh().transpose(1, 2).flatten(0, 1)
        weights = self.weights(queries).view(x.shape[0], 5, heads, points).softmax(-1).transpose(1, 2)
        read = F.grid_sample(value, places, align_corners=False)
        y = (read * weights.reshape(x.shape[0] * heads, 1, 5, points)).sum(-1)
        return self.head(y.view(x.shape[0], -1, 5).transpose(1, 2))


X = (image(),)
KINDS = ("every_second", "index", "flip", "roll", "tile", "interleave", "pad", "stack", "unbind", "sort", "cumsum")
STYLE = Input("style", ("batch", 11))
CASES = [
    Case("feature_pyramid", FeaturePyramid, X, late=True),
    Case("yolo_anchors", lambda: YoloHead(False), X, late=True),
    Case("yolo_bins", lambda: YoloHead(True), X),
    Case("split_attention", lambda: net(SplitAttention(24), head=24), X),
    Case("efficient_channels", lambda: net(EfficientChannels(), conv(24, 16), head=16), X),
    Case("channel_attention", lambda: net(ChannelAttention(24), conv(24, 16), head=16), X),
    Case("global_context", lambda: net(GlobalContext(24), head=24), X),
    Case("res2net", lambda: net(Res2(24), Res2(24), head=24), X),
    Case("mixed_kernels", lambda: net(MixedKernels(), MixedKernels(), head=24), X),
    *(Case(f"channels_{kind}", lambda kind=kind: Picked(kind), X) for kind in KINDS),
    Case("conditional_conv", lambda: net(Conditional(24), head=24), X),
    Case("film", lambda: Styled(False), (*X, STYLE)),
    Case("adain", lambda: Styled(True), (*X, STYLE)),
    Case("mobile_vit", lambda: net(MobileVit(), head=24), X),
    Case("grid_attention", lambda: net(GridAttention(), head=24), X),
    Case("tied_codes", TiedCodes, (Input("input", ("batch", 20)),)),
    Case("tasks", Tasks, X, outputs=("first", "second", "map", "inner")),
    Case("pools", Pools, X),
    Case("borders", Borders, X),
    Case("crop", Crop, X),
    Case("channels_last", Channelslast, X),
    Case("deformable_attention", DeformableAttention, X, opset=16),
]
