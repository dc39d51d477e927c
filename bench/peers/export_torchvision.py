"""torchvision's architectures, narrowed so that each file stays small; depths and wiring are torchvision's own."""

import contextlib

from torch import nn
from torchvision.models import (
    alexnet, convnext, densenet, efficientnet_b0, googlenet, inception_v3, maxvit, mnasnet0_5, mobilenet_v2, mobilenet_v3_large,
    mobilenet_v3_small, regnet_y_400mf, resnet, resnet18, resnet50, shufflenet_v2_x1_0, squeezenet1_1, swin_transformer, vgg11,
    vgg11_bn, vision_transformer,
)  # fmt: skip
from torchvision.models.detection import FasterRCNN, backbone_utils, faster_rcnn, ssdlite320_mobilenet_v3_large
from torchvision.models.segmentation import deeplabv3_mobilenet_v3_large, fcn_resnet50, lraspp_mobilenet_v3_large

from export_cases import Case, Input, image

CLASSES = 10


def divided(width, factor):
    return width if width in (1, 3, CLASSES) else max(1, width // factor)  # colours, gates and classes stay


@contextlib.contextmanager
def narrow(factor):
    """Divide the channels of every Conv2d, BatchNorm2d and Linear made inside by `factor`."""
    made = nn.Conv2d.__init__, nn.BatchNorm2d.__init__, nn.Linear.__init__

    def convolution(self, in_channels, out_channels, *rest, groups=1, **named):
        groups = divided(groups, factor) if groups == in_channels else groups  # depthwise
        made[0](self, divided(in_channels, factor), divided(out_channels, factor), *rest, groups=groups, **named)

    def norm(self, num_features, *rest, **named):
        made[1](self, divided(num_features, factor), *rest, **named)

    def linear(self, in_features, out_features, *rest, **named):
        made[2](self, divided(in_features, factor), divided(out_features, factor), *rest, **named)

    nn.Conv2d.__init__, nn.BatchNorm2d.__init__, nn.Linear.__init__ = convolution, norm, linear
    try:
        yield
    finally:
        nn.Conv2d.__init__, nn.BatchNorm2d.__init__, nn.Linear.__init__ = made


def narrowed(factor, make, **options):
    def build():
        with narrow(factor):
            return make(**{"num_classes": CLASSES} | options)

    return build


class Named(nn.Module):
    """One entry of a dictionary of outputs."""

    def __init__(self, body, key="out"):
        super().__init__()
        self.body, self.key = body, key

    def forward(self, x):
        return self.body(x)[self.key]


class Detections(nn.Module):
    """A detector on one image [3, H, W]."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        found = self.body([x])[0]
        return found["boxes"], found["labels"], found["scores"]


def resnext():
    with narrow(4):  # 8 groups of 4
        return resnet.ResNet(resnet.Bottleneck, [3, 4, 6, 3], num_classes=CLASSES, groups=8, width_per_group=16)


def small_convnext():
    blocks = [convnext.CNBlockConfig(24, 40, 2), convnext.CNBlockConfig(40, 64, 2), convnext.CNBlockConfig(64, None, 2)]
    return convnext.ConvNeXt(blocks, num_classes=CLASSES)


def small_vit():
    return vision_transformer.VisionTransformer(64, 16, num_layers=2, num_heads=4, hidden_dim=48, mlp_dim=112, num_classes=CLASSES)


def small_swin(second):
    block = swin_transformer.SwinTransformerBlockV2 if second else swin_transformer.SwinTransformerBlock
    merge = swin_transformer.PatchMergingV2 if second else swin_transformer.PatchMerging
    return swin_transformer.SwinTransformer(
        [4, 4], 24, [2, 2], [2, 4], [4, 4], num_classes=CLASSES, block=block, downsample_layer=merge
    )


def small_maxvit():
    return maxvit.MaxVit((64, 64), 16, 4, [16, 32], [2, 2], head_dim=8, stochastic_depth_prob=0.1, num_classes=CLASSES)


def segmenter(factor, make, **options):
    return lambda: Named(narrowed(factor, make, weights=None, weights_backbone=None, **options)())


def small_faster_rcnn():
    with narrow(4):
        backbone = backbone_utils.mobilenet_backbone("mobilenet_v3_large", weights=None, fpn=True, norm_layer=nn.BatchNorm2d)
    backbone.out_channels //= 4
    width = backbone.out_channels * 49
    anchors = faster_rcnn.AnchorGenerator(((32, 64, 128, 256, 512),) * 3, ((0.5, 1.0, 2.0),) * 3)
    body = FasterRCNN(
        backbone, min_size=128, max_size=128, rpn_anchor_generator=anchors, rpn_pre_nms_top_n_test=50, rpn_post_nms_top_n_test=20,
        box_head=faster_rcnn.TwoMLPHead(width, 96), box_predictor=faster_rcnn.FastRCNNPredictor(96, 5),
    )  # fmt: skip
    return Detections(body)


def small_ssdlite():
    return Detections(ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=5))


X = (image(side=64),)
LARGE = (image(side=224),)  # adaptive pools that are not 1x1 export only when they divide
DETECTED = ("boxes", "labels", "scores")


def classifier(name, factor, make, inputs=X, late=False, raw=False, **options):
    return Case(name, narrowed(factor, make, **options), inputs, late, raw)


def detector(name, make, side):
    return Case(name, make, (Input("input", (3, side, side)),), compare=False, outputs=DETECTED)


CASES = [
    classifier("resnet18", 4, resnet18, late=True, raw=True),
    classifier("resnet50", 4, resnet50, late=True),
    Case("resnext50_32x4d", resnext, X),
    classifier("vgg11", 8, vgg11, LARGE),
    classifier("vgg11_bn", 8, vgg11_bn, LARGE, raw=True),
    classifier("alexnet", 8, alexnet, LARGE),
    classifier("densenet121", 4, densenet.densenet121, late=True, raw=True),
    classifier("mobilenet_v2", 2, mobilenet_v2, late=True, raw=True),
    classifier("mobilenet_v3_small", 2, mobilenet_v3_small, late=True, raw=True),
    classifier("mobilenet_v3_large", 2, mobilenet_v3_large),
    classifier("efficientnet_b0", 2, efficientnet_b0, late=True, raw=True),
    classifier("shufflenet_v2_x1_0", 1, shufflenet_v2_x1_0, late=True),
    classifier("squeezenet1_1", 1, squeezenet1_1),
    classifier("googlenet", 4, googlenet, aux_logits=False, init_weights=False),
    classifier("inception_v3", 4, inception_v3, (image(side=107),), aux_logits=False, init_weights=False),
    classifier("mnasnet0_5", 1, mnasnet0_5),
    classifier("regnet_y_400mf", 2, regnet_y_400mf),
    Case("convnext", small_convnext, X, late=True),
    Case("vit", small_vit, X, late=True, opset=14),
    Case("swin", lambda: small_swin(False), X, late=True),
    Case("swin_v2", lambda: small_swin(True), X, late=True),
    Case("maxvit", small_maxvit, X, opset=14),
    Case("fcn_resnet50", segmenter(4, fcn_resnet50, aux_loss=False), X),
    Case("deeplabv3_mobilenet", segmenter(2, deeplabv3_mobilenet_v3_large, aux_loss=False), X),
    Case("lraspp_mobilenet", segmenter(2, lraspp_mobilenet_v3_large), X, late=True),
    detector("faster_rcnn", small_faster_rcnn, 128),
    detector("ssdlite", small_ssdlite, 320),
]
