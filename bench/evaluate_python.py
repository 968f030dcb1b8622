"""The peer of a model's evaluation: what an evaluation script in Python does, with loader processes that decode the JPEGs.

evaluate_python.py MODEL FOLDER THREADS BATCH, prints a line of JSON. The transform is torchvision's: shorter side 256, bilinear;
centre crop 224; scaled, normalised.
"""

import json
import sys
import time
from pathlib import Path

import numpy
import torch
from PIL import Image

MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


class Folder(torch.utils.data.Dataset):
    def __init__(self, folder):
        self.files = sorted(Path(folder).iterdir())

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        image = Image.open(self.files[index]).convert("RGB")
        width, height = image.size
        if width <= height:
            size = (256, 256 * height // width)
        else:
            size = (256 * width // height, 256)
        image = image.resize(size, Image.BILINEAR)
        left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
        pixels = numpy.array(image.crop((left, top, left + 224, top + 224)))
        return (torch.from_numpy(pixels).permute(2, 0, 1).contiguous().float().div(255) - MEAN) / STD


def main():
    model, folder, threads, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    model = torch.jit.load(model).eval()
    loader = torch.utils.data.DataLoader(Folder(folder), batch_size=batch, num_workers=threads)
    begun, images = time.perf_counter(), 0
    with torch.inference_mode():
        for pixels in loader:
            images += model(pixels).topk(5).indices.shape[0]
    seconds = time.perf_counter() - begun
    print(json.dumps({"images": images, "seconds": seconds, "images_per_second": images / seconds}))


if __name__ == "__main__":
    main()
