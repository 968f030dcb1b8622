#!/usr/bin/env python3
"""Makes the small pictures of `crates/images/tests/pictures` and `digests.tsv`: what Pillow makes of each. Needs Pillow and numpy.

    crates/images/tests/pillow/make_pictures.py

Columns: file; width; height; SHA-256 of `convert("RGB")`; SHA-256 of the planes after torchvision's Resize(24) and
CenterCrop(20); the same after CenterCrop(16) alone. The pictures are drawn by formulas and random numbers of a fixed seed.
"""

import io
import random
from pathlib import Path

import numpy
from PIL import Image

from compare import PNG_FORMS, digest, frame, picture, png_of, transformed

OUT = Path(__file__).parent.parent / "pictures"


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def resampled(data, luma):
    changed = bytearray(data)
    changed[frame(data) + 11] = luma
    return bytes(changed)


def jpegs(rng):
    color = Image.fromarray(picture(rng, 61, 47, 3))
    yield "420_q75", jpeg(color, quality=75, subsampling=2)
    yield "422_q90", jpeg(color, quality=90, subsampling=1)
    yield "444_q95", jpeg(color, quality=95, subsampling=0)
    yield "440_q75", resampled(jpeg(color, quality=75, subsampling=1), 0x12)
    yield "411_q75", resampled(jpeg(color, quality=75, subsampling=1), 0x41)
    yield "rgb", jpeg(color, quality=80, subsampling=0, keep_rgb=True)
    yield "progressive_420", jpeg(color, quality=75, subsampling=2, progressive=True)
    yield "progressive_444", jpeg(color, quality=30, subsampling=0, progressive=True)
    yield "restarts", jpeg(color, quality=75, restart_marker_blocks=3)
    yield "q1", jpeg(color, quality=1)
    yield "rotated_by_exif", jpeg(color, quality=75, exif=exif_of(6))
    yield "grey", jpeg(Image.fromarray(picture(rng, 61, 47, 1)[..., 0]), quality=75)
    yield "cmyk", jpeg(Image.fromarray(picture(rng, 33, 29, 4), "CMYK"), quality=75)
    yield "cmyk_progressive", jpeg(Image.fromarray(picture(rng, 33, 29, 4), "CMYK"), quality=75, progressive=True)
    yield "ycck", ycck(jpeg(Image.fromarray(picture(rng, 33, 29, 4), "CMYK"), quality=75))
    yield "tall", jpeg(Image.fromarray(picture(rng, 30, 141, 3)), quality=75)
    yield "wide", jpeg(Image.fromarray(picture(rng, 141, 30, 3)), quality=75)
    data = jpeg(color, quality=75)
    middle = len(data) * 2 // 3
    yield "faulty_data", data[:middle] + bytes(byte ^ 0x55 for byte in data[middle : middle + 40]) + data[middle + 40 :]
    yield "more_after_the_end", data + b"something else"


def exif_of(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def ycck(data):
    """The same data, said to be YCCK: another picture, but a YCCK one."""
    at = data.find(b"Adobe")
    return data[: at + 11] + b"\x02" + data[at + 12 :]


def main():
    rng = random.Random(2012)
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    files = [(f"{name}.jpg", data) for name, data in jpegs(rng)]
    for color, depth in PNG_FORMS:
        kind = {0: "grey", 2: "rgb", 3: "palette", 4: "grey_alpha", 6: "rgba"}[color]
        for interlaced in (False, True):
            suffix = "_interlaced" if interlaced else ""
            files.append((f"{kind}_{depth}{suffix}.png", png_of(rng, 27, 22, color, depth, interlaced)))
    lines = []
    for name, data in files:
        OUT.joinpath(name).write_bytes(data)
        image = Image.open(io.BytesIO(data)).convert("RGB")
        planes = [
            digest(numpy.asarray(transformed(image, resize, crop)).transpose(2, 0, 1)) for resize, crop in [(24, 20), (0, 16)]
        ]
        lines.append("\t".join([name, *map(str, image.size), digest(numpy.asarray(image)), *planes]) + "\n")
    OUT.joinpath("digests.tsv").write_text("".join(lines))


main()
