"""What the scripts beside this one share: they ask the example `verdicts` about models and load again what it wrote."""

import json
import subprocess

import torch


class Verdicts:
    """The example `verdicts`: one process, asked about one model after another."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def refusal(self, model, out):
        """Returns the code and the message of the refusal, or `None` if the model is accepted and written to `out`."""
        self.process.stdin.write(f"{model}\t{out}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return None if answer["code"] is None else f"{answer['code']}: {answer['message']}"


def first_tensor(output):
    while not isinstance(output, torch.Tensor):
        output = next(iter(output.values() if isinstance(output, dict) else output))
    return output.double()


def difference(model, x, expected):
    """Returns how far an archive is from the expected scores: a part of the largest one, or a reason."""
    found = first_tensor(torch.jit.load(str(model)).eval()(x))
    if found.shape != expected.shape:
        return f"the shape {tuple(found.shape)}, not {tuple(expected.shape)}"
    return float((found - expected).abs().max() / expected.abs().max())
