"""Transformer blocks, small whole transformers and recurrent networks, and the list of all the sequence cases."""

import torch
import torch.nn.functional as F
from torch import nn

from export_cases import Case, Input, image, sequence, tokens
from export_sequence import (
    HEADS, WIDTH, BiasedAttention, CosineAttention, EinsumAttention, FusedAttention, GroupedAttention, LibraryAttention,
    LinearAttention, PatchMerging, RotaryAttention, SeparateAttention, TalkingHeads, WindowAttention,
)  # fmt: skip

HIDDEN = 44
VOCABULARY = 50
SDPA = 14  # the first opset in which the TorchScript exporter has scaled_dot_product_attention


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class Mlp(nn.Module):
    def __init__(self, width=WIDTH, hidden=HIDDEN, approximate="none"):
        super().__init__()
        self.up, self.down, self.approximate = nn.Linear(width, hidden), nn.Linear(hidden, width), approximate

    def forward(self, x):
        return self.down(F.gelu(self.up(x), approximate=self.approximate))


class GatedMlp(nn.Module):
    """SwiGLU of two Linears, or GEGLU of one Linear that is cut in two."""

    def __init__(self, kind, width=WIDTH, hidden=HIDDEN):
        super().__init__()
        self.kind = kind
        self.up = nn.Linear(width, hidden * (1 if kind == "swiglu" else 2), bias=False)
        self.gate = nn.Linear(width, hidden, bias=False) if kind == "swiglu" else None
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        if self.kind == "swiglu":
            return self.down(F.silu(self.gate(x)) * self.up(x))
        left, right = self.up(x).chunk(2, -1)
        return self.down(left * F.gelu(right))


class EinsumMlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Parameter(torch.randn(HIDDEN, WIDTH) / 5), nn.Parameter(torch.randn(HIDDEN, WIDTH) / 7)

    def forward(self, x):
        return torch.einsum("bsh,hw->bsw", torch.einsum("bsw,hw->bsh", x, self.up).relu(), self.down)


class Experts(nn.Module):
    """A soft mixture: every expert runs, as one batched product; a softmax weighs them."""

    def __init__(self):
        super().__init__()
        self.route = nn.Linear(WIDTH, 3)
        self.up, self.down = nn.Parameter(torch.randn(3, WIDTH, 30) / 5), nn.Parameter(torch.randn(3, 30, WIDTH) / 6)

    def forward(self, x):
        weights = self.route(x).softmax(-1)
        y = torch.matmul(F.relu(torch.matmul(x.unsqueeze(1), self.up)), self.down)
        return (y * weights.transpose(1, 2).unsqueeze(-1)).sum(1)


class Block(nn.Module):
    """Residual attention and MLP, normalised before or after."""

    def __init__(self, attention=None, mlp=None, norm=nn.LayerNorm, post=False):
        super().__init__()
        self.attention, self.mlp, self.post = attention or SeparateAttention(), mlp or Mlp(), post
        self.first, self.second = norm(WIDTH), norm(WIDTH)

    def forward(self, x):
        if self.post:
            x = self.first(x + self.attention(x))
            return self.second(x + self.mlp(x))
        x = x + self.attention(self.first(x))
        return x + self.mlp(self.second(x))


def between(*blocks):
    return nn.Sequential(nn.Linear(16, WIDTH), *blocks, nn.Linear(WIDTH, 6))


def stack(*attentions, mlps=(None, None), norm=nn.LayerNorm, post=False):
    """Blocks between a Linear from 16 features and a Linear to 6."""
    blocks = [Block(attention, mlp, norm, post) for attention, mlp in zip(attentions, mlps, strict=False)]
    return between(*blocks, norm(WIDTH))


class Crossed(nn.Module):
    """Self attention, then attention to a memory of 18 features, then an MLP."""

    def __init__(self, cross):
        super().__init__()
        self.enter, self.cross = Block(), cross
        self.norm, self.mlp, self.head = nn.LayerNorm(WIDTH), Mlp(), nn.Linear(WIDTH, 6)

    def forward(self, x, memory):
        x = self.enter(x)
        x = x + self.cross(self.norm(x), memory)
        return self.head(x + self.mlp(x))


class VisionTransformer(nn.Module):
    """Patches by a strided convolution, a class token, a position table; the class token or the mean is classified."""

    def __init__(self, by_token):
        super().__init__()
        self.by_token = by_token
        self.patch = nn.Conv2d(3, WIDTH, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.positions = nn.Parameter(torch.randn(1, 17 if by_token else 16, WIDTH))
        self.body = nn.Sequential(Block(FusedAttention("unbind")), Block(FusedAttention("index")), nn.LayerNorm(WIDTH))
        self.head = nn.Linear(WIDTH, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        if self.by_token:
            x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        x = self.body(x + self.positions)
        return self.head(x[:, 0] if self.by_token else x.mean(1))


class Swin(nn.Module):
    """Two window blocks (the second shifted, or neither), patch merging, one more block."""

    def __init__(self, shift):
        super().__init__()
        self.patch = nn.Conv2d(3, 12, 2, 2)
        self.body = nn.Sequential(
            WindowAttention(12, 3, 0),
            WindowAttention(12, 3, shift),
            PatchMerging(12),
            WindowAttention(24, 4, 0, side=4),
            nn.LayerNorm(24),
        )
        self.head = nn.Linear(24, 5)

    def forward(self, x):
        return self.head(self.body(self.patch(x).permute(0, 2, 3, 1)).mean((1, 2)))


class Bert(nn.Module):
    """Word, position and type embeddings; an attention mask; post-norm; a pooler on the first token."""

    def __init__(self):
        super().__init__()
        self.words, self.positions, self.types = (nn.Embedding(rows, WIDTH) for rows in (VOCABULARY, 16, 2))
        self.norm, self.blocks = nn.LayerNorm(WIDTH), nn.ModuleList(Block(post=True) for _ in range(2))
        self.pool, self.head = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 3)

    def forward(self, ids, mask):
        place = torch.arange(ids.shape[1], device=ids.device)
        x = self.norm(self.words(ids) + self.positions(place) + self.types(torch.zeros_like(ids)))
        bias = (1.0 - mask[:, None, None, :].float()) * -1e4
        for block in self.blocks:
            x = block.first(x + block.attention(x, bias=bias))
            x = block.second(x + block.mlp(x))
        return self.head(torch.tanh(self.pool(x[:, 0])))


class Gpt(nn.Module):
    """Causal decoder: a table of positions, a mask from a buffer (or scaled_dot_product_attention); the head is the embedding."""

    def __init__(self, tied, kind):
        super().__init__()
        self.kind = kind
        self.words, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(16, WIDTH)
        self.blocks = nn.ModuleList(Block(SeparateAttention(kind), Mlp(approximate="tanh")) for _ in range(2))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)
        if tied:
            self.head.weight = self.words.weight
        self.register_buffer("mask", torch.full((16, 16), -1e4).triu(1))

    def forward(self, ids):
        length = ids.shape[1]
        x = self.words(ids) + self.positions(torch.arange(length, device=ids.device))
        bias = None if self.kind == "causal" else self.mask[:length, :length]
        for block in self.blocks:
            x = x + block.attention(block.first(x), bias=bias)
            x = x + block.mlp(block.second(x))
        return self.head(self.norm(x))


class Llama(nn.Module):
    """RMSNorm, rotary, SwiGLU, no biases in the MLP; the head is the embedding."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.body = nn.Sequential(
            Block(RotaryAttention("half"), GatedMlp("swiglu"), RmsNorm),
            Block(GroupedAttention("expand"), GatedMlp("swiglu"), RmsNorm),
        )
        self.norm, self.head = RmsNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.head.weight = self.words.weight

    def forward(self, ids):
        return self.head(self.norm(self.body(self.words(ids))))


class Mixer(nn.Module):
    """MLP-Mixer: one MLP across tokens (transposed), one across channels."""

    def __init__(self, count=10):
        super().__init__()
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.across, self.along = Mlp(count, 18), Mlp()

    def forward(self, x):
        x = x + self.across(self.first(x).transpose(1, 2)).transpose(1, 2)
        return x + self.along(self.second(x))


class Conformer(nn.Module):
    """The convolution module: LayerNorm, pointwise, GLU, depthwise along time, BatchNorm, pointwise."""

    def __init__(self):
        super().__init__()
        self.norm, self.enter = nn.LayerNorm(WIDTH), nn.Conv1d(WIDTH, 60, 1)
        self.depthwise, self.scale = nn.Conv1d(30, 30, 5, padding=2, groups=30), nn.BatchNorm1d(30)
        self.leave = nn.Conv1d(30, WIDTH, 1)

    def forward(self, x):
        y = F.glu(self.enter(self.norm(x).transpose(1, 2)), 1)
        return x + self.leave(F.silu(self.scale(self.depthwise(y)))).transpose(1, 2)


class Latents(nn.Module):
    """Perceiver: learned queries read the sequence; every latent is classified together."""

    def __init__(self):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(1, 4, WIDTH))
        self.read, self.think, self.head = SeparateAttention(memory=16), Block(), nn.Linear(4 * WIDTH, 5)

    def forward(self, x):
        latents = self.latents.expand(x.shape[0], -1, -1)
        return self.head(self.think(latents + self.read(latents, x)).flatten(1))


class Recurrent(nn.Module):
    """LSTM or GRU into a Linear: on all steps, on the last one, or on the final state."""

    def __init__(self, kind, layers=1, both=False, take="all", batch_first=True, hidden=18):
        super().__init__()
        self.take, self.batch_first = take, batch_first
        self.enter = nn.Linear(16, 14)
        self.body = kind(14, hidden, layers, batch_first=batch_first, bidirectional=both)
        self.head = nn.Linear(hidden * (1 + both), 6)

    def forward(self, x):
        x = self.enter(x).relu()
        y, state = self.body(x if self.batch_first else x.transpose(0, 1))
        if self.take == "state":
            state = state[0] if isinstance(state, tuple) else state
            return self.head(state[-1])
        if self.take == "last":
            return self.head(y[:, -1] if self.batch_first else y[-1])
        return self.head(y if self.batch_first else y.transpose(0, 1))


class Tagger(nn.Module):
    """Text recognition's end: a convolution, columns as steps, a bidirectional LSTM, a class a step."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 12, 3, (2, 1), 1), nn.ReLU(), nn.MaxPool2d((8, 1)))
        self.body, self.head = nn.LSTM(12, 10, 2, bidirectional=True, batch_first=True), nn.Linear(20, 7)

    def forward(self, x):
        return self.head(self.body(self.features(x).squeeze(2).permute(0, 2, 1))[0])


def library_encoder(norm_first):
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, HIDDEN, activation="gelu", batch_first=True, norm_first=norm_first)
    return between(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False))


X = (sequence(16),)
CROSS = (sequence(WIDTH), sequence(18, "memory", "memory"))
IDS = (tokens(VOCABULARY),)
CUTS = ("chunk", "split", "slice", "per_head", "select", "unbind", "index")


def attention_case(name, *makes, late=False, opset=0):
    return Case(name, lambda: stack(*(make() for make in makes)), X, late=late, opset=opset)


def recurrent(name, kind, **rest):
    return Case(name, lambda: Recurrent(kind, **rest), X)


CASES = [
    *(attention_case(f"attention_fused_{cut}", *[lambda cut=cut: FusedAttention(cut)] * 2, late=cut == "unbind") for cut in CUTS),
    Case("attention_separate", lambda: stack(SeparateAttention(), SeparateAttention(bias=False)), X, late=True, raw=True),
    attention_case("attention_bmm", lambda: SeparateAttention("bmm")),
    attention_case("attention_sdpa", lambda: SeparateAttention("sdpa"), late=True, opset=SDPA),
    attention_case("attention_sdpa_causal", lambda: SeparateAttention("causal"), opset=SDPA),
    attention_case("attention_library", LibraryAttention, lambda: LibraryAttention(False), late=True, opset=SDPA),
    Case("attention_cross", lambda: Crossed(SeparateAttention(memory=18)), CROSS),
    Case("attention_cross_library", lambda: Crossed(LibraryAttention(memory=18)), CROSS, opset=SDPA),
    attention_case("gqa_repeat_interleave", lambda: GroupedAttention("repeat_interleave")),
    attention_case("gqa_expand", lambda: GroupedAttention("expand"), late=True),
    attention_case("gqa_broadcast", lambda: GroupedAttention("broadcast")),
    attention_case("mqa", lambda: GroupedAttention("expand", 1), lambda: GroupedAttention("broadcast", 1)),
    attention_case("rotary_half", lambda: RotaryAttention("half"), late=True),
    attention_case("rotary_half_computed", lambda: RotaryAttention("half", table=False)),
    attention_case("rotary_interleaved", lambda: RotaryAttention("pairs")),
    attention_case("attention_einsum", lambda: EinsumAttention(False)),
    attention_case("attention_einsum_projected", lambda: EinsumAttention(True), late=True),
    attention_case("attention_cosine", CosineAttention),
    attention_case("attention_linear", LinearAttention),
    attention_case("attention_talking_heads", TalkingHeads),
    attention_case("position_bias_t5", lambda: BiasedAttention("t5")),
    attention_case("position_bias_alibi", lambda: BiasedAttention("alibi")),
    Case("mlp_swiglu", lambda: stack(None, mlps=[GatedMlp("swiglu")]), X, late=True),
    Case("mlp_geglu", lambda: stack(None, mlps=[GatedMlp("geglu")]), X, late=True),
    Case("mlp_einsum", lambda: stack(None, mlps=[EinsumMlp()]), X),
    Case("mlp_experts", lambda: stack(None, mlps=[Experts()]), X),
    Case("post_norm", lambda: stack(None, None, post=True), X, late=True, raw=True),
    Case("library_encoder_pre", lambda: library_encoder(True), X, late=True, opset=SDPA),
    Case("library_encoder_post", lambda: library_encoder(False), X, opset=SDPA),
    Case("vit_token", lambda: VisionTransformer(True), (image(),), late=True, raw=True),
    Case("vit_mean", lambda: VisionTransformer(False), (image(),)),
    Case("window_attention", lambda: Swin(0), (image(),)),
    Case("window_attention_roll", lambda: Swin(2), (image(),), late=True),
    Case("bert", Bert, (*IDS, tokens(2, "mask")), late=True),
    Case("gpt_tied", lambda: Gpt(True, "plain"), IDS, late=True, raw=True),
    Case("gpt_sdpa", lambda: Gpt(False, "causal"), IDS, opset=SDPA),
    Case("llama_tied", Llama, IDS, late=True),
    Case("mlp_mixer", lambda: between(Mixer(), Mixer()), (Input("input", ("batch", 10, 16)),)),
    Case("conformer_conv", lambda: between(Conformer(), Conformer()), X),
    Case("perceiver", Latents, X),
    recurrent("lstm", nn.LSTM),
    recurrent("lstm_2_layers", nn.LSTM, layers=2),
    recurrent("lstm_bidirectional", nn.LSTM, both=True),
    recurrent("lstm_2_layers_bidirectional", nn.LSTM, layers=2, both=True, batch_first=False),
    recurrent("lstm_last", nn.LSTM, take="last"),
    recurrent("lstm_state", nn.LSTM, layers=2, take="state"),
    recurrent("gru", nn.GRU),
    recurrent("gru_2_layers", nn.GRU, layers=2),
    recurrent("gru_bidirectional", nn.GRU, both=True, take="last"),
    recurrent("gru_2_layers_bidirectional", nn.GRU, layers=2, both=True),
    recurrent("gru_state", nn.GRU, take="state", batch_first=False),
    Case("crnn", Tagger, (image(),)),
]
