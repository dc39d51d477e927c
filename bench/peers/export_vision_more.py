"""The rest of the small convolutional modules, and the list of all of them."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations, weight_norm

from export_cases import Case, Input, image
from export_vision import (
    Chain, ChannelNorm, ConvNextBlock, CrossStage, DenseBlock, Detector, FlattenSpatial, Ghost, Head, Inception, InvertedResidual,
    OptionA, Slopes, RawParameters, Residual, ShuffleUp, Shuffle, Siamese, SplitShuffle, SqueezeExcite,
    SqueezeExciteLinear, UNet, conv, net,
)


class GatedConv(nn.Module):
    """GLU over channels: by F.glu, by chunk, or by slices with tanh (WaveNet)."""

    def __init__(self, channels, kind):
        super().__init__()
        self.kind, self.channels = kind, channels
        self.body = nn.Conv2d(channels, 2 * channels, 3, padding=1)

    def forward(self, x):
        y = self.body(x)
        if self.kind == "glu":
            return x + F.glu(y, 1)
        if self.kind == "chunk":
            left, right = y.chunk(2, 1)
            return x + left * right.sigmoid()
        return x + y[:, : self.channels].tanh() * y[:, self.channels :].sigmoid()


class SpatialAttention(nn.Module):
    """CBAM's second half: mean and maximum over channels, a convolution, a gate."""

    def __init__(self):
        super().__init__()
        self.body = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x):
        return x * self.body(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)).sigmoid()


class NonLocal(nn.Module):
    """Attention over pixels (Wang et al. 2018): three 1x1 convolutions and two matrix products."""

    def __init__(self, channels, inner):
        super().__init__()
        self.inner = inner
        self.theta, self.phi, self.value = (nn.Conv2d(channels, inner, 1) for _ in range(3))
        self.out = nn.Conv2d(inner, channels, 1)

    def forward(self, x):
        batch, _, height, width = x.shape
        weights = (self.theta(x).flatten(2).transpose(1, 2) @ self.phi(x).flatten(2)).softmax(-1)
        y = (weights @ self.value(x).flatten(2).transpose(1, 2)).transpose(1, 2).reshape(batch, self.inner, height, width)
        return x + self.out(y)


class SelectiveKernel(nn.Module):
    """SKNet: a softmax over two branches, stacked on a new axis."""

    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        self.branches = nn.ModuleList([conv(channels, channels), conv(channels, channels, 5)])
        self.squeeze, self.select = nn.Linear(channels, 8), nn.Linear(8, 2 * channels)

    def forward(self, x):
        parts = torch.stack([branch(x) for branch in self.branches], 1)
        weights = self.select(F.relu(self.squeeze(parts.sum(1).mean((2, 3))))).view(-1, 2, self.channels, 1, 1).softmax(1)
        return (parts * weights).sum(1)


class StandardisedConv(nn.Conv2d):
    """Weight standardisation: the weight is computed from the parameter in forward."""

    def forward(self, x):
        mean, variance = self.weight.mean((1, 2, 3), keepdim=True), self.weight.var((1, 2, 3), keepdim=True)
        return F.conv2d(x, (self.weight - mean) / torch.sqrt(variance + 1e-5), self.bias, self.stride, self.padding)


class BatchStandardisedConv(nn.Conv2d):
    """Weight standardisation by batch_norm, with a gain: networks without normalisation in timm."""

    def __init__(self, *args):
        super().__init__(*args)
        self.gain = nn.Parameter(torch.rand(self.out_channels) + 0.5)

    def forward(self, x):
        rows = self.weight.reshape(1, self.out_channels, -1)
        weight = F.batch_norm(rows, None, None, weight=self.gain, training=True, momentum=0.0, eps=1e-6)
        return F.conv2d(x, weight.reshape_as(self.weight), self.bias, self.stride, self.padding)


class Rep(nn.Module):
    """RepVGG before fusion: 3x3 + 1x1 + BatchNorm of the input itself."""

    def __init__(self, channels):
        super().__init__()
        self.three, self.one = conv(channels, channels, activation=nn.Identity), conv(channels, channels, 1, activation=nn.Identity)
        self.self_norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(self.three(x) + self.one(x) + self.self_norm(x))


class Pyramid(nn.Module):
    """SPPF: a chain of max-pools, concatenated."""

    def __init__(self, channels):
        super().__init__()
        self.enter, self.leave = conv(channels, channels // 2, 1), conv(channels * 2, channels, 1)

    def forward(self, x):
        parts = [self.enter(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, 1, 2))
        return self.leave(torch.cat(parts, 1))


class Maxout(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Conv2d(channels, 2 * channels, 3, padding=1)

    def forward(self, x):
        left, right = torch.split(self.body(x), x.shape[1], 1)
        return torch.max(left, right)


class Unshuffle(nn.Module):
    """SpaceToDepth by PixelUnshuffle, or YOLOv5's Focus of four strided slices."""

    def __init__(self, focus):
        super().__init__()
        self.focus, self.stem, self.after = focus, conv(3, 10), conv(40, 22)

    def forward(self, x):
        x = self.stem(x)
        if self.focus:
            return self.after(torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1))
        return self.after(F.pixel_unshuffle(x, 2))


class TemporalBlock(nn.Module):
    """Causal dilated Conv1d: left padding, or padding and cutting the end off (TCN's Chomp)."""

    def __init__(self, inputs, outputs, dilation, chomp):
        super().__init__()
        self.reach, self.chomp = 2 * dilation, chomp
        self.body = nn.Conv1d(inputs, outputs, 3, dilation=dilation, padding=self.reach if chomp else 0)
        self.short = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x):
        y = self.body(x)[:, :, : -self.reach] if self.chomp else self.body(F.pad(x, (self.reach, 0)))
        return F.relu(F.relu(y) + self.short(x))


class PoolLength(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.classify = nn.Linear(channels, 5)

    def forward(self, x):
        return self.classify(x.mean(-1))


def volume():
    return nn.Sequential(
        nn.Conv3d(2, 10, 3, padding=1), nn.BatchNorm3d(10), nn.ReLU(), nn.MaxPool3d(2),
        nn.Conv3d(10, 14, 3, padding=1, groups=2), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(14, 5),
    )  # fmt: skip


def mlp():
    return nn.Sequential(
        nn.Linear(17, 40), nn.BatchNorm1d(40), nn.ReLU(), nn.Linear(40, 26), nn.BatchNorm1d(26), nn.Tanh(), nn.Linear(26, 4)
    )


def dropped():
    return nn.Sequential(
        conv(3, 12), nn.Dropout2d(0.3), conv(12, 18), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(72, 20),
        nn.AlphaDropout(0.2), nn.ReLU(), nn.Linear(20, 5),
    )  # fmt: skip


def normed_weights(norm, layer=nn.Conv2d):
    return nn.Sequential(norm(layer(3, 12, 3)), nn.ELU(), norm(layer(12, 16, 3)), nn.ELU(), Head(16))


def norms(make, width=24):
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1), make(width), nn.ReLU(), nn.Conv2d(width, 30, 3, padding=1), make(30), nn.ReLU(), Head(30)
    )


def autoencoder():
    return nn.Sequential(
        conv(3, 12, stride=2), conv(12, 20, stride=2), nn.ConvTranspose2d(20, 16, 4, 2, 1, groups=2), nn.BatchNorm2d(16), nn.ReLU(),
        nn.ConvTranspose2d(16, 8, 3, 2, 1, output_padding=1), nn.ReLU(), nn.Upsample(scale_factor=2, mode="nearest"),
        nn.ReflectionPad2d(1), nn.Conv2d(8, 3, 3), nn.Sigmoid(),
    )  # fmt: skip


def separable():
    return nn.Sequential(
        conv(3, 16), conv(16, 16, groups=16), conv(16, 28, 1), conv(28, 56, groups=28, activation=nn.ReLU6), conv(56, 20, 1),
        Head(20),
    )  # fmt: skip


def wave():
    blocks = [TemporalBlock(4, 12, 1, True), TemporalBlock(12, 12, 2, True), TemporalBlock(12, 18, 4, False), PoolLength(18)]
    return nn.Sequential(*blocks)


def resizable(name="input"):
    return Input(name, ("batch", 3, "height", "width"))


X = (image(),)
CASES = [
    Case("conv_chain", Chain, X, raw=True),
    Case("residual", lambda: net(Residual(24, 24), Residual(24, 32, 2), Residual(32, 32), head=32), X, raw=True),
    Case("option_a_pad", lambda: net(OptionA(24, 40, False), OptionA(40, 64, False), head=64), X),
    Case("option_a_concat", lambda: net(OptionA(24, 40, True), head=40), X),
    Case("channel_shuffle", lambda: net(Shuffle(24, 3), Shuffle(24, 3), head=24), X),
    Case("channel_shuffle_split", lambda: net(SplitShuffle(24), SplitShuffle(24), head=24), X, late=True),
    Case("channel_shuffle_module", lambda: net(SplitShuffle(24, True), head=24), X),
    Case("densenet_block", lambda: net(DenseBlock(24, 6, 3), conv(42, 20, 1), DenseBlock(20, 6, 2), head=32), X, raw=True),
    Case("squeeze_excite", lambda: net(SqueezeExcite(24, 6), conv(24, 16), head=16), X, late=True),
    Case("squeeze_excite_linear", lambda: net(SqueezeExciteLinear(24, 7), conv(24, 16), head=16), X),
    Case("squeeze_excite_hardswish", lambda: net(*(InvertedResidual(24, w) for w in (40, 32)), head=24), X, late=True, raw=True),
    Case("grouped_conv", lambda: net(conv(24, 36, groups=4), conv(36, 24, groups=3), Residual(24, 24), head=24), X),
    Case("group_norm", lambda: norms(lambda width: nn.GroupNorm(6, width)), X, late=True, raw=True),
    Case("instance_norm", lambda: norms(lambda width: nn.InstanceNorm2d(width, affine=True)), X, late=True),
    Case("instance_norm_plain", lambda: norms(nn.InstanceNorm2d), X),
    Case("layer_norm_permuted", lambda: net(ConvNextBlock(24), ConvNextBlock(24), head=24), X, late=True),
    Case("layer_norm_channels", lambda: norms(ChannelNorm), X, late=True),
    Case("pixel_shuffle", lambda: net(ShuffleUp(24, 10, False), head=10), X, late=True),
    Case("pixel_shuffle_reshape", lambda: net(ShuffleUp(24, 10, True), head=10), X),
    Case("pixel_unshuffle", lambda: nn.Sequential(Unshuffle(False), Head(22)), X),
    Case("focus_slices", lambda: nn.Sequential(Unshuffle(True), Head(22)), X),
    Case("unet_nearest", lambda: UNet("nearest"), (resizable(),)),
    Case("unet_bilinear", lambda: UNet("bilinear"), X, late=True),
    Case("autoencoder", autoencoder, X),
    Case("flatten_spatial", lambda: FlattenSpatial(False), X),
    Case("flatten_spatial_view", lambda: FlattenSpatial(True), X),
    Case("prelu_per_channel", lambda: Slopes("own"), X),
    Case("prelu_shared", lambda: Slopes("shared"), X),
    Case("prelu_shared_single", lambda: Slopes("single"), X),
    Case("raw_parameters", RawParameters, X),
    Case("siamese", Siamese, (image(name="left"), image(name="right"))),
    Case("depthwise_separable", separable, X, raw=True),
    Case("detector_topk", lambda: Detector("topk"), X, outputs=("boxes", "scores"), late=True),
    Case("detector_nms", lambda: Detector("nms"), (Input("input", (1, 3, 16, 16)),), outputs=("boxes", "scores")),
    Case("tcn", wave, (Input("input", ("batch", 4, "length")),)),
    Case("conv3d", volume, (Input("input", ("batch", 2, 6, 8, 8)),)),
    Case("mlp_batchnorm", mlp, (Input("input", ("batch", 17)),), raw=True),
    Case("dropout", dropped, X, raw=True),
    Case("weight_norm", lambda: normed_weights(weight_norm), X),
    Case("weight_norm_parametrized", lambda: normed_weights(parametrizations.weight_norm), X),
    Case("weight_standardised", lambda: normed_weights(lambda layer: layer, StandardisedConv), X),
    Case("weight_batch_standardised", lambda: normed_weights(lambda layer: layer, BatchStandardisedConv), X),
    Case("inception", lambda: net(Inception(), conv(54, 20), head=20), X),
    Case("cross_stage", lambda: net(CrossStage(24), head=24), X),
    Case("ghost", lambda: net(Ghost(24, 31), Ghost(31, 20), head=20), X),
    Case("glu_conv", lambda: net(GatedConv(24, "glu"), GatedConv(24, "chunk"), GatedConv(24, "slice"), head=24), X),
    Case("spatial_attention", lambda: net(SqueezeExcite(24, 6), SpatialAttention(), conv(24, 16), head=16), X),
    Case("non_local", lambda: net(NonLocal(24, 14), head=24), X),
    Case("selective_kernel", lambda: net(SelectiveKernel(24), head=24), X),
    Case("repvgg", lambda: net(Rep(24), Rep(24), head=24), X, raw=True),
    Case("spatial_pyramid", lambda: net(Pyramid(24), head=24), X),
    Case("maxout", lambda: net(Maxout(24), conv(24, 16), head=16), X),
]
