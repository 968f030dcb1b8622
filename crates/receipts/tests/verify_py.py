"""Holds docs/verify.py to vectors.json: prints the cases in which it does not give what is expected, and ends with 1 if there is one."""
import copy, functools, json, pathlib, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(root / "docs"))
sys.dont_write_bytecode = True
import verify

# Most cases have the same signatures.
verify.is_signed = functools.lru_cache(None)(verify.is_signed)
vectors = json.loads((root / "crates/receipts/tests/vectors.json").read_text(encoding="utf-8"))


def changed(case):
    """A copy of a bundle with values put at places in it, which are JSON pointers."""
    bundle = copy.deepcopy(vectors["honest_bundles"][case["base"]])
    for pointer, value in case["set"]:
        *path, last = [int(name) if name.isdecimal() else name for name in pointer.split("/")[1:]]
        holder = bundle
        for name in path:
            holder = holder[name]
        holder[last] = value
    return bundle


def prove_inclusion(case):
    proof = [verify.decode(text, 32) for text in case["proof"]]
    leaf, root_hash = verify.decode(case["leaf"], 32), verify.decode(case["root"], 32)
    verify.check(verify.root_of(leaf, int(case["index"]), int(case["size"]), proof) == root_hash, "another root")


KINDS = {
    "keys": lambda case: verify.read_key(case["key"]),
    "notes": lambda case: verify.open_note(case["note"], verify.read_key(case["key"])),
    "inclusion": prove_inclusion,
    "bundles": lambda case: verify.verify(changed(case), verify.read_key(case["key"])),
}

wrong = 0
for kind, run in KINDS.items():
    for case in vectors[kind]:
        try:
            run(case)
            found = None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            found = str(error)
        if (found is None) != (case["refused"] is None):
            wrong += 1
            print(f"{kind}: {case['name']}: expected {case['refused']}, found {found}")

# As a program.
whole = vectors["honest_bundles"]["whole"]
with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "receipts.json"
    for content, key, expected in (
        (json.dumps(whole), whole["key"], 0),
        (json.dumps(whole).replace("top5_wrong", "top5_right"), whole["key"], 1),
        ("[]", whole["key"], 1),
        (json.dumps(whole), "", 1),
        (json.dumps(whole), None, 2),
    ):
        file.write_text(content, encoding="utf-8")
        words = [sys.executable, root / "docs/verify.py", file] + ([] if key is None else ["--key", key])
        ended = subprocess.run(words, capture_output=True, text=True)
        if ended.returncode != expected or "Traceback" in ended.stderr:
            wrong += 1
            print(f"{content[:20]}: exit code {ended.returncode}, expected {expected}: {ended.stderr}")
sys.exit(1 if wrong else 0)
