#!/usr/bin/env python3
"""Measures the transparency log as it grows to a million receipts: what it costs to give an entry its place, to prove it, and to
verify the proof.

    cargo build --release --workspace --bins
    bench/log.py target/release [ENTRIES]

It starts `holdout serve` on a free port, writes made-up entries without places into its database as results do, and waits until the
server has hashed and signed them. Every proof is fetched over HTTP and verified here against the signed head's root.
"""

import base64
import hashlib
import http.client
import json
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

PROOFS = 300


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_of(number):
    """The text of an entry that is as long as a receipt, and its hash in the log."""
    body = f"holdout receipt v1\nbench {number}\n" + hashlib.sha512(str(number).encode()).hexdigest() * 5 + "\n"
    return body, sha256(b"\0", body.encode())


def root_of(leaf, index, size, path):
    """The root that an inclusion proof leads to, RFC 6962, section 2.1.1."""
    node, last, found = index, size - 1, leaf
    for other in path:
        if node & 1 or node == last:
            found = sha256(b"\1", other, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = sha256(b"\1", found, other)
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


class Server:
    def __init__(self, program, data):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.process = subprocess.Popen([program, "serve", "--data", data, "--listen", f"127.0.0.1:{self.port}"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                self.get("/healthz")
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"holdout serve ended with {self.process.returncode}")
                time.sleep(0.01)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def head(self):
        """Size and root of the log as the server signs them."""
        status, text = self.get("/api/v1/log/checkpoint")
        lines = text.decode().split("\n")
        return (int(lines[1]), base64.b64decode(lines[2])) if status == 200 else (0, b"")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def write_entries(database, numbers):
    """Entries without a place, in the order of their times."""
    rows = []
    for number in numbers:
        body, leaf = leaf_of(number)
        # Ids rise with the time, as the server's own do.
        rows.append((str(uuid.UUID(int=number << 80)), "result", 1_600_000_000_000_000 + number, body, leaf))
    with sqlite3.connect(database, timeout=60) as connection:
        connection.executemany("INSERT INTO log_entries (id, kind, at, body, leaf) VALUES (?, ?, ?, ?, ?)", rows)


def grow(server, database, before, size):
    """Seconds until the log has `size` entries."""
    began = time.perf_counter()
    for start in range(before, size, 10_000):
        write_entries(database, range(start, min(start + 10_000, size)))
    while server.head()[0] < size:
        time.sleep(0.02)
    return time.perf_counter() - began


def prove(server, size, root, choose):
    """Fetches and verifies inclusion proofs: medians of the seconds of each, and the most hashes of one."""
    fetched, verified, most = [], [], 0
    for _ in range(PROOFS):
        index = choose.randrange(size)
        began = time.perf_counter()
        status, answer = server.get(f"/api/v1/log/proofs/inclusion?index={index}&size={size}")
        fetched.append(time.perf_counter() - began)
        assert status == 200, answer
        path = [base64.b64decode(each) for each in json.loads(answer)["hashes"]]
        leaf = leaf_of(index)[1]
        began = time.perf_counter()
        assert root_of(leaf, index, size, path) == root, f"entry {index} of {size} is not proved"
        verified.append(time.perf_counter() - began)
        most = max(most, len(path))
    return statistics.median(fetched), statistics.median(verified), most


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, most = Path(sys.argv[1]) / "holdout", int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    choose, sizes = random.Random(1), [size for size in (1000, 10_000, 100_000, 1_000_000) if size <= most]
    print("entries    placed and signed   inclusion proof            consistency proof   verification   database")
    with tempfile.TemporaryDirectory() as folder:
        database, before = Path(folder) / "holdout.db", 0
        server = Server(program, folder)
        try:
            for size in sizes:
                seconds = grow(server, database, before, size)
                found, root = server.head()
                assert found == size, f"the log has {found} entries instead of {size}"
                inclusion, verification, hashes = prove(server, size, root, choose)
                times = []
                for _ in range(PROOFS):
                    began = time.perf_counter()
                    status, answer = server.get(f"/api/v1/log/proofs/consistency?from={choose.randrange(1, size)}&to={size}")
                    times.append(time.perf_counter() - began)
                    assert status == 200, answer
                per_second = (size - before) / seconds
                megabytes = sum(file.stat().st_size for file in Path(folder).glob("holdout.db*")) / 1e6
                print(f"{size:9,}  {per_second:10,.0f}/s      {inclusion * 1e3:6.2f} ms, {hashes:2} hashes   "
                      f"{statistics.median(times) * 1e3:12.2f} ms   {verification * 1e6:9.0f} µs   {megabytes:6,.0f} MB", flush=True)
                before = size
        finally:
            server.stop()


if __name__ == "__main__":
    main()
