"""Measures Holdout beside its peers, in one run on one machine, and prints a table.

Started by `bench/run`, which builds the programs. Every server listens on the loopback address and is ended here.
"""

import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from models import bench_models
from table import BIN, EXAMPLES, ROOT, print_table, report, run_json

TEAMS = 1000
IMAGES = 1000
CLASSES = 100


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """`holdout up` or `serve` on a free port, with a data folder of its own."""

    def __init__(self, command, data, *arguments, settings=None):
        self.port = free_port()
        begun = time.perf_counter()
        environment = {**os.environ, "RUST_LOG": "warn", "HOLDOUT_RATES__SUBMISSIONS_PER_MINUTE": "1000000",
                       "HOLDOUT_UPLOADS__UNFINISHED_PER_ACCOUNT": "100000", **(settings or {})}
        self.process = subprocess.Popen(
            [BIN / "holdout", command, "--data", data, "--listen", f"127.0.0.1:{self.port}", *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        while True:
            try:
                self.request("GET", "/healthz")
                break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"holdout {command} ended with {self.process.returncode}")
                time.sleep(0.001)
        self.start_seconds = time.perf_counter() - begun

    def request(self, method, path, body=None, headers=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        if response.status >= 400:
            sys.exit(f"{method} {path}: {response.status} {data[:500]!r}")
        return response, data

    def memory(self):
        """Resident memory, MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return float("nan")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def upload(server, token, content):
    response, _ = server.request("POST", "/api/v1/uploads", content, {
        "Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)),
        "Content-Type": "application/offset+octet-stream"}, token)
    return response.getheader("Location").rsplit("/", 1)[-1]


def make_season(server, token):
    """A season of 1,000 images and 100 classes, by the API. Returns the labels."""
    chance = random.Random(2012)
    labels = [chance.randrange(1, CLASSES + 1) for _ in range(IMAGES)]
    server.request("POST", "/api/v1/seasons",
                   {"season": "bench", "title": "Bench", "opens": "2020-01-01T00:00:00Z"}, token=token)
    settings = {"title": "Classification", "metric": "top5_error", "accepts": ["predictions"],
                "quota": {"submissions": 10000, "per_seconds": 86400}}
    server.request("POST", "/api/v1/seasons/bench/tasks", {"task": "classification", "settings": settings}, token=token)
    classes = "".join(f"{number}\tn{number:08}\tclass {number}\n" for number in range(1, CLASSES + 1))
    csv = "image,class\n" + "".join(f"image{i:06}.png,{label}\n" for i, label in enumerate(labels))
    test_set = {"classes": upload(server, token, classes.encode()), "labels": upload(server, token, csv.encode())}
    server.request("PUT", "/api/v1/seasons/bench/tasks/classification/test-set", test_set, token=token)
    return labels


def make_files(folder, labels):
    """Prediction files of so many teams, each with its own share of errors."""
    chance = random.Random(1)
    for team in range(TEAMS):
        wrong = 0.1 + 0.6 * team / TEAMS
        lines = []
        for label in labels:
            others = [1 + (label + offset) % CLASSES for offset in chance.sample(range(CLASSES - 1), 5)]
            if chance.random() >= wrong:
                others[chance.randrange(5)] = label
            lines.append(" ".join(map(str, others)))
        (folder / f"team {team:04}.txt").write_text("\n".join(lines) + "\n")


def wait_until_scored(server, token, count):
    path = "/api/v1/seasons/bench/tasks/classification/leaderboard"
    while True:
        _, data = server.request("GET", path)
        if len(json.loads(data)["rows"]) >= count:
            return
        if server.process.poll() is not None:
            sys.exit("the server ended")
        time.sleep(0.1)


def bench_score(season):
    entry = season / "entries"
    packed = sorted(entry.glob("*.txt.zst"))[0]
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "predictions.txt"
        # The peers read plain text; so does ours, that all do the same work.
        subprocess.run(["zstd", "-q", "-d", "-f", "-o", plain, packed], check=True) if has("zstd") else unpack(packed, plain)
        labels = Path(folder) / "labels.txt"
        rows_of = (season / "labels.csv").read_text().splitlines()[1:]
        labels.write_text("\n".join(row.rsplit(",", 1)[1] for row in sorted(rows_of)) + "\n")
        ours = run_json(EXAMPLES / "bench_score", plain, labels)
        python = run_json(sys.executable, ROOT / "bench" / "score_plain.py", plain, labels)
        numpy = run_json(sys.executable, ROOT / "bench" / "score_numpy.py", plain, labels)
    for peer in (python, numpy):
        for count in ("top1_wrong", "top5_wrong"):
            if peer[count] != ours[count]:
                sys.exit(f"{peer['name']} counts {peer[count]} {count}, we count {ours[count]}")
    ours_seconds = ours["seconds"]
    report("100,000 x 5 predictions: parse, check, score, interval", f"{ours_seconds * 1000:.2f} ms", "4 ms", ours_seconds <= 0.004)
    ratio = python["seconds"] / ours_seconds
    report("  beside a plain Python script", f"{ratio:.0f} x ({python['seconds'] * 1000:.0f} ms)", "60 x", ratio >= 60)
    ratio = numpy["seconds"] / ours_seconds
    report("  beside NumPy", f"{ratio:.0f} x ({numpy['seconds'] * 1000:.0f} ms)", "shown")


def has(program):
    return any((Path(folder) / program).exists() for folder in os.environ["PATH"].split(os.pathsep))


def unpack(packed, plain):
    try:
        import zstandard
    except ImportError:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "zstandard"], check=True)
        import zstandard
    plain.write_bytes(zstandard.ZstdDecompressor().stream_reader(packed.read_bytes()).read())


def bench_server(folder):
    data = folder / "data"
    # Without a device: a runner kept warm for models would take part in figures that are about files.
    server = Server("up", data, settings={"HOLDOUT_SCORER__DEVICES": "none"})
    token = (data / "organizer-token").read_text().strip()
    labels = make_season(server, token)
    files = folder / "files"
    files.mkdir()
    make_files(files, labels)
    begun = time.perf_counter()
    accepted = run_json(EXAMPLES / "load", "submit", f"http://127.0.0.1:{server.port}", token, "bench", "classification",
                        files, "16")
    rate = accepted["accepted_per_second"]
    report(f"{TEAMS} small files submitted over 16 connections, SQLite", f"{rate:.0f} accepted/s", "150/s", rate >= 150)
    wait_until_scored(server, token, TEAMS)
    drained = time.perf_counter() - begun
    report("  all of them scored", f"{TEAMS / drained:.0f}/s", "shown")
    board = "/api/v1/seasons/bench/tasks/classification/leaderboard"
    _, body = server.request("GET", board)
    copy = folder / "board.json"
    copy.write_bytes(body)
    peer = subprocess.Popen([EXAMPLES / "same_bytes", copy, "2"], stdout=subprocess.PIPE, text=True)
    address = peer.stdout.readline().strip()
    ours, theirs = [], []
    for _ in range(3):
        ours.append(run_json(EXAMPLES / "load", "get", f"http://127.0.0.1:{server.port}{board}", "256", "4"))
        theirs.append(run_json(EXAMPLES / "load", "get", address, "256", "4"))
    peer.terminate()
    peer.wait()
    mine = statistics.median(one["requests_per_second"] for one in ours)
    other = statistics.median(one["requests_per_second"] for one in theirs)
    p99 = statistics.median(one["p99_ms"] for one in ours)
    peer_p99 = statistics.median(one["p99_ms"] for one in theirs)
    report(f"Board of {TEAMS} rows ({len(body) // 1024} KiB), 256 connections", f"{mine:.0f} requests/s", "shown")
    report("  beside the same bytes from memory", f"{mine / other:.2f} ({other:.0f} requests/s)", "0.8", mine / other >= 0.8)
    report("  99th percentile", f"{p99:.1f} ms (the peer's: {peer_p99:.1f} ms)", "10 ms", p99 <= 10)
    server.stop()


def bench_start(folder):
    data = folder / "start"
    Server("serve", data).stop()
    times = []
    for _ in range(10):
        server = Server("serve", data)
        times.append(server.start_seconds)
        time.sleep(0.2)
        memory = server.memory()
        server.stop()
    start = statistics.median(times)
    report("`holdout serve`: start to first answer", f"{start * 1000:.0f} ms", "150 ms", start <= 0.15)
    report("  resident memory idle", f"{memory:.0f} MB", "60 MB", memory <= 60)


def bench_rank():
    text = subprocess.run([EXAMPLES / "bench_rank"], check=True, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL).stdout
    for line in text.strip().splitlines():
        board = json.loads(line)
        all_rows, one = board["seconds"] * 1000, board["seconds_after_one"] * 1000
        report(f"Ranks and ranges, {board['rows']} rows of {board['images']} images, {board['board']} errors",
               f"{all_rows:.0f} ms from nothing, {one:.1f} ms after a new result", "50 ms after a new result", one <= 50)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        season = folder / "season"
        subprocess.run([BIN / "holdout-fixtures", "ilsvrc-2012", "--out", season], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        bench_score(season)
        bench_rank()
        bench_server(folder)
        bench_start(folder)
        bench_models(folder, Server)
    print_table()


if __name__ == "__main__":
    main()
