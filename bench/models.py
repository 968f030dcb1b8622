"""Models beside their peers: a bare libtorch loop, and a Python script that decodes the JPEGs."""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from table import BIN, EXAMPLES, ROOT, report, run_json

PHOTOGRAPHS = 1000
THREADS = os.cpu_count() or 1
BATCH = 64
ROUNDS = 3
SEASON = """season: bench
title: Bench
opens: 2020-01-01T00:00:00Z
tasks:
  - task: photographs
    title: Photographs
    metric: top5_error
    accepts: [predictions, torchscript]
    classes: classes.tsv
    test_set: { labels: labels.csv, images: images }
    input: { resize: 256, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
    quota: { submissions: 100, per: 1d }
"""


def make_season(folder):
    """A season of photographs whose classes mean nothing: only the work counts."""
    folder.mkdir()
    subprocess.run([sys.executable, ROOT / "bench" / "photographs.py", folder / "images", str(PHOTOGRAPHS)], check=True)
    (folder / "season.yaml").write_text(SEASON)
    (folder / "classes.tsv").write_text("".join(f"{n}\tn{n:08}\tclass {n}\n" for n in range(1, 1001)))
    chance = random.Random(2012)
    names = sorted(path.name for path in (folder / "images").iterdir())
    rows = "".join(f"{name},{chance.randrange(1, 1001)}\n" for name in names)
    (folder / "labels.csv").write_text("image,class\n" + rows)


class Team:
    """A team of the season, at the program's command line."""

    def __init__(self, server, folder):
        self.environment = {**os.environ, "HOLDOUT_SERVER": f"http://127.0.0.1:{server.port}", "XDG_CONFIG_HOME": str(folder)}
        self.environment.pop("HOLDOUT_TOKEN", None)
        # The server answers before the seasons given to it are there.
        while self.run("season", "show", "bench", check=False).returncode:
            time.sleep(0.1)
        self.run("register", "--name", "Bench", "--email", "bench@example.org", "--password-stdin", given="a long password")
        self.run("team", "create", "Bench", "--season", "bench")

    def run(self, *arguments, given=None, check=True):
        return subprocess.run([str(part) for part in [BIN / "holdout", *arguments]], check=check, input=given,
                              stdout=subprocess.PIPE, stderr=None if check else subprocess.DEVNULL, text=True, env=self.environment)

    def submit(self, model, again):
        """Submits a model and waits: what became of it."""
        words = ["--season", "bench", "--task", "photographs", "--wait", "--json", *(["--again"] if again else [])]
        return json.loads(self.run("submit", model, *words).stdout)


def bench_models(folder, start_server):
    model = folder / "alexnet.pt"
    subprocess.run([BIN / "holdout-fixtures", "alexnet", "--out", model], check=True)
    season = folder / "photographs"
    make_season(season)
    bench_check_and_start(model)
    bench_preparing(season)
    residual = folder / "resnet50.pt"
    subprocess.run([sys.executable, ROOT / "bench" / "resnet50.py", residual], check=True)
    server = start_server("up", folder / "models", "--season", season)
    team = Team(server, folder / "team")
    token = (folder / "models" / "organizer-token").read_text().strip()
    for name, file in (("AlexNet", model), ("ResNet-50", residual)):
        bench_evaluation(name, file, season, team, lambda: claim_to_result(server, token))
    server.stop()


def claim_to_result(server, token):
    """Seconds of the newest evaluation, from the scorer's claim to its result."""
    _, data = server.request("GET", "/api/v1/organizer/evaluations?season=bench&limit=1", token=token)
    newest = json.loads(data)["items"][0]
    begun, ended = (datetime.fromisoformat(newest[name]) for name in ("started_at", "finished_at"))
    return (ended - begun).total_seconds()


def bench_check_and_start(model):
    seconds = statistics.median(run_json(EXAMPLES / "repack", model)["seconds"] for _ in range(5))
    report("Check and re-packing of a model of 244 MB", f"{seconds:.2f} s", "0.5 s", seconds <= 0.5)
    start = [run_json(EXAMPLES / "first_batch", BIN / "holdout-runner", model) for _ in range(5)]
    ready = statistics.median(one["ready_seconds"] for one in start)
    report("From the file of that model to its first batch, nothing warm", f"{ready:.2f} s", "1.5 s", ready <= 1.5)


def bench_preparing(season):
    ours = run_json(EXAMPLES / "prepare", season / "images", "256", "224")
    script = ROOT / "bench" / "prepare_pillow.py"
    one, both = (run_json(sys.executable, script, season / "images", str(processes)) for processes in (1, THREADS))
    report(f"{PHOTOGRAPHS} photographs (500 x 375 JPEG) prepared", f"{ours['seconds']:.2f} s", "shown")
    report("  beside Pillow, one process", f"{one['seconds'] / ours['seconds']:.1f} x ({one['seconds']:.2f} s)", "shown")
    report(f"  beside Pillow, {THREADS} processes", f"{both['seconds'] / ours['seconds']:.1f} x ({both['seconds']:.2f} s)", "shown")


def bench_evaluation(name, model, season, team, seconds_of_newest):
    ours, bare, python, whole = [], [], [], []
    for round_number in range(ROUNDS):
        # Side by side, so that all have the same machine.
        scored = team.submit(model, round_number > 0)
        ours.append(scored["measures"]["images_per_second"])
        whole.append(PHOTOGRAPHS / seconds_of_newest())
        loop = [EXAMPLES / "bare_loop", model, "224", str(THREADS), str(BATCH), str(PHOTOGRAPHS // BATCH)]
        bare.append(run_json(*loop)["images_per_second"])
        script = [sys.executable, ROOT / "bench" / "evaluate_python.py", model, season / "images", str(THREADS), str(BATCH)]
        python.append(run_json(*script)["images_per_second"])
    # The images of a test set are prepared once, in the first round of the first network.
    mine, loop, script, later = (statistics.median(values) for values in (ours, bare, python, whole[1:]))
    report(f"{name} on photographs, CPU, while it runs", f"{mine:.0f} images/s", "shown")
    report("  beside a bare libtorch loop over tensors", f"{mine / loop:.2f} ({loop:.0f} images/s)", "0.95", mine / loop >= 0.95)
    report("  beside a Python script that decodes", f"{mine / script:.1f} x ({script:.0f} images/s)", "1.3 x", mine / script >= 1.3)
    report("  from claim to result, second run included",
           f"{whole[0]:.0f} images/s the first time, {later:.0f} later", "shown")
    report("    beside the bare loop", f"{later / loop:.2f}", "0.95", later / loop >= 0.95)
