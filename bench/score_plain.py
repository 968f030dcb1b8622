#!/usr/bin/env python3
"""Scores a prediction file in the kit's text as a plain Python evaluation script does.

score_plain.py PREDICTIONS LABELS

Both files are in the kit's form: line i is the i-th test image. Prints a line of JSON with the errors and the seconds.
"""

import json
import sys
import time


def read_labels(path):
    with open(path, encoding="utf-8") as file:
        return [int(line) for line in file]


def read_predictions(path):
    with open(path, encoding="utf-8") as file:
        return [[int(word) for word in line.split()][:5] for line in file]


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: score_plain.py PREDICTIONS LABELS")
    predictions_path, labels_path = sys.argv[1:]

    begin = time.perf_counter()
    labels = read_labels(labels_path)
    labels_seconds = time.perf_counter() - begin

    begin = time.perf_counter()
    predictions = read_predictions(predictions_path)
    if len(predictions) != len(labels):
        sys.exit(f"{len(predictions)} rows; {len(labels)} are allowed")
    top1_wrong = 0
    top5_wrong = 0
    for label, row in zip(labels, predictions):
        if row[0] != label:
            top1_wrong += 1
        if label not in row:
            top5_wrong += 1
    seconds = time.perf_counter() - begin

    print(
        json.dumps(
            {
                "name": "plain Python",
                "version": sys.version.split()[0],
                "images": len(labels),
                "top1_wrong": top1_wrong,
                "top5_wrong": top5_wrong,
                "top1_error": top1_wrong / len(labels),
                "top5_error": top5_wrong / len(labels),
                "seconds": seconds,
                "labels_seconds": labels_seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
