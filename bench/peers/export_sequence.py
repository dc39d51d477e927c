"""Attention in the ways that people write it. Heads, widths and lengths differ everywhere, so that no axis passes for another."""

import math

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, HEADS, SIZE = 24, 4, 5  # the heads together are 20 wide: not the model's width


def attend(query, key, value, bias=None):
    """Scaled dot-product attention over [..., S, D]."""
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return (scores if bias is None else scores + bias).softmax(-1) @ value


def split_heads(x, heads):
    return x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def merge_heads(x):
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)


class FusedAttention(nn.Module):
    """One Linear for q, k and v, cut in the way that `cut` names."""

    def __init__(self, cut, width=WIDTH, heads=HEADS, size=SIZE):
        super().__init__()
        self.cut, self.heads, self.size = cut, heads, size
        self.project = nn.Linear(width, 3 * heads * size)
        self.out = nn.Linear(heads * size, width)

    def divide(self, x):
        inner = self.heads * self.size
        if self.cut == "chunk":
            return [split_heads(part, self.heads) for part in x.chunk(3, -1)]
        if self.cut == "split":
            return [split_heads(part, self.heads) for part in x.split([inner] * 3, dim=-1)]
        if self.cut == "slice":
            return [split_heads(part, self.heads) for part in (x[..., :inner], x[..., inner : 2 * inner], x[..., 2 * inner :])]
        if self.cut == "per_head":  # GPT-NeoX: q, k, v of a head side by side
            return split_heads(x, self.heads).chunk(3, -1)
        batch, length = x.shape[:2]
        x = x.reshape(batch, length, 3, self.heads, self.size)
        if self.cut == "select":
            return [part.transpose(1, 2) for part in (x[:, :, 0], x[:, :, 1], x[:, :, 2])]
        x = x.permute(2, 0, 3, 1, 4)
        return x.unbind(0) if self.cut == "unbind" else (x[0], x[1], x[2])

    def forward(self, x):
        return self.out(merge_heads(attend(*self.divide(self.project(x)))))


class SeparateAttention(nn.Module):
    """Three Linears; the product written out, by scaled_dot_product_attention, or with heads merged into the batch (bmm)."""

    def __init__(self, kind="plain", width=WIDTH, heads=HEADS, size=SIZE, memory=None, bias=True):
        super().__init__()
        self.kind, self.heads, self.size = kind, heads, size
        self.query = nn.Linear(width, heads * size, bias=bias)
        self.key = nn.Linear(memory or width, heads * size, bias=bias)
        self.value = nn.Linear(memory or width, heads * size, bias=bias)
        self.out = nn.Linear(heads * size, width, bias=bias)

    def forward(self, x, memory=None, bias=None):
        memory = x if memory is None else memory
        parts = [split_heads(part, self.heads) for part in (self.query(x), self.key(memory), self.value(memory))]
        if self.kind == "sdpa":
            return self.out(merge_heads(F.scaled_dot_product_attention(*parts, attn_mask=bias)))
        if self.kind == "causal":
            return self.out(merge_heads(F.scaled_dot_product_attention(*parts, is_causal=True)))
        if self.kind == "bmm":
            batch, length = x.shape[:2]
            query, key, value = (part.reshape(batch * self.heads, -1, self.size) for part in parts)
            weights = torch.bmm(query * self.size**-0.5, key.transpose(1, 2)).softmax(-1)
            y = torch.bmm(weights, value).view(batch, self.heads, length, self.size)
            return self.out(y.transpose(1, 2).reshape(batch, length, self.heads * self.size))
        return self.out(merge_heads(attend(*parts, bias)))


class LibraryAttention(nn.Module):
    """nn.MultiheadAttention, batch first or not, on itself or on a memory of another width."""

    def __init__(self, batch_first=True, memory=None):
        super().__init__()
        self.batch_first = batch_first
        self.body = nn.MultiheadAttention(WIDTH, HEADS, batch_first=batch_first, kdim=memory, vdim=memory)

    def forward(self, x, memory=None):
        memory = x if memory is None else memory
        if not self.batch_first:
            x, memory = x.transpose(0, 1), memory.transpose(0, 1)
        y = self.body(x, memory, memory, need_weights=False)[0]
        return y if self.batch_first else y.transpose(0, 1)


class GroupedAttention(nn.Module):
    """Grouped queries: 6 query heads on 2 (or 1) key/value heads, repeated in the way that `kind` names."""

    def __init__(self, kind, groups=2, heads=6, size=SIZE):
        super().__init__()
        self.kind, self.groups, self.heads, self.size = kind, groups, heads, size
        self.query, self.out = nn.Linear(WIDTH, heads * size, bias=False), nn.Linear(heads * size, WIDTH, bias=False)
        self.key, self.value = (nn.Linear(WIDTH, groups * size, bias=False) for _ in range(2))

    def repeat(self, x):
        times = self.heads // self.groups
        if self.kind == "repeat_interleave":
            return x.repeat_interleave(times, dim=1)
        batch, groups, length, size = x.shape
        return x[:, :, None].expand(batch, groups, times, length, size).reshape(batch, self.heads, length, size)

    def forward(self, x):
        query, key, value = split_heads(self.query(x), self.heads), self.key(x), self.value(x)
        key, value = split_heads(key, self.groups), split_heads(value, self.groups)
        if self.kind == "broadcast":  # a group axis instead of copies; with one group: MQA
            batch, _, length, size = query.shape
            query = query.reshape(batch, self.groups, self.heads // self.groups, length, size)
            y = attend(query, key[:, :, None], value[:, :, None]).reshape(batch, self.heads, length, size)
        else:
            y = attend(query, self.repeat(key), self.repeat(value))
        return self.out(merge_heads(y))


class RotaryAttention(nn.Module):
    """Rotary positions by halves (Llama) or by interleaved pairs (GPT-J); angles from a table or computed."""

    def __init__(self, kind, heads=HEADS, size=6, table=True):
        super().__init__()
        self.kind, self.heads, self.table = kind, heads, table
        self.project, self.out = nn.Linear(WIDTH, 3 * heads * size), nn.Linear(heads * size, WIDTH)
        self.register_buffer("frequencies", 100.0 ** (-torch.arange(0, size, 2).float() / size))
        angles = torch.arange(16).float()[:, None] * self.frequencies
        self.register_buffer("cosines", self.spread(angles).cos())
        self.register_buffer("sines", self.spread(angles).sin())

    def spread(self, angles):
        return torch.cat([angles, angles], -1) if self.kind == "half" else angles.repeat_interleave(2, -1)

    def turn(self, x):
        if self.kind == "half":
            left, right = x.chunk(2, -1)
            return torch.cat([-right, left], -1)
        return torch.stack([-x[..., 1::2], x[..., ::2]], -1).flatten(-2)

    def forward(self, x):
        length = x.shape[1]
        if self.table:
            cosines, sines = self.cosines[:length], self.sines[:length]
        else:
            angles = self.spread(torch.arange(length, device=x.device).float()[:, None] * self.frequencies)
            cosines, sines = angles.cos(), angles.sin()
        query, key, value = (split_heads(part, self.heads) for part in self.project(x).chunk(3, -1))
        query, key = query * cosines + self.turn(query) * sines, key * cosines + self.turn(key) * sines
        return self.out(merge_heads(attend(query, key, value)))


class EinsumAttention(nn.Module):
    """Projections by Einsum with three-dimensional weights (Flax), attention by Einsum."""

    def __init__(self, projected):
        super().__init__()
        self.projected = projected
        if projected:
            self.weights = nn.Parameter(torch.randn(3, WIDTH, HEADS, SIZE) / 5)
            self.back = nn.Parameter(torch.randn(HEADS, SIZE, WIDTH) / 5)
        else:
            self.query, self.key, self.value = (nn.Linear(WIDTH, HEADS * SIZE) for _ in range(3))
            self.out = nn.Linear(HEADS * SIZE, WIDTH)

    def forward(self, x):
        if self.projected:
            query, key, value = (torch.einsum("bsw,whd->bshd", x, self.weights[i]) for i in range(3))
        else:
            query, key, value = (layer(x).view(*x.shape[:2], HEADS, SIZE) for layer in (self.query, self.key, self.value))
        weights = (torch.einsum("bqhd,bkhd->bhqk", query, key) / math.sqrt(SIZE)).softmax(-1)
        y = torch.einsum("bhqk,bkhd->bqhd", weights, value)
        return torch.einsum("bshd,hdw->bsw", y, self.back) if self.projected else self.out(y.flatten(2))


class CosineAttention(nn.Module):
    """Swin v2: normalised queries and keys, a learned scale a head."""

    def __init__(self):
        super().__init__()
        self.project, self.out = nn.Linear(WIDTH, 3 * HEADS * SIZE), nn.Linear(HEADS * SIZE, WIDTH)
        self.scale = nn.Parameter(torch.rand(HEADS, 1, 1) + 1)

    def forward(self, x):
        query, key, value = (split_heads(part, HEADS) for part in self.project(x).chunk(3, -1))
        scores = F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1) * self.scale.clamp(max=4.0).exp()
        return self.out(merge_heads(scores.softmax(-1) @ value))


class LinearAttention(nn.Module):
    """Katharopoulos et al. 2020: keys times values first."""

    def __init__(self):
        super().__init__()
        self.project, self.out = nn.Linear(WIDTH, 3 * HEADS * SIZE), nn.Linear(HEADS * SIZE, WIDTH)

    def forward(self, x):
        query, key, value = (split_heads(part, HEADS) for part in self.project(x).chunk(3, -1))
        query, key = F.elu(query) + 1, F.elu(key) + 1
        y = query @ (key.transpose(-2, -1) @ value)
        return self.out(merge_heads(y / (query @ key.sum(2).unsqueeze(-1))))


class TalkingHeads(nn.Module):
    """Shazeer et al. 2020: scores are mixed across heads before and after the softmax."""

    def __init__(self):
        super().__init__()
        self.project, self.out = nn.Linear(WIDTH, 3 * HEADS * SIZE), nn.Linear(HEADS * SIZE, WIDTH)
        self.before, self.after = nn.Linear(HEADS, HEADS), nn.Linear(HEADS, HEADS)

    def forward(self, x):
        query, key, value = (split_heads(part, HEADS) for part in self.project(x).chunk(3, -1))
        scores = self.before((query @ key.transpose(-2, -1)).permute(0, 2, 3, 1)).softmax(2)
        return self.out(merge_heads(self.after(scores).permute(0, 3, 1, 2) @ value))


class WindowAttention(nn.Module):
    """Swin: 4x4 windows of an 8x8 map (shifted by roll), fused qkv, a table of relative positions, an optional mask."""

    def __init__(self, width, heads, shift, side=8, window=4):
        super().__init__()
        self.heads, self.shift, self.side, self.window = heads, shift, side, window
        self.norm, self.project, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.table = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
        place = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        apart = place[:, :, None] - place[:, None, :] + window - 1
        self.register_buffer("index", (apart[0] * (2 * window - 1) + apart[1]).flatten())
        self.register_buffer("mask", self.make_mask() if shift else None)

    def make_mask(self):
        labels = torch.zeros(self.side)
        labels[-self.window : -self.shift], labels[-self.shift :] = 1, 2
        areas = self.cut((labels[:, None] * 3 + labels)[None, :, :, None]).squeeze(-1)
        return torch.where(areas[:, :, None] == areas[:, None, :], 0.0, -100.0)

    def cut(self, x):  # [B, H, W, C] -> [B * windows, window * window, C]
        batch, height, width, channels = x.shape
        x = x.view(batch, height // self.window, self.window, width // self.window, self.window, channels)
        return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, self.window * self.window, channels)

    def forward(self, x):
        batch, height, width, channels = x.shape
        y = self.norm(x)
        if self.shift:
            y = torch.roll(y, (-self.shift, -self.shift), (1, 2))
        y = self.cut(y)
        area = y.shape[1]
        query, key, value = self.project(y).reshape(-1, area, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4)
        scores = query * (channels // self.heads) ** -0.5 @ key.transpose(-2, -1)
        scores = scores + self.table[self.index].view(area, area, self.heads).permute(2, 0, 1)
        if self.shift:
            windows = self.mask.shape[0]
            scores = scores.view(-1, windows, self.heads, area, area) + self.mask[:, None]
            scores = scores.view(-1, self.heads, area, area)
        y = self.out((scores.softmax(-1) @ value).transpose(1, 2).reshape(-1, area, channels))
        y = y.view(batch, height // self.window, width // self.window, self.window, self.window, channels)
        y = y.permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, channels)
        if self.shift:
            y = torch.roll(y, (self.shift, self.shift), (1, 2))
        return x + y


class PatchMerging(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.reduce = nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x):
        parts = [x[:, ::2, ::2], x[:, 1::2, ::2], x[:, ::2, 1::2], x[:, 1::2, 1::2]]
        return self.reduce(self.norm(torch.cat(parts, -1)))


class BiasedAttention(nn.Module):
    """A bias a head: T5's buckets of relative positions through an embedding, or ALiBi's slopes."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.body = SeparateAttention()
        self.table = nn.Embedding(8, HEADS)
        self.register_buffer("slopes", 2.0 ** -torch.arange(1, HEADS + 1).float()[:, None, None])

    def forward(self, x):
        place = torch.arange(x.shape[1], device=x.device)
        apart = place[None, :] - place[:, None]
        if self.kind == "alibi":
            return self.body(x, bias=-self.slopes * apart.abs())
        return self.body(x, bias=self.table(apart.clamp(-4, 3) + 4).permute(2, 0, 1))
