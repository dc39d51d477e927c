"""Networks of timm as they are, with random weights; those whose files stay below the limit of export_models.py."""

import timm

from export_cases import Case, image

NAMES = """
    coat_tiny crossvit_tiny_240 deit_tiny_patch16_224 edgenext_xx_small efficientnet_b0 efficientvit_b0
    efficientvit_m0 fastvit_t8 ghostnetv2_100 lcnet_050 mixnet_s mobileone_s0 mobilenetv4_conv_small
    mobilevitv2_050 mobilevit_xxs pit_ti_224 regnety_002 repghostnet_050 rexnet_100 starnet_s1
    swiftformer_xs tf_efficientnetv2_b0 xcit_nano_12_p16_224
""".split()


def case(name):
    size = timm.get_pretrained_cfg(name).input_size[1]
    return Case(f"timm_{name}", lambda: timm.create_model(name, pretrained=False, exportable=True), (image(side=size),))


CASES = [case(name) for name in NAMES]
