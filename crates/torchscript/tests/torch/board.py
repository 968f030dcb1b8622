#!/usr/bin/env python3
"""Submits each network of `exported.py` twice, exported and scripted or traced, and compares what the server makes of both. For
developers; needs torch, torchvision and timm.

    cargo build --release --workspace --bins
    crates/torchscript/tests/torch/board.py target/release [--results FILE] [NETWORK]...

It starts `holdout up` on a free port, with a season of `IMAGES` made-up images and a task for each size of input. Both files of a network
go through command line, upload, scorer and board. They must be scored, have the same answers for every image, and share a
rank. With `--results`, what became of each network is appended to FILE, and a network that is in it already is not tried again.
"""

import csv
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from urllib.request import urlopen

import torch
from PIL import Image
from torch.export import Dim

from exported import CLASSES, TIMM, TORCHVISION, network, read_results

IMAGES = 48
SIDES = [224, 256, 299]


def make_season(folder):
    """Images of noise in large squares, which networks with random weights tell apart, and labels drawn by lot."""
    folder.mkdir()
    torch.manual_seed(2)
    with zipfile.ZipFile(folder / "images.zip", "w") as archive:
        for number in range(IMAGES):
            squares = torch.randint(256, (8, 8, 3), dtype=torch.uint8).repeat_interleave(40, 0).repeat_interleave(40, 1)
            with archive.open(f"{number:03}.png", "w") as file:
                Image.fromarray(squares.numpy()).save(file, "PNG")
    (folder / "classes.tsv").write_text("".join(f"{k + 1}\tn{k:08}\tclass {k}\n" for k in range(CLASSES)))
    labels = torch.randint(1, CLASSES + 1, (IMAGES,)).tolist()
    (folder / "labels.csv").write_text("image,class\n" + "".join(f"{k:03}.png,{label}\n" for k, label in enumerate(labels)))
    tasks = "".join(
        f"""
  - task: side-{side}
    title: Side {side}
    metric: top5_error
    accepts: [torchscript]
    classes: classes.tsv
    test_set: {{ labels: labels.csv, images: images.zip }}
    input: {{ resize: {side}, crop: {side}, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }}
    limits: {{ model: 1GiB, wall: 30m, memory: 6GiB }}"""
        for side in SIDES
    )
    (folder / "season.yaml").write_text(f"season: networks\ntitle: Networks\nopens: 2020-01-01T00:00:00Z\ntasks:{tasks}\n")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """`holdout up` in a folder of its own."""

    def __init__(self, programs, place):
        make_season(place / "season")
        self.program, self.data = programs / "holdout", place / "data"
        self.url, self.log = f"http://127.0.0.1:{free_port()}", place / "up.log"
        listen = self.url.removeprefix("http://")
        arguments = ["up", "--data", self.data, "--listen", listen, "--season", place / "season"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([self.program, *arguments], stdout=log, stderr=log)
        self.wait_for_season()
        token = (self.data / "organizer-token").read_text().strip()
        self.environment = {**os.environ, "HOLDOUT_SERVER": self.url, "HOLDOUT_TOKEN": token, "HOLDOUT_SEASON": "networks"}

    def wait_for_season(self):
        while self.process.poll() is None:
            try:
                return urlopen(f"{self.url}/api/v1/seasons/networks/tasks/side-{SIDES[-1]}/leaderboard")
            except OSError:
                time.sleep(0.5)
        sys.exit(f"holdout up ended:\n{self.log.read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def submit(self, file, task, method):
        """Returns the submission as the server has it in the end."""
        arguments = ["submit", file, "--task", task, "--team", "networks", "--create-team", "--method", method, "--wait", "--json"]
        done = subprocess.run([self.program, *arguments], env=self.environment, capture_output=True, text=True)
        if not done.stdout:
            return {"state": "refused", "verdict": {"message": done.stderr.strip()}}
        return json.loads(done.stdout)

    def answers(self, submission):
        """The answers that the server keeps of a submission's evaluation, packed."""
        database = sqlite3.connect(f"file:{self.data / 'holdout.db'}?mode=ro", uri=True)
        query = "SELECT packed FROM answers JOIN evaluations ON evaluations.id = evaluation_id WHERE submission_id = ?"
        return [packed for (packed,) in database.execute(query, (submission,))]

    def ranks(self, task, submissions):
        """The ranks of these submissions on the board, which follows a result within moments."""
        address = f"{self.url}/api/v1/seasons/networks/tasks/{task}/leaderboard.csv?all=true"
        for _ in range(60):
            rows = csv.DictReader(urlopen(address).read().decode("utf-8-sig").splitlines())
            ranks = {row["submission"]: row["rank"] for row in rows}
            if all(submission in ranks for submission in submissions):
                return [ranks[submission] for submission in submissions]
            time.sleep(1)
        return []


def twin(net, x):
    """The network as TorchScript: scripted if it can be, else traced."""
    try:
        return torch.jit.script(net)
    except Exception:
        return torch.jit.trace(net, x, check_trace=False)


def try_network(server, place, name):
    """What became of both files of a network."""
    net, side = network(name)
    x = torch.rand(3, 3, side, side)
    with torch.no_grad():
        torch.export.save(torch.export.export(net, (x,), dynamic_shapes=({0: Dim.DYNAMIC},)), str(place / "model.pt2"))
        torch.jit.save(twin(net, x), str(place / "model.pt"))
    task = f"side-{side}"
    both = [server.submit(place / file, task, f"{name}, {file}") for file in ("model.pt2", "model.pt")]
    for submission in both:
        if submission["state"] != "scored":
            return f"{submission['state']}: {submission.get('verdict')}"
    ids = [submission["id"] for submission in both]
    exported, scripted = map(server.answers, ids)
    if len(exported) != 1 or exported != scripted:
        return "other answers"
    ranks = server.ranks(task, ids)
    if not ranks:
        return "not on the board"
    return "the same" if ranks[0] == ranks[1] else "another rank"


def main(programs, *only):
    results = None
    if only[:1] == ("--results",):
        results, only = Path(only[1]), only[2:]
    every = read_results(results)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(programs).resolve(), Path(folder))
        try:
            for name in only or [*TORCHVISION, *TIMM]:
                if name not in every:
                    every[name] = try_network(server, Path(folder), name)
                    print(name, every[name], file=sys.stderr, flush=True)
                    if results is not None:
                        with results.open("a") as file:
                            file.write(json.dumps([name, every[name]]) + "\n")
        finally:
            server.stop()
    same = sum(outcome == "the same" for outcome in every.values())
    print(f"{len(every)} networks, {same} of them with the same answers and rank exported as scripted or traced")
    return 0 if same == len(every) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
