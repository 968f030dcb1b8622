#!/usr/bin/env python3
"""Verifies the receipts that `holdout receipts` saved, with Python 3.9 or later alone: verify.py FILE --key NAME+HASH+KEY
Ends with 0 if everything in the file is proved, with 1 if something is not, and with 2 if it was called wrongly."""
import argparse, base64, hashlib, json, re, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519 (RFC 8032): the field, the base point's order and y,
BASE, D, ROOT = (4 * pow(5, -1, P) % P).to_bytes(32, "little"), -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)  # d, √-1

def check(holds, cause):
    if not holds:
        raise ValueError(cause)

def add(a, b, c, d):
    k = D * a * b * c * d
    return (a * d + b * c) * pow(1 + k, -1, P) % P, (b * d + a * c) * pow(1 - k, -1, P) % P

def times(n, point):
    return add(*times(n // 2, add(*point, *point)), *(point if n % 2 else (0, 1))) if n else (0, 1)

def point(data):
    y, is_odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P) * (1 if pow(square, (P - 1) // 4, P) == 1 else ROOT) % P
    check(y < P and x * x % P == square and (x or not is_odd), "a key or a signature has no point of the curve")
    return (x if x % 2 == is_odd else P - x), y

def is_signed(text, signature, public):
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    return len(signature) == 64 and s < L and times(s, point(BASE)) == add(*point(signature[:32]), *times(k, point(public)))

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def decode(text, length=None):
    data = base64.b64decode(text, validate=True)
    check(base64.b64encode(data).decode() == text and length in (None, len(data)), f"`{text[:80]}` is not base64 as expected")
    return data

def read_key(text):
    name, key_hash, key = text.split("+", 2)
    key = decode(key, 33)
    is_named = re.fullmatch(r"\S+", name) and sha256(name.encode(), b"\n", key)[:4].hex() == key_hash
    check(is_named and key[0] == 1, "a key is written NAME+HASH+KEY; it was not copied as a whole")
    return name, bytes.fromhex(key_hash), key[1:]

def open_note(note, key):
    check(len(note.encode()) <= 65536 and not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f]", note), "a note is too long or has control characters")
    text, _, block = note.rpartition("\n\n")
    lines = [re.fullmatch("\u2014 ([^ ]+) (.+)", line) for line in block.split("\n")[:-1]]
    check(text and block.endswith("\n") and all(lines) and len(lines) <= 32, "a text is not a signed note")
    signatures = [(line[1], decode(line[2])) for line in lines]
    own = [is_signed(text.encode() + b"\n", data[4:], key[2]) for name, data in signatures if (name, data[:4]) == key[:2]]
    check(own and all(own) and all(len(data) > 4 for _, data in signatures), "a note was changed, or not signed by the key in use")
    return text + "\n"

def root_of(leaf, index, size, proof):  # RFC 6962, section 2.1.1.
    if size < 2 or not proof:
        return leaf if (index, size, proof) == (0, 1, []) else b""
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return sha256(b"\1", root_of(leaf, index, half, proof[:-1]), proof[-1])
    return sha256(b"\1", proof[-1], root_of(leaf, index - half, size - half, proof[:-1]))

def read_receipt(one, key):
    text = open_note(one["note"], key)
    check(sha256(b"\0", text.encode()) == decode(one["leaf"], 32), "the log has the hash of another text")
    said = json.loads(re.fullmatch("holdout receipt v1\n(.*)\n", text)[1])
    check((said["log"], said["at"], said["statement"]["kind"]) == (key[0], one["at"], one["kind"]), "the receipt says otherwise than the file")
    if one["opening"]:
        opened = sha256(decode(one["opening"]["nonce"], 16), one["opening"]["counts"].encode())
        check(base64.b64encode(opened).decode() == said["statement"].get("private"), "the private counts are not those committed to")
    return said

def follow(bundle, trusted):
    changes = bundle.get("key_changes", [])
    said = [json.loads(re.search("\n(.*)", one["note"])[1])["statement"] for one in changes]  # Believed once both keys signed it.
    places, old = [one["index"] for one in changes], [one["replaces"] for one in said]
    names = old[:1] + [one["key"] for one in said if one["kind"] == "key"]
    keys = [read_key(name) for name in names] or [trusted]
    in_order = places == sorted(set(places)) and old == names[:-1] and len(set(names)) == len(names)
    check(in_order and trusted in keys, "a change of key is missing or moved, or none leads to the present key from the one given")
    head = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n", open_note(bundle["checkpoint"], keys[-1]))
    check(head and head[1] == keys[-1][0] and bundle["receipts"], "that is no checkpoint of this log, or the file has no receipts")
    for one in changes + bundle["receipts"]:
        root = root_of(decode(one["leaf"], 32), one["index"], int(head[2]), [decode(text, 32) for text in one["proof"]])
        check(root == decode(head[3], 32), "the log does not have it at that place")
    for place, one in enumerate(changes):
        read_receipt(one, keys[place]), read_receipt(one, keys[place + 1])
    return keys, places, head

def verify(bundle, trusted):
    keys, places, head = follow(bundle, trusted)
    step, about = None, set()
    lines = [f"Changes of key that were followed: {len(places)}. The checkpoint is signed: {head[2]} entries, root {head[3]}."]
    for one in bundle["receipts"]:
        index, at = one["index"], re.fullmatch(r"([-\dT:]{19})(?:\.(\d{1,6}))?Z", one["at"])
        before, step = step, (index, at[1] + (at[2] or "").ljust(6, "0"), one["leaf"])
        check(not before or index > before[0] and step[1] > before[1], "a receipt is missing, moved or back-dated")
        said = read_receipt(one, keys[sum(place < index for place in places)]) if one["note"] is not None else None
        about |= {said["statement"].get("submission")} - {None} if said else set()
        check(len(about) < 2 and (not (before and said) or said["previous"] == before[2]), "a receipt is missing, moved or of another")
        lines.append(f"Entry {index} is in the log: " + (json.dumps([said["statement"], one["opening"]]) if said else "its text is not shown"))
    return lines

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=argparse.FileType(encoding="utf-8"))
    parser.add_argument("--key", required=True, help="from where the organizers publish it, not from the server")
    given = parser.parse_args()
    try:
        limits = "Not proved: that the labels are right, and that the server shows everybody the same log."
        print(*verify(json.load(given.file), read_key(given.key)), limits, sep="\n")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        sys.exit(f"not proved: {error}")
