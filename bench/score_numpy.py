#!/usr/bin/env python3
"""Scores a prediction file in the kit's text with NumPy.

score_numpy.py PREDICTIONS LABELS

Both files are in the kit's form: line i is the i-th test image, here with five labels in every line. Prints a line of
JSON with the errors and the seconds.
"""

import json
import sys
import time

import numpy


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: score_numpy.py PREDICTIONS LABELS")
    predictions_path, labels_path = sys.argv[1:]

    begin = time.perf_counter()
    labels = numpy.loadtxt(labels_path, dtype=numpy.int64, ndmin=1)
    labels_seconds = time.perf_counter() - begin

    begin = time.perf_counter()
    # The fastest reader of whole numbers that NumPy has; `loadtxt` takes several times as long.
    with open(predictions_path, encoding="utf-8") as file:
        numbers = numpy.fromstring(file.read(), dtype=numpy.int64, sep=" ")
    if numbers.size != 5 * labels.size:
        sys.exit(f"{numbers.size} labels; {5 * labels.size} are allowed")
    correct = numbers.reshape(-1, 5) == labels[:, None]
    top1_wrong = int(labels.size - numpy.count_nonzero(correct[:, 0]))
    top5_wrong = int(labels.size - numpy.count_nonzero(correct.any(axis=1)))
    seconds = time.perf_counter() - begin

    print(
        json.dumps(
            {
                "name": "NumPy",
                "version": numpy.__version__,
                "images": int(labels.size),
                "top1_wrong": top1_wrong,
                "top5_wrong": top5_wrong,
                "top1_error": top1_wrong / labels.size,
                "top5_error": top5_wrong / labels.size,
                "seconds": seconds,
                "labels_seconds": labels_seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
