"""The peer of preparing images: prepare_pillow.py FOLDER PROCESSES, prints a line of JSON."""

import json
import multiprocessing
import sys
import time
from pathlib import Path

import numpy
from PIL import Image


def prepare(path):
    image = Image.open(path).convert("RGB")
    width, height = image.size
    size = (256, 256 * height // width) if width <= height else (256 * width // height, 256)
    image = image.resize(size, Image.BILINEAR)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    return numpy.array(image.crop((left, top, left + 224, top + 224))).transpose(2, 0, 1).tobytes()


def main():
    files, processes = sorted(Path(sys.argv[1]).iterdir()), int(sys.argv[2])
    with multiprocessing.Pool(processes) as pool, open("/dev/null", "wb") as out:
        begun = time.perf_counter()
        for pixels in pool.imap(prepare, files, chunksize=16):
            out.write(pixels)
        seconds = time.perf_counter() - begun
    print(json.dumps({"images": len(files), "seconds": seconds}))


if __name__ == "__main__":
    main()
