#!/usr/bin/env python3
"""Compares holdout-images with Pillow on images that this script makes. For developers; needs Pillow and numpy.

    cargo build -p holdout-images --example digests
    crates/images/tests/pillow/compare.py target/debug/examples/digests [COUNT] [SEED]

Four parts: images of every form that Pillow writes, PNG forms that it does not write, transforms of many sizes, and damaged
files. Where both read a file, the pixels have to be the same. Only a damaged file may be read by one and refused by the
other.
"""

import hashlib
import io
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path

import numpy
from PIL import Image, ImageFile

Image.MAX_IMAGE_PIXELS = 89_478_485
Image.warnings.simplefilter("ignore")


def picture(rng, width, height, channels):
    """Gradients, edges and noise: something for every part of a codec."""
    generator = numpy.random.default_rng(rng.getrandbits(32))
    y, x = numpy.mgrid[0:height, 0:width]
    planes = []
    for _ in range(channels):
        a, b, c = generator.uniform(-0.2, 0.2, 3)
        plane = 127 + 100 * numpy.sin(a * x + b * y + c * x * y / max(width, height))
        plane += generator.normal(0, rng.choice([0, 5, 60]), plane.shape)
        plane[generator.integers(0, height) :, : generator.integers(1, width + 1)] = generator.integers(0, 256)
        planes.append(plane)
    return numpy.clip(numpy.stack(planes, -1), 0, 255).astype(numpy.uint8)


def side(rng):
    return rng.choice([rng.randint(1, 40), rng.randint(1, 300), rng.randint(200, 700)])


def exif(rng):
    data = Image.Exif()
    data[0x0112] = rng.randint(1, 8)
    return data


def jpeg(rng, width, height):
    mode = rng.choice(["RGB", "RGB", "RGB", "L", "CMYK"])
    pixels = picture(rng, width, height, {"RGB": 3, "L": 1, "CMYK": 4}[mode])
    image = Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode)
    options = dict(quality=rng.choice([1, 10, 35, 75, 90, 95, 100]), progressive=rng.random() < 0.4)
    options["optimize"] = rng.random() < 0.3
    if mode == "RGB":
        options["subsampling"] = rng.choice([0, 1, 2])
        options["keep_rgb"] = rng.random() < 0.15
        options["subsampling"] = 0 if options["keep_rgb"] else options["subsampling"]
    if rng.random() < 0.2:
        options["exif"] = exif(rng)
    if rng.random() < 0.2:
        options["restart_marker_blocks"] = rng.randint(1, 30)
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    data = out.getvalue()
    if mode == "RGB" and not options["keep_rgb"] and rng.random() < 0.3:
        data = other_sampling(rng, data)
    return data


def frame(data):
    """Where the frame's header is."""
    return max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))


def other_sampling(rng, data):
    """Other sampling factors in the frame's header: the data then means another picture, but it is one."""
    at = frame(data)
    if at < 0:
        return data
    changed = bytearray(data)
    changed[at + 11] = rng.choice([0x11, 0x12, 0x21, 0x22, 0x41, 0x14, 0x42, 0x24])
    if rng.random() < 0.3:
        changed[at + 14] = rng.choice([0x11, 0x12, 0x21])
    if rng.random() < 0.1:
        changed[at + 17] = rng.choice([0x11, 0x12, 0x21, 0x22])
    return bytes(changed)


def png(rng, width, height):
    mode = rng.choice(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
    out = io.BytesIO()
    options = {}
    if mode == "I;16":
        values = picture(rng, width, height, 1)[..., 0].astype(numpy.uint16) * rng.choice([1, 2, 257])
        image = Image.fromarray(values)
    else:
        image = Image.fromarray(picture(rng, width, height, 4), "RGBA")
        if mode == "P":
            colors = rng.choice([2, 3, 4, 15, 16, 17, 256])
            image = image.convert("RGB").quantize(colors)
            options = rng.choice([{}, {"transparency": rng.randrange(colors)}, {"transparency": bytes(range(colors))}])
            options = dict(options, bits=rng.choice([1, 2, 4, 8])) if rng.random() < 0.3 and colors <= 2 else options
        elif mode != "RGBA":
            image = image.convert(mode)
    image.save(out, "PNG", compress_level=rng.randint(0, 9), **options)
    return out.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PNG_FORMS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8)]
PNG_FORMS += [(4, 8), (4, 16), (6, 8), (6, 16)]


def raw_png(rng, width, height):
    """Every colour type, depth, filter and interlacing, from random samples."""
    color, depth = rng.choice(PNG_FORMS)
    return png_of(rng, width, height, color, depth, rng.random() < 0.4)


def png_of(rng, width, height, color, depth, interlaced):
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = bytearray()
    for x, y, dx, dy in passes:
        columns, rows = -(-(width - x) // dx), -(-(height - y) // dy)
        if columns <= 0 or rows <= 0:
            continue
        for _ in range(rows):
            data.append(rng.randint(0, 4))
            data += rng.randbytes((columns * samples * depth + 7) // 8)
    body = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced)))
    if color == 3:
        body += chunk(b"PLTE", rng.randbytes(3 * rng.randint(1, 1 << depth)))
        if rng.random() < 0.3:
            body += chunk(b"tRNS", rng.randbytes(rng.randint(1, 3)))
    elif color in (0, 2) and rng.random() < 0.3:
        body += chunk(b"tRNS", rng.randbytes(2 * samples))
    if rng.random() < 0.2:
        body += chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"tEXt", b"a\0b")
    packed = zlib.compress(bytes(data), rng.randint(0, 9))
    cut = rng.randint(0, len(packed))
    body += chunk(b"IDAT", packed[:cut]) + chunk(b"IDAT", packed[cut:])
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def damaged(rng, data):
    changed = bytearray(data)
    match rng.randint(0, 4):
        case 0:
            del changed[rng.randint(0, len(changed)) :]
        case 1:
            at = rng.randrange(len(changed))
            del changed[at : at + rng.randint(1, 30)]
        case 2:
            at = rng.randrange(len(changed))
            changed[at:at] = rng.randbytes(rng.randint(1, 5))
        case _:
            for _ in range(rng.choice([1, 1, 2, 10])):
                changed[rng.randrange(len(changed))] = rng.choice([0, 255, rng.randrange(256)])
    return bytes(changed)


def digest(array):
    return hashlib.sha256(numpy.ascontiguousarray(array).tobytes()).hexdigest()


def transformed(image, resize, crop):
    """torchvision's Resize and CenterCrop for Pillow's images."""
    if resize:
        short, long = sorted(image.size)
        new_long = int(resize * long / short)
        width, height = (resize, new_long) if image.width <= image.height else (new_long, resize)
        if (width, height) != image.size:
            image = image.resize((width, height), Image.BILINEAR)
    if min(image.size) < crop:
        return None
    left, top = round((image.width - crop) / 2), round((image.height - crop) / 2)
    return image.crop((left, top, left + crop, top + crop))


def of_pillow(path, resize, crop):
    try:
        image = Image.open(path, formats=["JPEG", "PNG", "MPO"]).convert("RGB")
    except Exception as error:
        return None, f"{type(error).__name__}: {error}", None
    pixels = digest(numpy.asarray(image))
    result = transformed(image, resize, crop)
    planes = result and digest(numpy.asarray(result).transpose(2, 0, 1))
    return image.size, pixels, planes


def compare(program, folder, resize, crop, counts, failures, may_differ):
    lines = subprocess.run([program, folder, str(resize), str(crop)], check=True, capture_output=True, text=True)
    found = dict(line.split("\t", 1) for line in lines.stdout.splitlines())
    for path in sorted(Path(folder).iterdir()):
        size, pixels, planes = of_pillow(path, resize, crop)
        ours = found[path.name].split("\t")
        if size is None:
            if len(ours) == 1:
                counts["both refuse"] += 1
            else:
                counts["only Pillow refuses"] += 1
                print(f"only Pillow refuses {path.name}: {pixels}")
                if not may_differ:
                    failures.append((path.name, f"only Pillow refuses: {pixels}", path.read_bytes()))
        elif len(ours) == 1:
            counts["only we refuse"] += 1
            print(f"only we refuse {path.name}: {ours[0]}")
            if not may_differ:
                failures.append((path.name, f"only we refuse: {ours[0]}", path.read_bytes()))
        else:
            same = [str(size[0]), str(size[1]), pixels] == ours[:3]
            same_planes = planes == ours[3] if planes else "centre square" in ours[3]
            counts["the same"] += same and same_planes
            if not (same and same_planes):
                what = "other pixels" if not same else f"other planes: {ours[3]}"
                failures.append((path.name, what, path.read_bytes()))


def main():
    program, count, seed = (sys.argv[1:] + ["600", "1"][len(sys.argv) - 2 :])[:3]
    count, seed = int(count), int(seed)
    rng = random.Random(seed)
    failures, counts = [], Counter()
    batches = [("whole", None), ("damaged", damaged)]
    for name, change in batches:
        for _ in range(max(1, count // 50)):
            with tempfile.TemporaryDirectory() as folder:
                for number in range(50):
                    maker = rng.choice([jpeg, jpeg, png, raw_png])
                    data = maker(rng, side(rng), side(rng))
                    data = change(rng, data) if change else data
                    suffix = "jpg" if maker is jpeg else "png"
                    Path(folder, f"{name}_{number:02}_{maker.__name__}.{suffix}").write_bytes(data)
                resize, crop = rng.choice([(256, 224), (0, 1), (0, 32), (64, 64), (1, 1), (33, 17), (500, 499), (37, 36)])
                part = Counter()
                compare(program, folder, resize, crop, part, failures, change is not None)
                counts.update({f"{name}, {key}": value for key, value in part.items()})
    for key, value in sorted(counts.items()):
        print(f"{value:6} {key}")
    kept = Path(tempfile.gettempdir(), "differing-images")
    for number, (name, what, data) in enumerate(failures):
        kept.mkdir(exist_ok=True)
        kept.joinpath(f"{number:03}_{name}").write_bytes(data)
        print(f"DIFFERS {kept}/{number:03}_{name}: {what}")
    sys.exit(1 if failures else 0)


ImageFile.MAXBLOCK = 1 << 24
if __name__ == "__main__":
    main()
