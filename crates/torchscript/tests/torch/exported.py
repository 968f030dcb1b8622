#!/usr/bin/env python3
"""Exports networks with torch.export, translates the programs and compares. For developers; needs torch, torchvision and timm.

    cargo build -p holdout-scorer --example verdicts
    crates/torchscript/tests/torch/exported.py target/debug/examples/verdicts [--results FILE] [NETWORK]...

Every network has random weights and is exported in three forms: with a dynamic batch, the same after `run_decompositions()`, and
with a fixed batch. A translated program must compute what the network computes, and a decomposed one what it computes itself,
because decomposing changes sums in their last digits. With `--results`, what became of each network is appended to FILE, and a
network that is in it already is not tried again. Prints what is refused or differs, and the counts. Fails if anything is refused,
or differs by more than `TOLERANCE` of the largest score.
"""

import json
import sys
import tempfile
import warnings
from pathlib import Path

import timm
import torch
import torchvision
from torch import nn
from torch.export import Dim

from verdicts import Verdicts, difference, first_tensor

warnings.simplefilter("ignore")
torch.set_num_threads(1)

CLASSES = 10
BATCH = 3
TOLERANCE = 1e-5
TORCHVISION = """alexnet vgg11 resnet18 resnext50_32x4d googlenet inception_v3 densenet121 mobilenet_v2 mobilenet_v3_small
efficientnet_b0 efficientnet_v2_s convnext_tiny vit_b_32 swin_t swin_v2_t regnet_y_400mf shufflenet_v2_x0_5 squeezenet1_1
mnasnet0_5 maxvit_t""".split()
TIMM = """convnextv2_atto deit_tiny_patch16_224 eva02_tiny_patch14_224 mobilenetv4_conv_small mobilevit_xxs maxvit_rmlp_pico_rw_256
coatnet_nano_rw_224 dm_nfnet_f0 ghostnet_100 levit_128s mixer_s32_224 poolformer_s12 edgenext_xx_small fastvit_t8 repvgg_a0
hrnet_w18_small dla34 xcit_nano_12_p16_224 cait_xxs24_224 pvt_v2_b0 vit_tiny_patch16_224 beit_base_patch16_224 res2net50_26w_4s
rexnet_100 tf_efficientnetv2_b0 tiny_vit_5m_224 convit_tiny gcvit_xxtiny mambaout_femto efficientformer_l1 resnest14d
swinv2_tiny_window8_256""".split()


class Fourier(nn.Module):
    """Fourier transforms of each kind, there and back, divided in each way. `run_decompositions()` leaves operators of their own."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, CLASSES, 4, 4)
        self.mix = nn.Parameter(torch.rand(CLASSES, 1, 1))

    def forward(self, x):
        y = self.stem(x)
        height, width = y.shape[2:]
        for norm in ("backward", "ortho", "forward"):
            spectrum = torch.fft.rfft2(y, norm=norm) * self.mix
            y = y + torch.fft.irfft2(spectrum, s=(height, width), norm=norm)
            y = y + torch.fft.ifft2(torch.fft.fft2(y, norm=norm), norm=norm).abs() + torch.fft.fft(y, norm=norm).abs()
        return y.mean((2, 3))


PIECES = {"fourier": (Fourier, 60)}


def network(name):
    """A network with random weights, and the side of its input. Weights that begin as zeros are random, too."""
    net, side = created(name)
    return without_zeros(net), side


def without_zeros(net):
    """A layer of zeros would hide what the layers before it compute."""
    with torch.no_grad():
        for weight in net.parameters():
            if not weight.any():
                weight.normal_(std=0.02)
    return net


def created(name):
    torch.manual_seed(1)
    if name in PIECES:
        kind, side = PIECES[name]
        return kind().eval(), side
    if name in TORCHVISION:
        side = {"inception_v3": 299, "swin_v2_t": 256}.get(name, 224)
        extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        return torchvision.models.get_model(name, num_classes=CLASSES, **extra).eval(), side
    net = timm.create_model(name, num_classes=CLASSES)
    return net.eval(), net.pretrained_cfg["input_size"][-1]


def forms(net, x):
    """The programs of a network, each with its name and what computes the expected scores."""
    program = torch.export.export(net, (x,), dynamic_shapes=({0: Dim.DYNAMIC},))
    yield "dynamic batch", program, net
    decomposed = program.run_decompositions()
    yield "decomposed", decomposed, decomposed.module()
    yield "fixed batch", torch.export.export(net, (x,)), net


def check_form(verdicts, program, paths, x, expected):
    """Returns how far the translated program is from the network: a number, or a reason."""
    model, out = paths
    torch.export.save(program, str(model))
    return verdicts.refusal(model, out) or difference(out, x, expected)


def check_network(verdicts, name):
    """What became of every form of a network."""
    net, side = network(name)
    x = torch.rand(BATCH, 3, side, side)
    tried = {}
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        model, out = Path(folder) / "model.pt2", Path(folder) / "out.pt"
        with Verdicts(verdicts) as asked:
            for form, program, original in forms(net, x):
                tried[form] = check_form(asked, program, (model, out), x, first_tensor(original(x)))
    return tried


def read_results(path):
    """What an earlier run found."""
    if path is None or not path.exists():
        return {}
    return {name: tried for line in path.read_text().splitlines() for name, tried in [json.loads(line)]}


def show(every):
    """Prints the counts, and returns whether all is as it should be."""
    is_good = True
    for form in dict.fromkeys(form for tried in every.values() for form in tried):
        outcomes = {name: tried[form] for name, tried in every.items() if form in tried}
        numbers = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, float)}
        same = sum(outcome == 0 for outcome in numbers.values())
        print(f"{form}: {len(outcomes)} networks, {len(numbers)} accepted, {same} bit-identical")
        for name, outcome in outcomes.items():
            if outcome != 0:
                print(f"  {name}: {outcome}")
            is_good &= isinstance(outcome, float) and outcome <= TOLERANCE
    return is_good


def main(verdicts, *only):
    results = None
    if only[:1] == ("--results",):
        results, only = Path(only[1]), only[2:]
    every = read_results(results)
    for name in only or [*PIECES, *TORCHVISION, *TIMM]:
        if name not in every:
            every[name] = check_network(verdicts, name)
            print(name, every[name], file=sys.stderr, flush=True)
            if results is not None:
                with results.open("a") as file:
                    file.write(json.dumps([name, every[name]]) + "\n")
    return 0 if show(every) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
