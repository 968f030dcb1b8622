//! Keys, notes, checkpoints, receipts, and what opens private counts.

use holdout_receipts::{Checkpoint, Counts, Decision, Hash, Nonce, Opening, Statement, sign_note};
use serde_json::{Value, json};

use super::{case, flipped};
use crate::support::{LOG, Log, key, leaf, receipt};

pub fn trusted() -> String {
    key(1).verifying_key().to_string()
}

pub fn keys() -> Vec<Value> {
    let honest = trusted();
    let (name, rest) = honest.split_once('+').unwrap();
    let (hash, public) = rest.split_once('+').unwrap();
    let of = |what: &str, refused, key: String| case(what, refused, json!({ "key": key }));
    let mut cases = vec![of("a key", None, honest.clone())];
    for (what, key) in [
        ("no key", String::new()),
        ("one part", "key".to_owned()),
        ("two parts", format!("{name}+{hash}")),
        ("another name", format!("example.com/log+{hash}+{public}")),
        ("another hash", format!("{name}+{}+{public}", flipped(hash, 0))),
        ("the hash in capitals", format!("{name}+{}+{public}", hash.to_uppercase())),
        ("a bit of the key", format!("{name}+{hash}+{}", flipped(public, 20))),
        ("another kind of key", format!("{name}+{hash}+B{}", &public[1..])),
        ("a key cut short", format!("{name}+{hash}+{}", &public[..40])),
        ("a key that is too long", format!("{name}+{hash}+{public}AAAA")),
        ("a line break after it", format!("{honest}\n")),
        ("base64 with a space", format!("{name}+{hash}+ {public}")),
        ("base64 for addresses", format!("{name}+{hash}+{}", public.replace('+', "-").replace('/', "_") + "-_")),
        ("no name", format!("+{hash}+{public}")),
        ("a space in the name", format!("a b+{hash}+{public}")),
        ("a wide space in the name", format!("a\u{2003}b+{hash}+{public}")),
        ("a plus in the name", format!("a+b+{hash}+{public}")),
    ] {
        cases.push(of(what, Some("key"), key));
    }
    cases
}

/// A note over `text` with the lines of these signatures.
fn note(text: &str, lines: &[String]) -> String {
    format!("{text}\n{}", lines.concat())
}

fn line(text: &str, seed: u8) -> String {
    sign_note(text, &key(seed)).rsplit_once("\n\n").unwrap().1.to_owned()
}

/// Lines with signatures by others, which a reader ignores: of another kind, and of a witness with
/// the same name.
fn strangers(text: &str) -> [String; 2] {
    ["\u{2014} witness.example/w1 AAAAAAQ=\n".to_owned(), line(text, 2)]
}

pub fn notes() -> Vec<Value> {
    let of = |what: &str, refused, note: String| case(what, refused, json!({ "note": note, "key": trusted() }));
    let text = "a text\n\nof two parts\n";
    let (own, [witness, namesake]) = (line(text, 1), strangers(text));
    let honest = note(text, std::slice::from_ref(&own));
    let signature = honest.len() - 20;
    let mut cases = vec![
        of("a note", None, honest.clone()),
        of("others signed before", None, note(text, &[witness.clone(), namesake.clone(), own.clone()])),
        of("others signed after", None, note(text, &[own.clone(), namesake.clone(), witness.clone()])),
        of("signed twice", None, note(text, &[own.clone(), own.clone()])),
        of("only others signed", Some("unknown_key"), note(text, &[namesake, witness])),
        of("32 signatures", None, note(text, &vec![own.clone(); 32])),
        of("33 signatures", Some("note"), note(text, &vec![own.clone(); 33])),
        of("an empty line in front", None, sign_note("\ntext\n", &key(1))),
        of("a bit of the text", Some("forged"), flipped(&honest, 3)),
        of("a bit of the signature", Some("forged"), flipped(&honest, signature)),
        of("a second signature that is wrong", Some("forged"), note(text, &[own.clone(), line("other\n", 1)])),
        of("a signature that is too short", Some("forged"), note(text, &[own[..own.len() - 5].to_owned() + "\n"])),
    ];
    for (what, changed) in [
        ("nothing", String::new()),
        ("a text", text.to_owned()),
        ("no signature", format!("{text}\n")),
        ("no line break at its end", honest.trim_end().to_owned()),
        ("two line breaks at its end", format!("{honest}\n")),
        ("another dash", honest.replace('\u{2014}', "-")),
        ("a tab", honest.replace("a text", "a\ttext")),
        ("a carriage return", honest.replace("a text", "a text\r")),
        ("a control character beyond ASCII", honest.replace("a text", "a\u{85}text")),
        ("a signature without a name", honest.replace(LOG, "")),
        ("a signature with two spaces", honest.replace(LOG, &format!("{LOG} "))),
        ("base64 without its end", honest.trim_end().trim_end_matches('=').to_owned() + "\n"),
        ("a signature of four bytes", note(text, &[format!("\u{2014} {LOG} AAAAAA==\n")])),
    ] {
        cases.push(of(what, Some("note"), changed));
    }
    cases
}

pub fn checkpoints() -> Vec<Value> {
    let root = Log::of((0..9).map(leaf)).frontier.root();
    let text = |size: &str, root: &str| format!("{LOG}\n{size}\n{root}\n");
    let of = |what: &str, refused, text: String, size: &str| {
        let note = sign_note(&text, &key(1));
        case(what, refused, json!({ "note": note, "key": trusted(), "size": size }))
    };
    let mut cases = Vec::new();
    cases.push(of("an empty log", None, text("0", &Hash::of_empty_tree().to_string()), "0"));
    for size in ["1", "9", "9007199254740993", "18446744073709551615"] {
        cases.push(of(&format!("{size} entries"), None, text(size, &root.to_string()), size));
    }
    for size in ["", "01", "+1", "-1", "1.0", "1e3", " 1", "0x9", "\u{661}", "18446744073709551616"] {
        cases.push(of(&format!("the size `{size}`"), Some("checkpoint"), text(size, &root.to_string()), "9"));
    }
    let root = root.to_string();
    for (what, text) in [
        ("a root cut short", text("9", &root[..40])),
        ("a root without its end", text("9", &root.replace('=', ""))),
        ("a root with bits too many", text("9", &flipped(&root, 42))),
        ("no name", format!("\n9\n{root}\n")),
        ("two lines", format!("{LOG}\n9\n")),
        ("four lines", format!("{}more\n", text("9", &root))),
        ("an empty line at its end", format!("{}\n", text("9", &root))),
    ] {
        cases.push(of(what, Some("checkpoint"), text, "9"));
    }
    cases.push(of("another log", Some("other_log"), format!("example.com/log\n9\n{root}\n"), "9"));
    cases.push(of("a receipt", Some("checkpoint"), receipt("s1", 4, None).0.to_string(), "9"));
    cases
}

pub fn receipts() -> Vec<Value> {
    let of = |what: &str, refused, text: String| {
        let leaf = Hash::of_leaf(text.as_bytes());
        case(what, refused, json!({ "note": sign_note(&text, &key(1)), "key": trusted(), "leaf": leaf }))
    };
    let mut given = receipt("s1", 4, Some(leaf(1))).0;
    let honest = given.to_string();
    let edit = |from: &str, to: &str| {
        assert!(honest.contains(from), "{from}");
        honest.replacen(from, to, 1)
    };
    let mut cases = vec![
        of("a result", None, honest.clone()),
        of("blanks between its parts", None, edit("\"log\":", " \"log\" : ")),
        of("a letter of a name escaped", None, edit("\"log\"", "\"l\\u006fg\"")),
        of("what may be missing", None, edit("\"device\":null,", "")),
        of("the largest count", None, edit("\"n\":10", "\"n\":4294967295")),
        of("another log", Some("other_log"), edit("\"log\":\"example.org", "\"log\":\"example.com")),
    ];
    for (from, to) in [
        ("\"n\":10", "\"n\":-10"),
        ("\"n\":10", "\"n\":10.0"),
        ("\"n\":10", "\"n\":1e1"),
        ("\"n\":10", "\"n\":4294967296"),
        ("\"n\":10", "\"n\":\"10\""),
        ("\"n\":10", "\"n\":10,\"n\":10"),
        ("\"n\":10", "\"n\":10,\"more\":1"),
        ("\"n\":10,", ""),
        ("\"rescored\":false", "\"rescored\":false,\"more\":1"),
        ("\"rescored\":false", "\"rescored\":0"),
        ("\"season\":\"demo\"", "\"season\":null"),
        ("\"season\":\"demo\"", "\"season\":\"\\ud800\""),
        ("{\"log\"", "{\"more\":1,\"log\""),
        ("{\"log\"", "{\"log\":\"x\",\"l\\u006fg\""),
        ("\"kind\":\"result\"", "\"kind\":\"Result\""),
        ("\"kind\":\"result\",", ""),
        ("\"nonce\":\"CQ", "\"nonce\":\"C"),
        ("\"nonce\":\"CQ", "\"nonce\":\"CQkJCQ"),
        ("holdout receipt v1", "holdout receipt v2"),
        ("holdout receipt v1\n", "holdout receipt v1\n\n"),
        ("}\n", "}\nmore\n"),
        ("}\n", "} {}\n"),
    ] {
        cases.push(of(
            &format!("`{}` in place of `{}`", to.escape_debug(), from.escape_debug()),
            Some("receipt"),
            edit(from, to),
        ));
    }
    given.statement = Statement::Decision { submission: "s1".to_owned(), decision: Decision::Disqualified };
    let decision = given.to_string();
    cases.push(of("a decision", None, decision.clone()));
    cases.push(of("another decision", Some("receipt"), decision.replace("disqualified", "praised")));
    cases.push(of(
        "more than a decision",
        Some("receipt"),
        decision.replace("\"decision\":", "\"more\":1,\"decision\":"),
    ));
    let (season, task, commitment) = ("demo".to_owned(), "classification".to_owned(), "11".repeat(32));
    given.statement = Statement::Correction { season, task, from_version: 1, to_version: 2, commitment };
    cases.push(of("a correction", None, given.to_string()));
    let root = Hash::of_empty_tree();
    cases.push(of("a checkpoint", Some("receipt"), Checkpoint { origin: LOG.to_owned(), size: 0, root }.to_string()));
    cases
}

pub fn openings() -> Vec<Value> {
    let (honest, opening) = receipt("s1", 4, None);
    let counts = Counts { n: 20, top1_wrong: 6, top5_wrong: 5 };
    let of = |what: &str, refused, text: &str, opening: &Opening| {
        let (note, nonce) = (sign_note(text, &key(1)), String::from(opening.nonce));
        let opening = json!({ "nonce": nonce, "counts": opening.counts });
        case(what, refused, json!({ "note": note, "key": trusted(), "opening": opening, "counts": counts }))
    };
    let text = honest.to_string();
    let better = Opening::new(opening.nonce, Counts { n: 20, top1_wrong: 5, top5_wrong: 4 }).unwrap();
    let other = Opening { nonce: Nonce([4; 16]), ..opening.clone() };
    let guess = Opening { nonce: honest.nonce, ..opening.clone() };
    let spaced = Opening { counts: opening.counts.replace(',', ", "), ..opening.clone() };
    let commitment = format!("\"{}\"", opening.commitment().0);
    // What was committed to is no counts.
    let odd = Opening { counts: "{\"n\":1}".to_owned(), ..opening };
    let odd_text = text.replace(&commitment, &format!("\"{}\"", odd.commitment().0));
    vec![
        of("the counts", None, &text, &opening),
        of("better counts", Some("counts"), &text, &better),
        of("another nonce", Some("counts"), &text, &other),
        of("the nonce of the receipt", Some("counts"), &text, &guess),
        of("the counts with blanks", Some("counts"), &text, &spaced),
        of("no commitment", Some("no_commitment"), &text.replace(&commitment, "null"), &opening),
        of("a commitment to something else", Some("counts"), &odd_text, &odd),
    ]
}
