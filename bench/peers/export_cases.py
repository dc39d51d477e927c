"""What one export case is, and the shapes that its named (dynamic) dimensions take."""

from dataclasses import dataclass
from typing import Callable

import torch

# name: (in a static export, while a dynamic export is traced, while a dynamic export is verified)
DIMENSIONS = {"batch": (1, 2, 3), "length": (10, 10, 7), "memory": (6, 6, 9), "height": (32, 32, 48), "width": (32, 32, 64)}
STATIC, TRACED, VERIFIED = range(3)


@dataclass(frozen=True)
class Input:
    """One input; a dimension is a number or a name of DIMENSIONS. Integer inputs (`below`) are drawn from [least, below)."""

    name: str
    dimensions: tuple
    below: int = 0
    least: int = 0

    def shape(self, moment, dynamic=()):
        sizes = {name: moments[moment if name in dynamic else STATIC] for name, moments in DIMENSIONS.items()}
        return [sizes.get(size, size) for size in self.dimensions]

    def axes(self, dynamic):
        return {axis: size for axis, size in enumerate(self.dimensions) if size in dynamic}

    def draw(self, shape, generator):
        if self.below:
            return torch.randint(self.least, self.below, shape, generator=generator)
        return torch.randn(shape, generator=generator)


@dataclass(frozen=True)
class Case:
    """A model to export: `build` makes it; `late` also exports it statically in the later opset of each dialect, `raw` also as
    traced (BatchNorm kept, no constant folding, no optimiser); `compare` is off where ties or rounding decide which rows come out.
    """

    name: str
    build: Callable[[], torch.nn.Module]
    inputs: tuple
    late: bool = False
    raw: bool = False
    compare: bool = True
    opset: int = 0  # the least that the exporters can express it in
    outputs: tuple = ("output",)

    def named(self):
        """The dimensions that can be dynamic."""
        return frozenset(size for spec in self.inputs for size in spec.dimensions if isinstance(size, str))


def image(channels=3, side=16, name="input"):
    return Input(name, ("batch", channels, side, side))


def sequence(width, name="input", length="length"):
    return Input(name, ("batch", length, width))


def tokens(below, name="ids", length="length"):
    return Input(name, ("batch", length), below)
