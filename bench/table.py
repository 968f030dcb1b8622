"""The table of results, and running what is measured."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / "target" / "release"
EXAMPLES = BIN / "examples"

rows = []


def report(what, figure, goal, met=None):
    """Adds a line to the table."""
    mark = "" if met is None else ("yes" if met else "NO")
    rows.append((what, figure, goal, mark))
    print(f"{what}: {figure} (goal: {goal}) {mark}", file=sys.stderr)


def run_json(*command):
    """Runs a program that prints one line of JSON."""
    text = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(text.strip().splitlines()[-1])


def print_table():
    """All of it, in columns."""
    width = max(len(row[0]) for row in rows)
    wide = max(len(row[1]) for row in rows)
    print(f"{'what':{width}}  {'measured':{wide}}  goal")
    for what, figure, goal, mark in rows:
        print(f"{what:{width}}  {figure:{wide}}  {goal}{'  ' + mark if mark else ''}")
