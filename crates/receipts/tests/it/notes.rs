//! Notes, keys and checkpoints: the known values, and what is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdout_receipts::{
    Checkpoint, Hash, InvalidNote, KeyName, MAX_NOTE_BYTES, Note, SigningKey, VerifyingKey, sign_note,
};

use crate::support::{LOG, Log, key, leaf};

/// The example in the documentation of Go's package `golang.org/x/mod/sumdb/note`: a note, its key,
/// and the secret half of that.
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

#[test]
fn a_note_of_another_implementation_is_verified_and_made() {
    let key: VerifyingKey = KEY.parse().unwrap();
    assert_eq!(key.to_string(), KEY);
    let note = Note::open(NOTE, &[key]).unwrap();
    assert!(note.text.ends_with("problem is.\n"), "{:?}", note.text);
    let seed: [u8; 32] = STANDARD.decode(SECRET).unwrap()[1..].try_into().unwrap();
    let secret = SigningKey::from_seed("PeterNeumann".parse().unwrap(), &seed).unwrap();
    assert_eq!(secret.verifying_key().to_string(), KEY);
    assert_eq!(sign_note(note.text, &secret), NOTE);
}

#[test]
fn only_trusted_keys_count() {
    let (one, two, three) = (key(1), key(2), key(3));
    let trusted = |keys: &[&SigningKey]| keys.iter().map(|key| key.verifying_key()).collect::<Vec<_>>();
    let note = sign_note("text\n", &one);
    assert_eq!(Note::open(&note, &trusted(&[&two, &one])).unwrap().signers, [1]);
    let error = Note::open(&note, &trusted(&[&two])).unwrap_err();
    assert_eq!(error, InvalidNote::Unknown(vec![LOG.to_owned()]));
    // Several can sign one text; a stranger's signature is ignored.
    let signatures = [one, two, three].map(|key| sign_note("text\n", &key).replace("text\n\n", ""));
    let note = format!("text\n\n{}", signatures.concat());
    assert_eq!(Note::open(&note, &trusted(&[&key(2)])).unwrap().signers, [0]);
    assert_eq!(Note::open(&note, &trusted(&[&key(2), &key(1)])).unwrap().signers, [1, 0]);
    // A trusted key's wrong signature is refused although another one is right.
    let forged = note.replacen("text", "next", 1);
    assert_eq!(Note::open(&forged, &trusted(&[&key(2)])).unwrap_err(), InvalidNote::Forged(LOG.to_owned()));
}

#[test]
fn what_is_no_note_is_refused() {
    let trusted = [key(1).verifying_key()];
    let refused = |note: &str| Note::open(note, &trusted).unwrap_err();
    let note = sign_note("text\n", &key(1));
    assert_eq!(refused(""), InvalidNote::Unsigned);
    assert_eq!(refused("text\n\n"), InvalidNote::Unsigned);
    assert_eq!(refused(note.trim_end()), InvalidNote::Unsigned);
    assert_eq!(refused(&note.replace('t', "\t")), InvalidNote::Control('\t'));
    assert_eq!(refused(&"x".repeat(MAX_NOTE_BYTES + 1)), InvalidNote::Long(MAX_NOTE_BYTES + 1));
    let other_dash = note.replace('\u{2014}', "-");
    assert!(matches!(refused(&other_dash), InvalidNote::Line { line: 1, .. }), "{:?}", refused(&other_dash));
    let (_, line) = note.split_once("\n\n").unwrap();
    let many = format!("text\n\n{}", line.repeat(33));
    assert_eq!(refused(&many), InvalidNote::Many);
    assert!(Note::open(&format!("text\n\n{}", line.repeat(32)), &trusted).is_ok());
}

#[test]
fn a_key_that_was_not_copied_as_a_whole_is_refused() {
    let text = key(1).verifying_key().to_string();
    assert_eq!(text.parse::<VerifyingKey>().unwrap().to_string(), text);
    for (wrong, said) in [
        (text.replace("example", "exemple"), "was not copied as a whole"),
        (text[..text.len() - 4].to_owned(), "is not a key"),
        ("key".to_owned(), "`key` is not a key"),
        (format!("a b{}", &text[LOG.len()..]), "cannot name a key"),
        (text.replace("+A", "+B"), "is not a key"),
    ] {
        let error = wrong.parse::<VerifyingKey>().unwrap_err().to_string();
        assert!(error.contains(said), "{wrong}: {error}");
    }
    for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b", &"x".repeat(256)] {
        assert!(name.parse::<KeyName>().is_err(), "{name}");
    }
}

#[test]
fn a_checkpoint_has_one_spelling() {
    let mut log = Log::default();
    log.append(leaf(0));
    let checkpoint = Checkpoint { origin: LOG.to_owned(), size: 1, root: log.frontier.root() };
    let text = checkpoint.to_string();
    assert_eq!(text.parse(), Ok(checkpoint));
    let root = leaf(0).to_string();
    let lines = |size: &str, root: &str| format!("{LOG}\n{size}\n{root}\n");
    for wrong in [
        lines("01", &root),
        lines("+1", &root),
        lines("-1", &root),
        lines("", &root),
        lines("18446744073709551616", &root),
        lines("1", &root[..40]),
        lines("1", &root.replace('=', "")),
        format!("\n1\n{root}\n"),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!("{text}more\n"),
    ] {
        assert!(wrong.parse::<Checkpoint>().is_err(), "{wrong:?}");
    }
    let error = lines("01", &root).parse::<Checkpoint>().unwrap_err().to_string();
    assert_eq!(error, "the size of the checkpoint is `01`; it has to be a number without sign and leading zeros");
    assert!("x".parse::<Hash>().unwrap_err().to_string().starts_with("`x` is not a hash"));
}
