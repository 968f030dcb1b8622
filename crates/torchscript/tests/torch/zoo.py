#!/usr/bin/env python3
"""Makes archives of many real networks in four forms and checks them. For developers; needs torch, torchvision, timm and transformers.

    cargo build -p holdout-scorer --example verdicts
    crates/torchscript/tests/torch/zoo.py make FOLDER [NETWORK]...
    crates/torchscript/tests/torch/zoo.py check target/debug/examples/verdicts FOLDER --results FILE [--again]

`make` writes the networks of `zoo_networks.py` into FOLDER: scripted, traced, frozen (the scripted one, or the traced one if torch cannot
script the network) and exported with a dynamic batch, beside a batch of noise and the scores that the network itself gives. `check`
asks about every archive, loads what the check wrote and compares its scores with those of the network. It appends what became of each to
FILE and deletes the archives that are right; those that are refused or differ stay, and are tried again with `--again`, for
example after a fix. Prints a table of the forms, and every archive that is not right with the reason. Fails if there is one that torch can make.
"""

import json
import re
import shutil
import sys
import warnings
from pathlib import Path

import torch
from torch.export import Dim

from exported import BATCH, TOLERANCE
from forms import scripted, traced
from verdicts import Verdicts, difference, first_tensor

warnings.simplefilter("ignore")
torch.set_num_threads(1)

FORMS = {"scripted": "scripted.pt", "traced": "traced.pt", "frozen": "frozen.pt", "exported": "exported.pt2"}
# Written last into the folder of a network: the batch, the scores, and why which forms could not be made.
COMPLETE = "made.pt"


def exported(net, x):
    return torch.export.export(net, (x,), dynamic_shapes=({0: Dim.DYNAMIC},))


def make_network(net, x, folder):
    """Writes every form of a network that torch can make. Returns the reasons why it cannot make the others."""
    reasons, modules = {}, {}

    def attempt(form, make):
        try:
            modules[form] = make()
            save = torch.export.save if form == "exported" else torch.jit.save
            save(modules[form], str(folder / FORMS[form]))
        except Exception as error:  # Whatever keeps torch itself from making this form.
            (folder / FORMS[form]).unlink(missing_ok=True)
            reasons[form] = f"{type(error).__name__}: {first_line(error)}"

    attempt("scripted", lambda: scripted(net))
    attempt("traced", lambda: traced(net, x))
    attempt("frozen", lambda: torch.jit.freeze(modules.get("scripted") or modules["traced"]))
    attempt("exported", lambda: exported(net, x))
    return reasons


def first_line(error):
    """The first line of a message, without the address of an object in it."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return re.sub(r" at 0x[0-9a-f]+", "", line)


def make(folder, *only):
    # It needs transformers, which `check` does without.
    from zoo_networks import MAKERS, network

    for name in only or MAKERS:
        place = Path(folder) / name.replace("/", "~")
        if (place / COMPLETE).exists():
            continue
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        net, side = network(name)
        x = torch.rand(BATCH, 3, side, side)
        with torch.no_grad():
            made = {"x": x, "scores": first_tensor(net(x)), "reasons": make_network(net, x, place)}
        torch.save(made, place / COMPLETE)
        print(name, made["reasons"], file=sys.stderr, flush=True)
    return 0


def check_archive(verdicts, archive, made):
    """Returns "accepted", "differs by …", or the code and the message of the refusal."""
    out = archive.with_name("out.pt")
    try:
        refusal = verdicts.refusal(archive, out)
        if refusal is not None:
            return refusal
        with torch.no_grad():
            found = difference(out, made["x"], made["scores"])
    finally:
        out.unlink(missing_ok=True)
    return "accepted" if isinstance(found, float) and found <= TOLERANCE else f"differs by {found}"


def check_network(verdicts, place, known):
    """What became of the forms of a network that are not known yet."""
    made = torch.load(place / COMPLETE)
    for form, file in FORMS.items():
        if form in known:
            continue
        archive = place / file
        if form in made["reasons"]:
            yield form, f"not made: {made['reasons'][form]}"
        elif archive.exists():
            outcome = check_archive(verdicts, archive, made)
            if outcome == "accepted":
                archive.unlink()
            yield form, outcome


def read_results(path):
    """The last outcome of every form of every network."""
    every = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        name, form, outcome = json.loads(line)
        every.setdefault(name, {})[form] = outcome
    return every


def kind_of(outcome):
    return next((kind for kind in ("accepted", "not made", "differs") if outcome.startswith(kind)), "refused")


def show(every):
    """Prints the table and the reasons, and returns whether all is as it should be."""
    kinds = ("accepted", "refused", "differs", "not made")
    print(f"{len(every)} networks\n{'form':10}" + "".join(f"{kind:>10}" for kind in kinds))
    reasons = {}
    for form in FORMS:
        outcomes = [(name, tried[form]) for name, tried in every.items() if form in tried]
        print(f"{form:10}" + "".join(f"{sum(kind_of(outcome) == kind for _, outcome in outcomes):10}" for kind in kinds))
        for name, outcome in outcomes:
            if outcome != "accepted":
                reasons.setdefault((form, outcome), []).append(name)
    for (form, outcome), names in reasons.items():
        print(f"{form} ({len(names)}: {', '.join(names[:3])}): {outcome}")
    return all(kind_of(outcome) in ("accepted", "not made") for _, outcome in reasons)


def check(program, folder, option, results, *again):
    if option != "--results" or again not in ((), ("--again",)):
        sys.exit(__doc__)
    results = Path(results)
    every = read_results(results)
    with Verdicts(program) as verdicts, results.open("a") as file:
        for complete in sorted(Path(folder).glob(f"*/{COMPLETE}")):
            name = complete.parent.name.replace("~", "/")
            tried = every.setdefault(name, {})
            known = {form for form, outcome in tried.items() if not again or kind_of(outcome) in ("accepted", "not made")}
            for form, outcome in check_network(verdicts, complete.parent, known):
                tried[form] = outcome
                file.write(json.dumps([name, form, outcome]) + "\n")
                file.flush()
    return 0 if show(every) else 1


if __name__ == "__main__":
    sys.exit({"make": make, "check": check}[sys.argv[1]](*sys.argv[2:]))
