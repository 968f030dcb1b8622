#!/usr/bin/env python3
"""Makes TorchScript archives of many networks in many forms and checks them all. For developers; needs torch, torchvision and timm.

    cargo build -p holdout-scorer --example verdicts
    crates/torchscript/tests/torch/forms.py target/debug/examples/verdicts [--results FILE] [NETWORK]...

With `--results`, what became of each archive is appended to FILE as a line of JSON, and an archive that is in it already is
not tried again. The environment variable `WORKERS` is the number of processes.

Every network has random weights. An accepted archive is loaded again as the check wrote it, and must compute what the
original computes. Prints a table of the forms and every refusal with its reason (Ctrl-C: of the networks so far); `docs/decisions/0009-refused-archives.md` argues
for each of them. Fails if an archive is refused that is not expected to be, or computes something else.
"""

import copy
import functools
import itertools
import json
import multiprocessing
import os
import re
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Tuple

import timm
import torch
import torch.utils.mobile_optimizer
import torchvision
from torch import nn
from torch.nn import functional

from verdicts import Verdicts, first_tensor

warnings.simplefilter("ignore")
torch.set_num_threads(1)

CLASSES = 10
WORKERS = int(os.environ.get("WORKERS", "3"))
TORCHVISION = """densenet121 efficientnet_b0 googlenet inception_v3 mnasnet0_5 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small
regnet_x_400mf regnet_y_400mf resnet18 shufflenet_v2_x0_5 squeezenet1_0 squeezenet1_1 swin_t""".split()
TIMM = """bat_resnext26ts botnet26t_256 cait_xxs24_224 coatnet_nano_rw_224 convit_tiny convnext_atto convnextv2_atto crossvit_tiny_240
deit_tiny_distilled_patch16_224 dpn48b edgenext_xx_small efficientformer_l1 efficientnet_b0 ese_vovnet19b_dw
eva02_tiny_patch14_224 fastvit_t8 gcvit_xxtiny ghostnet_100 halonet26t hrnet_w18_small inception_next_atto lambda_resnet26t
lcnet_050 levit_128s mambaout_femto mobilenetv3_small_050 mobilenetv4_conv_small mobilevit_xxs mobilevitv2_050 nf_resnet26
pit_ti_224 poolformer_s12 pvt_v2_b0 regnety_008 repvgg_a0 repvit_m0_9 resmlp_12_224 resnest14d rexnet_100 skresnet18 starnet_s1
tf_efficientnet_lite0 tf_efficientnetv2_b0 tiny_vit_5m_224 visformer_tiny vit_tiny_patch16_224 xcit_nano_12_p16_224""".split()
# The networks that are saved in every form, not only scripted and traced.
EVERY_FORM = {"edgenext_xx_small", "lcnet_050", "mobilenet_v3_small", "mobilevit_xxs", "squeezenet1_1", "vision_transformer"}

# The forms that are refused, with words of the message that says so.
REFUSED = {
    "optimised for inference": "optimize_for_inference",
    "optimised for mobile": "Mobile",
    "quantised, dynamic": "uantised",
    "written for one device": "written into the code",
    "autocast of cuda, scripted": "torch.autocast",
    "autocast of cuda, frozen": "torch.autocast",
    "torch.cuda.amp, scripted": "torch.autocast",
    "torch.cuda.amp, frozen": "torch.autocast",
    "profiled": "record_function",
    "data parallel": "record_function",
    "random numbers": "torch.jit.trace",
    "deform_conv2d": "torchvision's own library",
    "attribute of other letters": "rename attributes",
}


class Wrapped(nn.Module):
    """A network inside a module that does something around it."""

    def __init__(self, net):
        super().__init__()
        self.net = net


class NoGrad(Wrapped):
    def forward(self, x):
        with torch.no_grad():
            return self.net(x)


class InferenceMode(Wrapped):
    def forward(self, x):
        with torch.inference_mode():
            return self.net(x)


class Autocast(Wrapped):
    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.net(x)
        return y.float()


class AutocastOff(Wrapped):
    def forward(self, x):
        with torch.autocast("cpu", enabled=False):
            return self.net(x)


class AutocastCuda(Wrapped):
    def forward(self, x):
        with torch.autocast("cuda", dtype=torch.float16):
            y = self.net(x)
        return y.float()


class CudaAutocast(Wrapped):
    def forward(self, x):
        with torch.cuda.amp.autocast():
            y = self.net(x)
        return y.float()


class Cast(Wrapped):
    def forward(self, x):
        for weight in self.net.parameters():
            return self.net(x.to(weight.dtype)).float()


class TupleOutput(Wrapped):
    def forward(self, x):
        y = self.net(x)
        return y, y.argmax(1)


class DictOutput(Wrapped):
    def forward(self, x) -> Dict[str, torch.Tensor]:
        return {"logits": self.net(x)}


class ListOutput(Wrapped):
    def forward(self, x) -> List[torch.Tensor]:
        return [self.net(x)]


class Scores(NamedTuple):
    logits: torch.Tensor
    best: torch.Tensor


class NamedTupleOutput(Wrapped):
    def forward(self, x) -> Scores:
        y = self.net(x)
        return Scores(y, y.argmax(1))


class Ranked(Wrapped):
    def forward(self, x):
        return self.net(x).topk(5, 1).indices


class Jitter(Wrapped):
    def forward(self, x):
        if self.training:
            x = x + torch.rand_like(x) * torch.rand(1)
        return self.net(x)


class Noisy(Wrapped):
    def forward(self, x):
        return self.net(x + torch.randn_like(x))


class Dropped(Wrapped):
    def __init__(self, net):
        super().__init__(net)
        self.drop = nn.Dropout(0.5)
        self.paths = torchvision.ops.StochasticDepth(0.5, "row")

    def forward(self, x):
        return self.paths(self.drop(self.net(functional.dropout2d(x, 0.2, self.training))))


class Expanded(Wrapped):
    """A parameter and a buffer of stride 0."""

    def __init__(self, net):
        super().__init__(net)
        self.scale = nn.Parameter(torch.ones(1, 1).expand(1, CLASSES))
        self.register_buffer("shift", torch.zeros(1).expand(CLASSES))
        self.register_buffer("sign", torch.ones(4, CLASSES).t()[:, 1])

    def forward(self, x):
        return self.net(x) * self.scale + self.shift * self.sign


class Flipped(Wrapped):
    """Test-time augmentation."""

    def forward(self, x):
        return (self.net(x) + self.net(x.flip(3))).softmax(1)


class Profiled(Wrapped):
    def forward(self, x):
        with torch.autograd.profiler.record_function("net"):
            return self.net(x)


class OnOneDevice(Wrapped):
    def forward(self, x):
        return self.net(x.to("cuda:0"))


class OtherLetters(Wrapped):
    def __init__(self, net):
        super().__init__(net)
        self.étage = nn.Identity()

    def forward(self, x):
        return self.étage(self.net(x))


class Pieces(nn.Module):
    """Pieces that networks are made of: attention, einsum, recurrence, resampling, norms."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 8, 8)
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 1)
        self.lstm = nn.LSTM(16, 8, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(16, 16, batch_first=True)
        self.norm = nn.GroupNorm(4, 16)
        self.mix = nn.Parameter(torch.rand(16, 16))
        self.weights = nn.ParameterList([nn.Parameter(torch.rand(16)) for _ in range(2)])
        self.head = nn.Linear(16, CLASSES)
        self.names: Dict[str, int] = {"größe": 2}
        self.sizes: List[int] = [1, 2]
        self.limit: Optional[float] = None

    def forward(self, x):
        y = self.norm(self.stem(x))
        y = functional.interpolate(y, scale_factor=0.5, mode="bilinear", antialias=True, align_corners=False)
        t = y.flatten(2).transpose(1, 2)
        t, _ = self.attention(t, t, t)
        t = functional.scaled_dot_product_attention(t, t, t)
        t = self.encoder(t)
        t, _ = self.lstm(t)
        t, _ = self.gru(t)
        t = torch.einsum("bnc,cd->bnd", t, self.mix)
        for weight in self.weights:
            t = t * weight
        if self.limit is not None:
            t = t.clamp(max=self.limit)
        assert t.dim() == 3, f"3 dimensions wanted, not {t.dim()}"
        f = torch.fft.rfft2(y).abs().mean((2, 3))
        return self.head(t.mean(1) + f * float(self.names["größe"]))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 32, 16, 16)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True), 2)
        self.head = nn.Linear(32, CLASSES)

    def forward(self, x):
        return self.head(self.encoder(self.patches(x).flatten(2).transpose(1, 2)).mean(1))


class Deformable(nn.Module):
    def __init__(self):
        super().__init__()
        self.offset = nn.Conv2d(3, 18, 3, padding=1)
        self.conv = torchvision.ops.DeformConv2d(3, CLASSES, 3, padding=1)

    def forward(self, x):
        return self.conv(x, self.offset(x)).mean((2, 3))


def scripted(module):
    return torch.jit.script(module)


def traced(module, x):
    return torch.jit.trace(module, x, check_trace=False, strict=False)


def quantised(net):
    return torch.ao.quantization.quantize_dynamic(nn.Sequential(net, nn.Linear(CLASSES, CLASSES)), {nn.Linear})


def saved(module):
    return lambda path: torch.jit.save(module, str(path))


def forms(net, x):
    """The forms of a network: a name, and a function that writes the archive to a path."""
    yield "scripted", lambda path: saved(scripted(net))(path)
    yield "traced", lambda path: saved(traced(net, x))(path)


def further_forms(net, x):
    script, trace = scripted(net), traced(net, x)
    yield "frozen, scripted", saved(torch.jit.freeze(script))
    yield "frozen, traced", saved(torch.jit.freeze(trace))
    yield "scripted while training", saved(scripted(copy.deepcopy(net).train()))
    yield "optimised for inference", saved(torch.jit.optimize_for_inference(script))
    yield "optimised for mobile", lambda path: saved(torch.utils.mobile_optimizer.optimize_for_mobile(script))(path)
    yield "for the lite interpreter", lambda path: script._save_for_lite_interpreter(str(path))
    for name, dtype in [("half", torch.float16), ("bfloat16", torch.bfloat16), ("double", torch.float64)]:
        cast = Cast(copy.deepcopy(net).to(dtype)).eval()
        yield f"{name}, traced", saved(traced(cast, x))
        yield f"{name}, frozen", saved(torch.jit.freeze(traced(cast, x)))
        yield f"{name}, not cast", saved(scripted(cast.net))
    wrapped = [
        ("no_grad", NoGrad), ("inference_mode", InferenceMode), ("autocast", Autocast), ("autocast switched off", AutocastOff),
        ("autocast of cuda", AutocastCuda), ("torch.cuda.amp", CudaAutocast), ("a tuple", TupleOutput),
        ("a named tuple", NamedTupleOutput), ("a dictionary", DictOutput), ("a list", ListOutput), ("ranked indices", Ranked),
        ("random if training", Jitter), ("random numbers", Noisy), ("dropout", Dropped), ("stride 0", Expanded),
        ("test-time augmentation", Flipped), ("written for one device", OnOneDevice), ("profiled", Profiled),
        ("attribute of other letters", OtherLetters),
    ]  # fmt: skip
    for name, kind in wrapped:
        yield f"{name}, scripted", lambda path, kind=kind: saved(scripted(kind(net).eval()))(path)
        if kind in (NoGrad, Autocast, AutocastOff, AutocastCuda, CudaAutocast, Jitter, Dropped, Expanded):
            yield f"{name}, frozen", lambda path, kind=kind: saved(torch.jit.freeze(scripted(kind(net).eval())))(path)
        if kind not in (OnOneDevice,):
            yield f"{name}, traced", lambda path, kind=kind: saved(traced(kind(net).eval(), x))(path)
    extra = {"labels.txt": "a\nb", "größe.txt": "10", "two words": "x"}
    yield "extra files", lambda path: torch.jit.save(script, str(path), _extra_files=extra)
    yield "saved to a buffer", lambda path: path.write_bytes(script.save_to_buffer())
    yield "channels last", saved(scripted(copy.deepcopy(net).to(memory_format=torch.channels_last)))
    yield "no gradients of parameters", saved(scripted(copy.deepcopy(net).requires_grad_(False)))
    yield "data parallel", saved(traced(nn.DataParallel(net, device_ids=[]).eval(), x))
    yield "quantised, dynamic", lambda path: saved(scripted(quantised(net)))(path)
    yield "zipped again, stored", lambda path: zip_again(script, path, zipfile.ZIP_STORED)
    yield "zipped again, deflated", lambda path: zip_again(script, path, zipfile.ZIP_DEFLATED)
    for version in ("3", "5", "9"):
        yield f"archive version {version}", lambda path, version=version: zip_again(script, path, zipfile.ZIP_STORED, version)


# The form that `further_forms` makes last.
LAST_FORM = "archive version 9"


def zip_again(module, path, method, version=None):
    """Writes an archive as Python's zipfile does, of another version if one is given."""
    saved(module)(path)
    with zipfile.ZipFile(path) as archive:
        content = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in content:
            is_version = version is not None and name.endswith("/version")
            archive.writestr(name, version.encode() if is_version else data)


PIECES = {
    "pieces": Pieces,
    "deform_conv2d": Deformable,
    "vision_transformer": lambda: torchvision.models.VisionTransformer(64, 16, 2, 2, 64, 128, num_classes=CLASSES),
    "transformer_encoder": Encoder,
}


def network(name):
    """A network with random weights, and the side of its input."""
    torch.manual_seed(1)
    if name in PIECES:
        return PIECES[name]().eval(), 64
    if name in TIMM:
        net = timm.create_model(name, num_classes=CLASSES)
        return net.eval(), net.pretrained_cfg["input_size"][-1]
    return torchvision.models.get_model(name, num_classes=CLASSES).eval(), 96


def is_same(one, other, x):
    """Whether two archives compute the same, if the first can be run here."""
    torch.manual_seed(0)
    try:
        expected = first_tensor(torch.jit.load(str(one)).eval()(x))
    except (RuntimeError, torch.jit.Error):
        return True
    torch.manual_seed(0)
    found = first_tensor(torch.jit.load(str(other)).eval()(x))
    return torch.equal(expected.nan_to_num(), found.nan_to_num())


class Tried(NamedTuple):
    network: str
    form: str
    # "accepted", "not made", "differs", or the code and the message of the verdict.
    outcome: str


def check_network(verdicts, results, known, name):
    """What became of every form of a network that is not known yet. Each is kept as soon as it is tried."""
    net, side = network(name)
    x = torch.rand(2, 3, side, side)
    found = []
    with tempfile.TemporaryDirectory() as folder, Verdicts(verdicts) as asked:
        model, out = Path(folder) / "model.pt", Path(folder) / "out.pt"
        for form, write in itertools.chain(forms(net, x), further_forms(net, x) if name in EVERY_FORM else []):
            if (name, form) not in known:
                tried = Tried(name, form, check_form(asked, write, x, model, out))
                append_results(results, [tried])
                found.append(tried)
    return found


def check_form(verdicts, write, x, model, out):
    try:
        with torch.no_grad():
            write(model)
    except Exception:  # Whatever keeps torch itself from scripting, freezing or saving a network.
        return "not made"
    refusal = verdicts.refusal(model, out)
    if refusal is not None:
        return refusal
    return "accepted" if is_same(model, out, x) else "differs"


def is_right(tried):
    """Whether the outcome is the expected one."""
    of_form = REFUSED.get(tried.form) or REFUSED.get(tried.form.rsplit(", ", 1)[0])
    expected = REFUSED.get(tried.network) or of_form
    if expected is None:
        return tried.outcome in ("accepted", "not made")
    return tried.outcome == "not made" or expected in tried.outcome


def show(every):
    made = [tried for tried in every if tried.outcome != "not made"]
    print(f"{'form':36} tried accepted refused")
    rows = {"all": made}
    for tried in made:
        rows.setdefault(tried.form, []).append(tried)
    for form, found in rows.items():
        accepted = sum(tried.outcome == "accepted" for tried in found)
        print(f"{form:36} {len(found):5} {accepted:8} {len(found) - accepted:7}")
    print(f"networks: {len({tried.network for tried in every})}")
    print(f"not made, because torch cannot script, freeze or save them: {len(every) - len(made)}")
    refused = {}
    for tried in made:
        if tried.outcome != "accepted":
            refused.setdefault((tried.form, re.sub(r"`code/.*?` line \d+|record `.*?`", "…", tried.outcome)), []).append(tried.network)
    for (form, outcome), found in refused.items():
        print(f"{form} ({len(found)}: {', '.join(found[:3])}): {outcome}")


def read_results(path):
    """What an earlier run found."""
    if path is None or not path.exists():
        return []
    return [Tried(*tried) for line in path.read_text().splitlines() for tried in json.loads(line)]


def append_results(path, tried):
    if path is not None:
        with path.open("a") as file:
            file.write(json.dumps(tried) + "\n")


def main(verdicts, *only):
    results = None
    if only[:1] == ("--results",):
        results, only = Path(only[1]), only[2:]
    names = [name for name in [*TORCHVISION, *(name for name in TIMM if name not in TORCHVISION), *PIECES] if not only or name in only]
    # Those with many forms take the longest.
    names.sort(key=lambda name: name not in EVERY_FORM)
    every = read_results(results)
    known = {(tried.network, tried.form) for tried in every}
    # The last form of each kind of network says that all of them are known.
    names = [name for name in names if (name, LAST_FORM if name in EVERY_FORM else "traced") not in known]
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        try:
            for tried in pool.imap_unordered(functools.partial(check_network, verdicts, results, known), names):
                every += tried
                print(tried[0].network, file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            print("interrupted: the figures are those of the networks so far")
    show(every)
    wrong = [tried for tried in every if not is_right(tried)]
    for tried in wrong:
        print(f"WRONG {tried.network}, {tried.form}: {tried.outcome}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
