"""Rarer sequence models: caches, latent keys, parallel blocks, norms over two axes, experts, recurrent cells, recommenders, graphs."""

import torch
import torch.nn.functional as F
from torch import nn

from export_cases import Case, Input, image, sequence, tokens
from export_sequence import HEADS, SIZE, WIDTH, LibraryAttention, SeparateAttention, attend, merge_heads, split_heads
from export_sequence_more import SDPA, Block, GatedMlp, Mlp, RmsNorm, between


class PairNorm(nn.Module):
    """LayerNorm over positions and features."""

    def __init__(self, count=10):
        super().__init__()
        self.norm, self.mlp = nn.LayerNorm([count, WIDTH]), Mlp()

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class Parallel(nn.Module):
    """GPT-J: attention and MLP read one norm and are added together; learned scales a layer (LayerScale)."""

    def __init__(self):
        super().__init__()
        self.norm, self.attention, self.mlp = nn.LayerNorm(WIDTH), SeparateAttention(), GatedMlp("geglu")
        self.scale = nn.Parameter(torch.ones(WIDTH) * 0.3)

    def forward(self, x):
        y = self.norm(x)
        return x + self.scale * self.attention(y) + self.mlp(y)


class Rezero(nn.Module):
    """Residual branches times a learned number, norms before and after the branch."""

    def __init__(self):
        super().__init__()
        self.alpha, self.mlp = nn.Parameter(torch.tensor(0.4)), Mlp()
        self.before, self.after = RmsNorm(WIDTH), RmsNorm(WIDTH)

    def forward(self, x):
        return x + self.alpha * self.after(self.mlp(self.before(x)))


class NormedHeads(nn.Module):
    """Queries and keys are normalised within each head; key and value heads are repeated by the fused operator."""

    def __init__(self, groups=2, enable=False):
        super().__init__()
        self.groups, self.enable = groups, enable
        self.query, self.key, self.value = (
            nn.Linear(WIDTH, HEADS * SIZE, bias=False),
            nn.Linear(WIDTH, groups * SIZE, bias=False),
            nn.Linear(WIDTH, groups * SIZE, bias=False),
        )
        self.first, self.second, self.out = RmsNorm(SIZE), nn.LayerNorm(SIZE), nn.Linear(HEADS * SIZE, WIDTH)

    def forward(self, x):
        q = self.first(split_heads(self.query(x), HEADS))
        k = self.second(split_heads(self.key(x), self.groups))
        v = split_heads(self.value(x), self.groups)
        if self.enable:
            return self.out(merge_heads(F.scaled_dot_product_attention(q, k, v, enable_gqa=True)))
        times = HEADS // self.groups
        return self.out(merge_heads(attend(q, k.repeat_interleave(times, 1), v.repeat_interleave(times, 1))))


class Latent(nn.Module):
    """DeepSeek's latent attention: keys and values from a narrow latent, a part of the keys shared by all heads."""

    def __init__(self, latent=9, shared=3):
        super().__init__()
        self.shared = shared
        self.query, self.down = nn.Linear(WIDTH, HEADS * (SIZE + shared)), nn.Linear(WIDTH, latent + shared)
        self.norm, self.up, self.out = RmsNorm(latent), nn.Linear(latent, HEADS * 2 * SIZE), nn.Linear(HEADS * SIZE, WIDTH)

    def forward(self, x):
        q = split_heads(self.query(x), HEADS)
        latent, common = self.down(x).split([self.down.out_features - self.shared, self.shared], -1)
        k, v = split_heads(self.up(self.norm(latent)), HEADS).split([SIZE, SIZE], -1)
        k = torch.cat([k, common.unsqueeze(1).expand(-1, HEADS, -1, -1)], -1)
        return self.out(merge_heads(attend(q, k, v)))


class Cached(nn.Module):
    """A decoder step: past keys and values are inputs, the present ones are outputs."""

    def __init__(self):
        super().__init__()
        self.enter, self.project, self.out = nn.Linear(16, WIDTH), nn.Linear(WIDTH, 3 * HEADS * SIZE), nn.Linear(HEADS * SIZE, WIDTH)
        self.mlp, self.head = Mlp(), nn.Linear(WIDTH, 6)

    def forward(self, x, past_key, past_value):
        x = self.enter(x)
        q, k, v = (split_heads(part, HEADS) for part in self.project(x).chunk(3, -1))
        k, v = torch.cat([past_key, k], 2), torch.cat([past_value, v], 2)
        x = x + self.out(merge_heads(attend(q, k, v)))
        return self.head(x + self.mlp(x)), k, v


class Detr(nn.Module):
    """A map as a sequence, learned queries, self and cross attention, two heads of different depth."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 14, 3, 2, 1), nn.ReLU(), nn.Conv2d(14, 20, 3, 2, 1), nn.ReLU())
        self.project, self.places = nn.Conv2d(20, WIDTH, 1), nn.Parameter(torch.randn(1, 16, WIDTH))
        self.encode = Block()
        self.queries, self.own, self.cross = nn.Embedding(5, WIDTH), SeparateAttention(), SeparateAttention(memory=WIDTH)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))
        self.mlp, self.classes = Mlp(), nn.Linear(WIDTH, 4)
        self.boxes = nn.Sequential(nn.Linear(WIDTH, 15), nn.ReLU(), nn.Linear(15, 13), nn.ReLU(), nn.Linear(13, 4))

    def forward(self, x):
        memory = self.encode(self.project(self.stem(x)).flatten(2).transpose(1, 2) + self.places)
        y = self.queries.weight.unsqueeze(0).repeat(x.shape[0], 1, 1)
        y = self.norms[0](y + self.own(y))
        y = self.norms[1](y + self.cross(y, memory))
        y = self.norms[2](y + self.mlp(y))
        return self.classes(y), self.boxes(y).sigmoid()


class TopExperts(nn.Module):
    """Two of four experts a token, as masks over all of them; written as a loop."""

    def __init__(self, count=4):
        super().__init__()
        self.route, self.experts = nn.Linear(WIDTH, count), nn.ModuleList(GatedMlp("swiglu", hidden=18 + i) for i in range(count))

    def forward(self, x):
        weights = self.route(x).softmax(-1)
        best = weights.topk(2, -1).values[..., -1:]
        weights = torch.where(weights >= best, weights, torch.zeros_like(weights))
        return x + sum(weights[..., i : i + 1] * expert(x) for i, expert in enumerate(self.experts))


class Cells(nn.Module):
    """LSTM, GRU and plain cells written as loops over six steps; states start at learned vectors."""

    def __init__(self, kind):
        super().__init__()
        self.cell, self.start, self.head = kind(16, 13), nn.Parameter(torch.randn(13)), nn.Linear(13, 6)

    def forward(self, x):
        state = self.start.expand(x.shape[0], -1)
        both = isinstance(self.cell, nn.LSTMCell)
        state = (state, state) if both else state
        for i in range(x.shape[1]):
            state = self.cell(x[:, i], state)
        return self.head(state[0] if both else state)


class Attended(nn.Module):
    """A bidirectional LSTM, its state from a Linear, and attention pooling over its steps."""

    def __init__(self, hidden=11):
        super().__init__()
        self.words, self.enter = nn.Embedding(40, 15), nn.Linear(15, 14)
        self.body = nn.LSTM(14, hidden, batch_first=True, bidirectional=True)
        self.start, self.score = nn.Linear(14, 2 * hidden), nn.Sequential(nn.Linear(2 * hidden, 9), nn.Tanh(), nn.Linear(9, 1))
        self.head = nn.Linear(2 * hidden, 6)

    def forward(self, ids):
        x = self.enter(self.words(ids)).relu()
        start = self.start(x.mean(1)).view(x.shape[0], 2, -1).transpose(0, 1).contiguous()
        y, _ = self.body(x, (start, torch.zeros_like(start)))
        return self.head((self.score(y).softmax(1) * y).sum(1))


class Stepwise(nn.Module):
    """Recurrent layers between others: plain RNN with ReLU, GRU with residual, convolution and LayerNorm in between."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(16, 15, nonlinearity="relu", batch_first=True)
        self.gru, self.norm, self.conv = nn.GRU(15, 15, batch_first=True), nn.LayerNorm(15), nn.Conv1d(15, 12, 3, padding=1)
        self.lstm, self.head = nn.LSTM(12, 10, batch_first=True), nn.Linear(10, 6)

    def forward(self, x):
        x = self.rnn(x)[0]
        x = self.norm(x + self.gru(x)[0])
        return self.head(self.lstm(self.conv(x.transpose(1, 2)).relu().transpose(1, 2))[0][:, -1])


class Recommender(nn.Module):
    """DLRM and DCN: embeddings of two fields, dot products of pairs, a cross network, a factorisation machine."""

    def __init__(self, width=8):
        super().__init__()
        self.first, self.second, self.dense = nn.Embedding(30, width), nn.Embedding(20, width), nn.Linear(5, width)
        self.cross = nn.Linear(3 * width, 3 * width)
        self.top = nn.Sequential(nn.Linear(3 * width + 3 + 1, 17), nn.ReLU(), nn.Linear(17, 1))

    def forward(self, ids, x):
        fields = torch.stack([self.first(ids[:, 0]), self.second(ids[:, 1]), self.dense(x).relu()], 1)
        pairs = torch.bmm(fields, fields.transpose(1, 2))
        dots = torch.stack([pairs[:, 0, 1], pairs[:, 0, 2], pairs[:, 1, 2]], 1)
        machine = (fields.sum(1).pow(2) - fields.pow(2).sum(1)).sum(1, keepdim=True) / 2
        flat = fields.flatten(1)
        return self.top(torch.cat([flat + flat * self.cross(flat), dots, machine], 1))


class Convolved(nn.Module):
    """Graph convolution with the adjacency as an input, then attention on edges as dense scores (GAT)."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(16, 14), nn.Linear(14, 12)
        self.left, self.right, self.head = nn.Linear(12, 1), nn.Linear(12, 1), nn.Linear(12, 6)

    def forward(self, x, edges):
        x = torch.matmul(edges, self.first(x)).relu()
        x = self.second(x)
        scores = F.leaky_relu(self.left(x) + self.right(x).transpose(1, 2), 0.2).masked_fill(edges < 0, -1e4)
        return self.head(torch.matmul(scores.softmax(-1), x).relu())


class Towers(nn.Module):
    """Two towers, normalised embeddings, a learned temperature; similarity of all pairs of the batch."""

    def __init__(self):
        super().__init__()
        self.left = nn.Sequential(nn.Linear(16, 20), nn.GELU(), nn.Linear(20, 12))
        self.right = nn.Sequential(nn.Linear(18, 22), nn.GELU(), nn.Linear(22, 12))
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, left, right):
        left, right = F.normalize(self.left(left), dim=-1), F.normalize(self.right(right), dim=-1)
        return self.scale.exp() * left @ right.t()


class Assembled(nn.Module):
    """Weights made of parameters: rows of one, two concatenated, normalised rows, a product of low rank, a sum."""

    def __init__(self):
        super().__init__()
        self.whole, self.other = nn.Parameter(torch.randn(20, 16) / 4), nn.Parameter(torch.randn(6, 14) / 4)
        self.more, self.rows = nn.Parameter(torch.randn(7, 14) / 4), nn.Parameter(torch.randn(11, 13))
        self.left, self.right, self.base = (
            nn.Parameter(torch.randn(12, 2)),
            nn.Parameter(torch.randn(2, 11)),
            nn.Parameter(torch.randn(12, 11) / 4),
        )
        self.head = nn.Linear(12, 5)

    def forward(self, x):
        x = F.linear(x, self.whole[:14]).relu()
        x = F.linear(x, torch.cat([self.other, self.more])).relu()
        x = F.linear(x, F.normalize(self.rows, dim=1)).relu()
        return self.head(F.linear(x, self.base + self.left @ self.right).relu())


class Scan(nn.Module):
    """A gated state space block (Mamba): causal depthwise convolution, gates, a decay unrolled as a cumulative sum."""

    def __init__(self, inner=22):
        super().__init__()
        self.norm, self.enter = RmsNorm(WIDTH), nn.Linear(WIDTH, 2 * inner)
        self.conv, self.step = nn.Conv1d(inner, inner, 4, groups=inner, padding=3), nn.Linear(inner, inner)
        self.out = nn.Linear(inner, WIDTH)

    def forward(self, x):
        y, gate = self.enter(self.norm(x)).chunk(2, -1)
        y = F.silu(self.conv(y.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2))
        decay = F.softplus(self.step(y)).cumsum(1)
        y = ((y * decay.exp().clamp(max=1e3)).cumsum(1) * (-decay).exp()) * F.silu(gate)
        return x + self.out(y)


class Shifted(nn.Module):
    """RWKV's token shift: half of the channels of the step before, learned mixes."""

    def __init__(self):
        super().__init__()
        self.norm, self.mix = nn.LayerNorm(WIDTH), nn.Parameter(torch.rand(1, 1, WIDTH))
        self.key, self.value, self.gate = nn.Linear(WIDTH, 30), nn.Linear(30, WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        y = self.norm(x)
        before = F.pad(y[:, :-1], (0, 0, 1, 0))
        mixed = y * self.mix + before * (1 - self.mix)
        return x + self.gate(mixed).sigmoid() * self.value(self.key(mixed).relu().square())


class Bilinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right, self.body, self.head = nn.Linear(16, 10), nn.Linear(16, 9), nn.Bilinear(10, 9, 12), nn.Linear(12, 6)

    def forward(self, x):
        return self.head(self.body(self.left(x).relu(), self.right(x).tanh()).relu())


class Whole(nn.Module):
    """nn.Transformer with an encoder and a decoder layer and a causal mask."""

    def __init__(self):
        super().__init__()
        self.body = nn.Transformer(WIDTH, HEADS, 1, 1, 40, batch_first=True, dropout=0.0)
        self.head = nn.Linear(WIDTH, 6)

    def forward(self, x, memory):
        return self.head(self.body(memory, x))


X = (sequence(16),)
PAST = [Input(name, ("batch", HEADS, "memory", SIZE)) for name in ("past_key", "past_value")]


class StoredTypes(nn.Module):
    """A text encoder whose token types are stored for the longest text and cut to the length of this one (BERT in transformers 5)."""

    def __init__(self):
        super().__init__()
        self.words, self.types = nn.Embedding(40, WIDTH), nn.Embedding(2, WIDTH)
        self.register_buffer("stored", torch.zeros(1, 64, dtype=torch.long))
        self.norm, self.blocks = nn.LayerNorm(WIDTH), nn.Sequential(Block(SeparateAttention()), Block(SeparateAttention()))
        self.head = nn.Linear(WIDTH, 3)

    def forward(self, ids):
        types = self.stored[:, : ids.shape[1]].expand(ids.shape[0], -1)
        return self.head(self.blocks(self.norm(self.words(ids) + self.types(types))))


class RepeatedQueries(nn.Module):
    """Learned queries, projected once and repeated for every sample of the batch."""

    def __init__(self):
        super().__init__()
        self.queries, self.own = nn.Parameter(torch.randn(1, 5, WIDTH)), nn.Linear(WIDTH, 24)
        self.memory, self.head = nn.Linear(WIDTH, 24), nn.Linear(24, 3)

    def forward(self, x):
        queries = self.own(self.queries).relu().repeat(x.shape[0], 1, 1)
        return self.head(queries * self.memory(x).mean(1, keepdim=True))


def block(name, *blocks, inputs=X, late=False, opset=0):
    return Case(name, lambda: between(*(make() for make in blocks)), inputs, late=late, opset=opset)


CASES = [
    block("norm_two_axes", PairNorm, inputs=(Input("input", ("batch", 10, 16)),), late=True),
    block("parallel_block", Parallel, Parallel),
    block("rezero", Rezero, Rezero),
    block("gqa_normed", lambda: NormedHeads(), lambda: Block(NormedHeads(1))),
    block("gqa_enabled", lambda: NormedHeads(2, True), opset=SDPA, late=True),
    block("latent_attention", Latent, lambda: Block(Latent())),
    Case("key_value_cache", Cached, (*X, *PAST), late=True, outputs=("output", "key", "value")),
    Case("detr", Detr, (image(),), outputs=("classes", "boxes")),
    block("experts_top", TopExperts),
    *(Case(f"cells_{kind.__name__.lower()}", lambda kind=kind: Cells(kind), (Input("input", ("batch", 6, 16)),))
      for kind in (nn.LSTMCell, nn.GRUCell, nn.RNNCell)),  # fmt: skip
    Case("stored_token_types", StoredTypes, (tokens(40),)),
    Case("queries_repeated", RepeatedQueries, (sequence(WIDTH),)),
    Case("lstm_attended", Attended, (tokens(40),)),
    Case("recurrent_mixed", Stepwise, X),
    Case("recommender", Recommender, (Input("ids", ("batch", 2), 20), Input("dense", ("batch", 5)))),
    Case("graph_attention", Convolved, (sequence(16), Input("edges", ("batch", "length", "length")))),
    Case("two_towers", Towers, (Input("left", ("batch", 16)), Input("right", ("batch", 18)))),
    Case("assembled_weights", Assembled, X),
    block("state_space", Scan, Scan),
    block("token_shift", Shifted, Shifted),
    Case("bilinear", Bilinear, (Input("input", ("batch", 16)),)),
    Case("library_transformer", lambda: Whole(), (sequence(WIDTH), sequence(WIDTH, "memory", "memory")), opset=SDPA),
    block("library_cross_memory", lambda: LibraryAttention(True), opset=SDPA),
]
