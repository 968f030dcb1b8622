//! Changed archives, pickles and texts by the thousand, the same in every run: nothing may panic or
//! hang.

use holdout_torchscript::OperatorCheck;

use crate::program::Program;
use crate::zip::{Record, Zip};
use crate::{parts, try_repack};

/// Numbers of a fixed sequence (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below
    }

    fn byte(&mut self) -> u8 {
        const LIKELY: &[u8] = b"()[]{}.,:=\"'\\\n #ab_01(tR.Qq}u\x00\x01\xff\x80\x88PK";
        if self.next(2) == 0 { LIKELY[self.next(LIKELY.len())] } else { self.next(256) as u8 }
    }
}

/// Changes bytes, cuts, doubles and inserts, a few times.
fn mutate(bytes: &mut Vec<u8>, pieces: &[&[u8]], random: &mut Random) {
    for _ in 0..=random.next(4) {
        if bytes.is_empty() {
            return;
        }
        let at = random.next(bytes.len());
        let end = (at + random.next(40)).min(bytes.len());
        match random.next(7) {
            0 => bytes[at] = random.byte(),
            1 => bytes[at] ^= 1 << random.next(8),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.insert(at, random.byte()),
            4 => {
                let copy = bytes[at..end].to_vec();
                let to = random.next(bytes.len());
                bytes.splice(to..to, copy);
            }
            5 => {
                let piece = pieces[random.next(pieces.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            _ => {
                let value = [0u32, 1, 0xffff, 0x7fff_ffff, 0xffff_ffff][random.next(5)].to_le_bytes();
                let end = (at + 4).min(bytes.len());
                bytes[at..end].copy_from_slice(&value[..end - at]);
            }
        }
    }
}

/// Tries `rounds` changes, and gives how many were accepted.
fn rounds(rounds: usize, seed: u64, change: impl Fn(&mut Random) -> Vec<u8>) -> usize {
    let mut random = Random(seed);
    (0..rounds).filter(|_| try_repack(&change(&mut random), OperatorCheck::Enforced).is_ok()).count()
}

const ZIP_PIECES: &[&[u8]] =
    &[b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x07\x08", b"\x01\x00\x18\x00\xff\xff\xff\xff"];
const PICKLE_PIECES: &[&[u8]] = &[
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch\nFloatStorage\n",
    b"c__torch__\nModel\n",
    b")\x81",
    b"}(",
    b"ub",
    b"tR",
    b"tQ",
    b"](",
    b"e",
    b"X\x07\x00\x00\x00storage",
    b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"r\xf0\xff\xff\xff",
    b"q\x00h\x00",
    b"ctorch.jit._pickle\nrestore_type_tag\n(]X\x09\x00\x00\x00List[int]tR",
];
const CODE_PIECES: &[&[u8]] = &[
    b"torch.",
    b"ops.aten.",
    b"__torch__.",
    b"CONSTANTS.c0",
    b"getattr(",
    b"def f(",
    b"class A(Module):\n",
    b"if x:\n",
    b"  ",
    b"\n    ",
    b" is not",
    b" not in",
    b"unchecked_cast(",
    b"for y in ",
    b"[x for x in ",
    b" : Tensor",
    b" -> ",
    b" = ",
    b"\"\"\"",
    b"# type:",
    b"1.e5",
    b"...",
    b"self.",
    b"with x as y:\n",
    b"lambda",
];

const PROGRAM_PIECES: &[&[u8]] = &[
    b"torch.ops.aten.",
    b"torch.ops.higher_order.wrap_with_set_grad_enabled",
    b"_operator.mul",
    b"{\"as_int\":-1}",
    b"{\"as_int\":9223372036854775807}",
    b"{\"as_none\":true}",
    b"{\"as_tensor\":{\"name\":\"x\"}}",
    b"{\"as_tensors\":[]}",
    b"{\"as_string\":\"\\\"\"}",
    b"\"kind\":2",
    b"null",
    b"[[[[",
    b",",
    b"add_",
    b"1e999",
];

#[test]
fn changed_programs_never_panic() {
    let names = ["models/model.json", "data/weights/model_weights_config.json"];
    for (seed, name) in (6..).zip(names) {
        let accepted = rounds(12_000, seed, |random| {
            let mut zip = Program::new().zip();
            let record = zip.records.iter_mut().find(|record| record.name == format!("net/{name}")).unwrap();
            let mut bytes = record.bytes.clone();
            mutate(&mut bytes, PROGRAM_PIECES, random);
            *record = Record::new(&record.name, &bytes);
            zip.to_bytes()
        });
        assert!(
            (50..9_000).contains(&accepted),
            "{accepted} of 12000 accepted: the changes do not reach what is checked"
        );
    }
}

#[test]
fn changed_archives_never_panic() {
    for (seed, zip) in [(1, parts()), (2, Zip { as_torch: true, ..parts() })] {
        let bytes = zip.to_bytes();
        let accepted = rounds(6_000, seed, |random| {
            let mut bytes = bytes.clone();
            mutate(&mut bytes, ZIP_PIECES, random);
            bytes
        });
        assert!(accepted < 3_000, "{accepted} of 6000 accepted: the changes do not reach what is checked");
    }
}

#[test]
fn changed_pickles_never_panic() {
    for (seed, name) in [(3, "data.pkl"), (4, "constants.pkl")] {
        let accepted = rounds(6_000, seed, |random| {
            let mut zip = parts();
            let mut pickle = zip.find(name).bytes.clone();
            mutate(&mut pickle, PICKLE_PIECES, random);
            zip.replace(name, &pickle);
            zip.to_bytes()
        });
        assert!(accepted < 3_000, "{accepted} of 6000 accepted: the changes do not reach what is checked");
    }
}

#[test]
fn changed_code_never_panics() {
    let text = "class Model(Module):\n  __parameters__ = [\"weight\", ]\n  weight : Tensor\n  training : bool\n  def forward(self: __torch__.Model,\n    x: Tensor) -> Tensor:\n    \
        weight = self.weight\n    if torch.gt(torch.len(torch.size(x)), 2):\n      y = torch.flatten(x, 1)\n    else:\n      y = x\n    for i in range(3):\n      \
        y = torch.add(y, 1.5e-05)\n    _0 = annotate(List[Optional[Tensor]], [None, y])\n    z : Tensor = unchecked_cast(Tensor, _0[1])\n    ops.prim.RaiseException(\"a\\\"b\")\n    \
        return (self).other(torch.linear(z, weight), )\n  def other(self: __torch__.Model, x: Tensor) -> Tensor:\n    return x\n";
    let accepted = rounds(12_000, 5, |random| {
        let mut zip = parts();
        let mut text = text.as_bytes().to_vec();
        mutate(&mut text, CODE_PIECES, random);
        zip.replace("code/__torch__.py", &text);
        zip.to_bytes()
    });
    assert!((100..9_000).contains(&accepted), "{accepted} of 12000 accepted: the changes do not reach what is checked");
}
