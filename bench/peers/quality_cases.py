"""The cases of bench/quality.sh: which model is pruned how, measured on what data, and what was published for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """A model and how its quality is measured; paths are relative to the repository's root."""

    title: str
    model: str
    evaluate: str = ""  # options of `coppice evaluate`; "" measures no quality, REFERENCE compares with the dense model
    shape: str = ""  # of the input, for full_check.py


@dataclass(frozen=True)
class Case:
    """One pruned model, or the dense one if `options` is empty."""

    subject: str
    label: str
    options: str = ""
    published: float | None = None
    tolerance: float = 0.001
    limit: int = 0  # only the first so many samples
    source: str = "DESIGN 12"  # of the published value
    exit_code: int = 0
    note: str = ""  # what is known about a difference

    @property
    def name(self):
        return f"{self.subject}/{self.label}"


REFERENCE = "reference"
LIGHT = ["densenet121", "inception_v1", "resnet50", "squeezenet", "zfnet512"]
OCR = ["ch_PP-OCRv3_det_infer", "ch_PP-OCRv3_rec_infer", "ch_PP-OCRv4_det_infer", "ch_PP-OCRv4_rec_infer",
       "ch_ppocr_mobile_v2.0_cls_infer"]  # fmt: skip
OCR_SHAPES = {"det": "x=1,3,160,160", "rec": "x=1,3,48,320", "cls": "x=1,3,48,192"}
IMAGENET_MEAN = "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"


def ocr_kind(name):
    return next(kind for kind in OCR_SHAPES if kind in name)


def subjects():
    found = {
        "minilm": Subject(
            "MiniLM, STS-B test, Spearman",
            "data/minilm/model.onnx",
            "--data sts:../shared/data/stsb/sts-test.csv --tokenizer data/minilm/tokenizer.json",
        ),
        "resnet20": Subject(
            "ResNet-20, CIFAR-10 test, top-1",
            "../shared/models/resnet20.onnx",
            f"--data cifar10:data/cifar10 {IMAGENET_MEAN}",
        ),
        "efficientnet": Subject(
            "EfficientNet-Lite0, ImageNet sample of 500, top-1",
            "../shared/models/efficientnet_lite0.onnx",
            "--data images:../shared/data/imagenet-sample "
            "--mean 0.498039,0.498039,0.498039 --std 0.501961,0.501961,0.501961",
        ),
        "smollm2": Subject(
            "SmolLM2-135M, Brown corpus held out, perplexity",
            "data/smollm2/model.onnx",
            "--data tokens:../shared/data/lm/brown-heldout-32x256.u16",
        ),
    }
    for name in OCR:
        shape = OCR_SHAPES[ocr_kind(name)]
        found[name] = Subject("PP-OCR, cosine to the dense model", f"data/ppocr/{name}.onnx", REFERENCE, shape)
    for name in LIGHT:
        found[f"light_{name}"] = Subject("Topology as it is", f"../shared/models/light_{name}.onnx")
        found[f"light_{name} filled"] = Subject("Topology with random weights", f"data/quality/light_{name}.onnx")
    return found


def minilm():
    def case(label, options, published=None, **more):
        return Case("minilm", label, options, published, **more)

    yield case("dense", "", 0.8203, tolerance=0.0005)
    for percent, published in ((50, 0.802), (60, 0.766), (70, 0.703), (80, 0.640), (90, 0.586)):
        yield case(f"uniform {percent} %", f"--sparsity 0.{percent // 10}", published)
    yield case("2:4", "--granularity 2:4", 0.772)
    for percent, published in ((50, 0.810), (80, 0.658)):
        yield case(f"global {percent} %", f"--sparsity 0.{percent // 10} --allocate global", published)
    for percent, published in ((50, 0.797), (60, 0.772), (70, 0.734), (80, 0.668), (90, 0.589)):
        yield case(f"row-uniform {percent} %", f"--sparsity 0.{percent // 10} --allocate row-uniform", published)
    blocks = {"2x1": ((50, 0.757), (80, 0.619)), "4x1": ((50, 0.692), (80, 0.551))}
    for criterion in ("l2", "l1"):
        for size, points in blocks.items():
            for percent, published in points:
                options = f"--sparsity 0.{percent // 10} --granularity block:{size} --criterion {criterion}"
                note = "The published blocks are scored by L2; this is the mean magnitude."
                yield case(f"block:{size} {percent} %, {criterion}", options, published, note=note)
    yield case("row 50 %", "--sparsity 0.5 --granularity row")
    yield case("column 50 %", "--sparsity 0.5 --granularity column")
    yield case("erk 50 %", "--sparsity 0.5 --allocate erk")
    yield case("lamp 50 %", "--sparsity 0.5 --allocate lamp")
    yield case("5,000,000 non-zeros, uniform", "--max-nonzeros 5000000")
    yield case("5,000,000 non-zeros, global", "--max-nonzeros 5000000 --allocate global")
    yield case("random 50 %", "--sparsity 0.5 --criterion random")


def resnet20():
    def case(label, options, published=None, **more):
        return Case("resnet20", label, options, published, **more)

    ours = {"source": "numpy reference", "tolerance": 0.0005}
    kept = "--keep conv1.weight --keep linear.weight"
    yield case("dense", "", 0.9173, tolerance=0.0005)
    for percent, published in ((50, 0.898), (70, 0.718), (80, 0.430)):
        options = f"--sparsity 0.{percent // 10} --allocate global {kept}"
        yield case(f"global {percent} %, stem and classifier kept", options, published, limit=4000)
    for percent, published in ((50, 0.9007), (70, 0.7296), (80, 0.4144)):
        yield case(f"global {percent} %", f"--sparsity 0.{percent // 10} --allocate global", published, **ours)
    for percent, published in ((50, 0.848), (70, 0.444), (80, 0.178)):
        note = (
            "The published run prunes 13 of the stem's 27 columns a row; half up, as everywhere here, makes 14. With "
            "13 (a recipe with `layers: {conv1.weight: 0.48}`) Coppice's file scores .8475, too."
        )
        options = f"--sparsity 0.{percent // 10} --allocate row-uniform"
        yield case(f"row-uniform {percent} %", options, published, note=note)
    # DESIGN 12 has .389 for groups along the flattened kernel; along the input channels there is no published value.
    yield case("2:4", "--granularity 2:4")
    yield case("uniform 50 %", "--sparsity 0.5")


def others():
    yield Case("efficientnet", "dense", "", 0.892)
    yield Case("efficientnet", "uniform 50 %", "--sparsity 0.5")
    yield Case("efficientnet", "global 50 %", "--sparsity 0.5 --allocate global")
    yield Case("efficientnet", "uniform 50 %, depthwise kept", "--sparsity 0.5 --keep *depthwise*")
    for name in OCR:
        yield Case(name, "uniform 50 %", "--sparsity 0.5")
    yield Case("smollm2", "dense", "", 51.19, tolerance=0.02)
    note = (
        "The zeros are those of the reference, bit for bit; 4,912 of them are ties at a threshold (the weights come "
        "from 4-bit codes), which another order of storage breaks otherwise. Whether that explains it is open."
    )
    yield Case("smollm2", "uniform 50 %", "--sparsity 0.5", 716, tolerance=1, note=note)
    yield Case("smollm2", "2:4", "--granularity 2:4", 1696, tolerance=1)
    for name in LIGHT:
        yield Case(f"light_{name}", "uniform 50 %", "--sparsity 0.5", exit_code=4)
        yield Case(f"light_{name} filled", "uniform 50 %", "--sparsity 0.5")
        yield Case(f"light_{name} filled", "2:4", "--granularity 2:4")


def cases():
    return [*minilm(), *resnet20(), *others()]
