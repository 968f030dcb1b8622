"""Writes pictures with the detail of photographs as JPEG, always the same: photographs.py FOLDER COUNT"""

import io
import sys
from pathlib import Path

import numpy
from PIL import Image

WIDTH, HEIGHT = 500, 375


def picture(number):
    """Noise of every scale, as a photograph has it, with a few hard edges."""
    chance = numpy.random.default_rng([2012, number])
    layers = numpy.zeros((HEIGHT, WIDTH, 3))
    for size in (4, 8, 16, 32, 64, 128, 256):
        coarse = Image.fromarray(chance.integers(0, 256, (size, size, 3), dtype=numpy.uint8))
        layers += (numpy.asarray(coarse.resize((WIDTH, HEIGHT), Image.BICUBIC), dtype=float) - 128) / size**0.7
    for _ in range(6):
        x, y = chance.integers(0, WIDTH), chance.integers(0, HEIGHT)
        layers[y:y + chance.integers(20, 200), x:x + chance.integers(20, 200)] += chance.normal(0, 20, 3)
    low, high = layers.min(), layers.max()
    return Image.fromarray(((layers - low) / (high - low) * 255).astype(numpy.uint8))


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        data = io.BytesIO()
        picture(number).save(data, "JPEG", quality=90)
        (folder / f"photograph_{number:05}.jpg").write_bytes(data.getvalue())


if __name__ == "__main__":
    main()
