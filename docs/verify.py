#!/usr/bin/env python3
"""Verifies the receipts that `holdout receipts` saved, with Python 3.9 or later alone: verify.py FILE --key NAME+HASH+KEY
Ends with 0 if everything in the file is proved, with 1 if something is not, and with 2 if it was called wrongly."""
import argparse, base64, hashlib, json, re, sys

# Ed25519 (RFC 8032): the field, the order of the base point, the curve -x² + y² = 1 + d·x²·y², and a root of -1.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)

def check(holds, cause):
    if not holds:
        raise ValueError(cause)

def add(one, other):
    (a, b), (c, d) = one, other
    k = D * a * b * c * d
    return (a * d + b * c) * pow(1 + k, -1, P) % P, (b * d + a * c) * pow(1 - k, -1, P) % P

def times(n, point):
    return add(times(n // 2, add(point, point)), point if n % 2 else (0, 1)) if n else (0, 1)

def point(data):
    y, is_odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT % P
    check(y < P and x * x % P == square and (x or not is_odd), "a key or a signature has no point of the curve")
    return (x if x % 2 == is_odd else P - x), y

def is_signed(text, signature, public):
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    base = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return len(signature) == 64 and s < L and times(s, base) == add(point(signature[:32]), times(k, point(public)))

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def decode(text, length=None):
    data = base64.b64decode(text, validate=True)
    check(base64.b64encode(data).decode() == text and length in (None, len(data)), f"`{text[:80]}` is not base64 as expected")
    return data

def read_key(text):
    name, key_hash, key = text.split("+", 2)
    key = decode(key, 33)
    check(name and not re.search(r"\s", name) and key[0] == 1, "a key is written NAME+HASH+KEY")
    check(sha256(name.encode(), b"\n", key)[:4].hex() == key_hash, "the key was not copied as a whole")
    return name, bytes.fromhex(key_hash), key[1:]

def open_note(note, key):
    check(len(note.encode()) <= 65536 and not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f]", note), "a note is too long or has control characters")
    text, _, block = note.rpartition("\n\n")
    lines = [re.fullmatch("\u2014 ([^ ]+) (.+)", line) for line in block.split("\n")[:-1]]
    check(text and block.endswith("\n") and all(lines) and len(lines) <= 32, "a text is not a signed note")
    signatures = [(line[1], decode(line[2])) for line in lines]
    own = [data[4:] for name, data in signatures if (name, data[:4]) == key[:2]]
    check(own and all(len(data) > 4 for _, data in signatures), "a note is not signed by the key")
    check(all(is_signed((text + "\n").encode(), data, key[2]) for data in own), "a signature is wrong: the text was changed")
    return text + "\n"

def check_inclusion(leaf, index, size, root, proof):  # RFC 9162, section 2.1.3.2.
    check(0 <= index < size, "the log has no such entry")
    last = size - 1
    for beside in proof:
        check(last, "the proof is too long")
        is_left = index % 2 or index == last
        while is_left and not index % 2 and index:
            index, last = index // 2, last // 2
        index, last, leaf = index // 2, last // 2, sha256(b"\1", *((beside, leaf) if is_left else (leaf, beside)))
    check(last == 0 and leaf == root, "the log does not have it at that place")

def read_receipt(one, leaf, key):
    text = open_note(one["note"], key)
    check(sha256(b"\0", text.encode()) == leaf, "the log has the hash of another text")
    tag, body, end = text.split("\n")
    said = json.loads(body)
    check((tag, end, said["log"]) == ("holdout receipt v1", "", key[0]), "it is not a receipt of this log")
    check((said["at"], said["statement"]["kind"]) == (one["at"], one["kind"]), "the receipt says otherwise than the file")
    if one["opening"]:
        opened = sha256(decode(one["opening"]["nonce"], 16), one["opening"]["counts"].encode())
        check(base64.b64encode(opened).decode() == said["statement"].get("private"), "the private counts are not those committed to")
    return said

def verify(bundle, key):
    parts = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n", open_note(bundle["checkpoint"], key))
    check(parts and parts[1] == key[0], "what was signed is not a checkpoint of this log")
    check(bundle["receipts"], "the file has no receipts")
    before, about, lines = None, None, [f"The checkpoint is signed by the key: {parts[2]} entries, root {parts[3]}."]
    for one in bundle["receipts"]:
        leaf, index, at = decode(one["leaf"], 32), one["index"], re.fullmatch(r"([-\dT:]{19})(?:\.(\d{1,6}))?Z", one["at"])
        check_inclusion(leaf, index, int(parts[2]), decode(parts[3], 32), [decode(text, 32) for text in one["proof"]])
        step = index, at[1] + (at[2] or "").ljust(6, "0"), one["leaf"]
        check(not before or index > before[0] and step[1] > before[1], "a receipt is missing, moved or back-dated")
        said = read_receipt(one, leaf, key) if one["note"] is not None else None
        if said:
            check(not before or said["previous"] == before[2], "a receipt is missing or moved")
            about = about or said["statement"].get("submission")
            check(about == said["statement"].get("submission"), "the receipts are about several submissions")
        opened = f" Private counts, as committed to then: {one['opening']['counts']}." if said and one["opening"] else ""
        lines.append(f"Entry {index} is in the log: " + (json.dumps(said["statement"]) + opened if said else "its text is not shown"))
        before = step
    return lines

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=argparse.FileType(encoding="utf-8"))
    parser.add_argument("--key", required=True, help="from where the organizers publish it, not from the server")
    given = parser.parse_args()
    try:
        print(*verify(json.load(given.file), read_key(given.key)), sep="\n")
        print("Not proved: that the labels are right, and that the server shows everybody the same log.")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        sys.exit(f"not proved: {error}")
