"""Small models of the transformers library with random weights: encoders, language models, translators, vision and speech."""

import transformers
from torch import nn

from export_cases import Case, Input, image, tokens

OPSET = 17  # the least that torch's exporter can write its attention in
WORDS = 97
TEXT = dict(
    hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, vocab_size=WORDS,
    max_position_embeddings=66, pad_token_id=0,
)  # fmt: skip
PAIRS = dict(TEXT, num_key_value_heads=2)
LAYERS = dict(vocab_size=WORDS, n_positions=64, n_embd=64, n_layer=2, n_head=4)
BOTH = dict(
    vocab_size=WORDS, d_model=64, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4, decoder_attention_heads=4,
    encoder_ffn_dim=96, decoder_ffn_dim=96, max_position_embeddings=64, pad_token_id=0, decoder_start_token_id=2,
)  # fmt: skip
PATCHES = dict(
    hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, image_size=32, patch_size=8
)
SOUND = dict(
    hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, conv_dim=[32, 32, 32],
    conv_stride=[5, 2, 2], conv_kernel=[10, 3, 3], num_feat_extract_layers=3, num_conv_pos_embeddings=16,
    num_conv_pos_embedding_groups=4, vocab_size=32,
)  # fmt: skip
STAGES = dict(hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1])

IDS = tokens(WORDS, "input_ids")
# Nothing is hidden: runtimes differ on a position that sees no other, as the first one does where a causal mask begins with 0.
MASK = Input("attention_mask", ("batch", "length"), 2, 1)
WRITTEN = tokens(WORDS, "decoder_input_ids", "memory")


class Called(nn.Module):
    """Calls a model by the names of its inputs and takes the first of its outputs."""

    def __init__(self, model, names, options):
        super().__init__()
        self.model, self.names, self.options = model, names, options

    def call(self, *values):
        return self.model(**dict(zip(self.names, values)), **self.options, return_dict=False)[0]


class One(Called):
    def forward(self, only):
        return self.call(only)


class Two(Called):
    def forward(self, first, second):
        return self.call(first, second)


class Three(Called):
    def forward(self, first, second, third):
        return self.call(first, second, third)


def case(name, kind, settings, inputs, head="Model", options=None, attention=""):
    def build():
        config = getattr(transformers, f"{kind}Config")(**settings)
        if attention:
            config._attn_implementation = attention
        model = getattr(transformers, f"{kind}{head}")(config)
        called = (One, Two, Three)[len(inputs) - 1]
        return called(model, [spec.name for spec in inputs], options or {})

    return Case(f"hf_{name}", build, inputs, opset=OPSET)


def encoder(name, kind, head="Model", attention="", **more):
    return case(name, kind, dict(TEXT, **more), (IDS, MASK), head, attention=attention)


def writer(name, kind, settings=PAIRS, **more):
    return case(name, kind, dict(settings, **more), (IDS, MASK), "ForCausalLM", {"use_cache": False})


def translator(name, kind, settings=BOTH):
    inputs = (IDS, MASK, WRITTEN)
    return case(name, kind, settings, inputs, "ForConditionalGeneration", {"use_cache": False})


def seer(name, kind, settings, head="ForImageClassification", side=32):
    return case(name, kind, settings, (image(side=side, name="pixel_values"),), head)


CASES = [
    encoder("bert", "Bert"),
    encoder("bert_eager", "Bert", attention="eager"),
    encoder("bert_classes", "Bert", "ForSequenceClassification"),
    encoder("bert_words", "Bert", "ForMaskedLM"),
    encoder("roberta", "Roberta", "ForTokenClassification"),
    encoder("albert", "Albert", embedding_size=32),
    encoder("electra", "Electra", embedding_size=32),
    encoder("mpnet", "MPNet"),
    encoder("deberta", "Deberta", relative_attention=True, pos_att_type=["p2c", "c2p"]),
    encoder("squeezebert", "SqueezeBert", embedding_size=64),
    encoder("modernbert", "ModernBert", global_attn_every_n_layers=2, local_attention=8),
    encoder("esm", "Esm", position_embedding_type="rotary", mask_token_id=3),
    case("distilbert", "DistilBert", dict(dim=64, n_layers=2, n_heads=4, hidden_dim=96, vocab_size=WORDS), (IDS, MASK)),
    case("gpt2", "GPT2", LAYERS, (IDS, MASK), "LMHeadModel", {"use_cache": False}),
    writer("gpt_neox", "GPTNeoX", TEXT),
    writer("llama", "Llama"),
    writer("qwen3", "Qwen3", head_dim=16),
    writer("gemma", "Gemma", head_dim=16),
    writer("phi3", "Phi3"),
    writer("granite", "Granite"),
    writer("stablelm", "StableLm", qk_layernorm=True),
    writer("opt", "OPT", dict(vocab_size=WORDS, hidden_size=64, num_hidden_layers=2, ffn_dim=96, num_attention_heads=4)),
    writer("bloom", "Bloom", dict(vocab_size=WORDS, hidden_size=64, n_layer=2, n_head=4)),
    writer("gpt_bigcode", "GPTBigCode", dict(LAYERS, n_inner=96)),
    translator("bart", "Bart"),
    translator("m2m_100", "M2M100"),
    translator("t5", "T5", dict(vocab_size=WORDS, d_model=64, d_kv=16, d_ff=96, num_layers=2, num_heads=4,
                                feed_forward_proj="gated-gelu", decoder_start_token_id=0)),  # fmt: skip
    seer("vit", "ViT", PATCHES),
    seer("dinov2", "Dinov2", dict(PATCHES, use_swiglu_ffn=True)),
    seer("beit", "Beit", dict(PATCHES, use_relative_position_bias=True)),
    seer("swin", "Swin", dict(image_size=32, patch_size=2, embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=4)),
    seer("convnext", "ConvNext", STAGES, side=64),
    seer("segformer", "Segformer", dict(STAGES, num_attention_heads=[1, 2, 3, 4], decoder_hidden_size=32),
         "ForSemanticSegmentation", side=64),  # fmt: skip
    seer("pvt", "PvtV2", dict(STAGES, num_attention_heads=[1, 2, 3, 4], image_size=64), side=64),
    seer("deit", "DeiT", PATCHES),
    case("wav2vec2", "Wav2Vec2", SOUND, (Input("input_values", ("batch", 800)),), "ForCTC"),
    case("hubert", "Hubert", dict(SOUND, do_stable_layer_norm=True, feat_extract_norm="layer"),
         (Input("input_values", ("batch", 800)),), "ForCTC"),  # fmt: skip
]
