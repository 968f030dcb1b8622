use std::collections::BTreeMap;
use std::io::Cursor;

use holdout_protocol::{SubmissionKind, VerdictCode};
use serde_json::Value;

use super::*;

/// A zip archive of empty files with these names.
fn archive(names: &[&str]) -> Vec<u8> {
    archive_of(&names.iter().map(|name| (*name, &b""[..])).collect::<Vec<_>>())
}

/// A zip archive of these files, not compressed.
fn archive_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let sizes = u32::try_from(content.len()).unwrap().to_le_bytes();
        let facts = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0; 4], &sizes, &sizes, &length, &[0, 0]].concat();
        let offset = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        directory.extend([b"PK\x01\x02\x14\0", &facts[..], &[0; 10], &offset, name.as_bytes()].concat());
        bytes.extend([b"PK\x03\x04", &facts[..], name.as_bytes(), content].concat());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let place = [directory.len(), bytes.len()].map(|value| u32::try_from(value).unwrap().to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0", &count[..], &count, &place[0], &place[1], &[0, 0]].concat();
    [bytes, directory, end].concat()
}

/// A tar archive of files with these names, each of 700 bytes.
fn tar_archive(names: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in names {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..136].copy_from_slice(format!("{:011o}\0", 700).as_bytes());
        header[156] = b'0';
        header[257..263].copy_from_slice(b"ustar\0");
        bytes.extend(header);
        bytes.extend([0; 1024]);
    }
    bytes.extend([0; 1024]);
    bytes
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

fn of(bytes: &[u8]) -> FileKind {
    recognise_file(&mut Cursor::new(bytes)).unwrap()
}

/// The bytes of a file of the corpus: a zip archive of empty files or of files with a text, a tar
/// archive, text, or hexadecimal digits.
fn bytes_of(case: &Value) -> Vec<u8> {
    if let Some(files) = case["zip"].as_array() {
        let text = |value: &Value, at: usize| value.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let file = |file: &Value| match file.as_str() {
            Some(name) => (name.to_owned(), String::new()),
            None => (text(file, 0), text(file, 1)),
        };
        let files: Vec<(String, String)> = files.iter().map(file).collect();
        // A text has a character for each byte.
        let bytes = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
        let contents: Vec<Vec<u8>> = files.iter().map(|(_, content)| bytes(content)).collect();
        let files: Vec<(&str, &[u8])> =
            files.iter().zip(&contents).map(|((name, _), content)| (name.as_str(), &content[..])).collect();
        return archive_of(&files);
    }
    if let Some(names) = case["tar"].as_array() {
        return tar_archive(&names.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>());
    }
    if let Some(text) = case["text"].as_str() {
        return text.as_bytes().to_vec();
    }
    let digits = case["hex"].as_str().unwrap();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_corpus_is_recognised() {
    let corpus: Vec<Value> = serde_json::from_str(include_str!("../../tests/file_kinds.json")).unwrap();
    assert!(corpus.len() > 40, "{}", corpus.len());
    for case in corpus {
        let (bytes, name) = (bytes_of(&case), &case["name"]);
        let kind = of(&bytes);
        assert_eq!(Some(kind.as_str()), case["kind"].as_str(), "{name}");
        let refused = |as_what| kind.refusal(as_what, size(&bytes)).map(|verdict| verdict.code);
        let model = (!kind.is_model()).then_some(VerdictCode::NotTorchscript);
        assert_eq!(refused(SubmissionKind::Torchscript), model, "{name}");
        let text = (case["text_check"] != Value::Bool(true)).then_some(VerdictCode::NotText);
        assert_eq!(refused(SubmissionKind::Predictions), text, "{name}");
    }
}

#[test]
fn what_is_a_model_elsewhere_is_answered_with_lines_of_python() {
    let lines: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("../../tests/file_kind_lines.json")).unwrap();
    let corpus: Vec<Value> = serde_json::from_str(include_str!("../../tests/file_kinds.json")).unwrap();
    let mut seen = BTreeMap::new();
    for case in corpus {
        let bytes = bytes_of(&case);
        let kind = of(&bytes);
        let packed = matches!(kind, FileKind::ZippedModel(_) | FileKind::TarredModel(_) | FileKind::CompressedModel);
        let wanted = kind.is_model_like() && !kind.is_model() && !packed;
        assert_eq!(!kind.python().is_empty(), wanted, "{}", case["name"]);
        let Some(verdict) = kind.refusal(SubmissionKind::Torchscript, size(&bytes)) else { continue };
        if !kind.is_model_like() {
            continue;
        }
        assert_eq!(verdict.detail.hints.len(), 1, "{}", case["name"]);
        assert!(kind.python().iter().all(|line| verdict.detail.hints[0].contains(line)), "{verdict:?}");
        if wanted {
            seen.insert(kind.as_str().to_owned(), kind.python().iter().map(|line| (*line).to_owned()).collect());
        }
    }
    assert_eq!(seen, lines, "the pages hold their lines to this file");
}

#[test]
fn a_pickled_module_and_a_model_in_an_archive_are_named() {
    let module = archive_of(&[("m/data.pkl", b"\x80\x02c__main__\nNet\x1b\nq\0)\x81")]);
    let message = of(&module).refusal(SubmissionKind::Torchscript, size(&module)).unwrap().message;
    assert!(message.contains("a module of the class `__main__.Net\\u{1b}` that torch.save pickled"), "{message}");
    let tar = tar_archive(&["run/notes.txt", "run/net.pt"]);
    let verdict = of(&tar).refusal(SubmissionKind::Torchscript, size(&tar)).unwrap();
    assert!(verdict.message.contains("a tar archive of the model `run/net.pt`"), "{verdict:?}");
    assert_eq!(verdict.detail.hints, ["Unpack it and send `run/net.pt` itself."]);
    for length in 263..tar.len() {
        let kind = of(&tar[..length]);
        assert!(matches!(kind, FileKind::Tar | FileKind::TarredModel(_)), "{length}: {kind:?}");
    }
    for length in 4..module.len() {
        assert_eq!(of(&module[..length]), FileKind::DamagedZip, "{length}");
    }
}

#[test]
fn a_refusal_says_what_the_file_is_and_what_to_do() {
    let verdict = |bytes: &[u8], kind| of(bytes).refusal(kind, size(bytes)).unwrap();
    let checkpoint = verdict(&archive(&["m/data.pkl", "m/data/0", "m/version"]), SubmissionKind::Torchscript);
    assert!(checkpoint.message.contains("checkpoint of torch.save (a state dict"), "{}", checkpoint.message);
    assert_eq!(checkpoint.advice, checkpoint.code.advice());
    let hint = &checkpoint.detail.hints[0];
    assert!(hint.contains("torch.jit.script(net.eval())") && hint.contains("torch.jit.save(scripted"), "{hint}");
    for kind in [SubmissionKind::Torchscript, SubmissionKind::Predictions] {
        let zipped = verdict(&archive(&["__MACOSX/._a.csv", "a.csv"]), kind);
        assert!(zipped.message.contains("a zip archive of the text file `a.csv`"), "{}", zipped.message);
        assert!(zipped.detail.hints[0].starts_with("Unzip it and send `a.csv` itself"), "{zipped:?}");
    }
    let odd = verdict(b"\x1b[2Jevil", SubmissionKind::Torchscript);
    assert!(odd.message.contains("9 bytes that begin with `\\x1b[2J`") || odd.message.contains("8 bytes"), "{odd:?}");
    assert!(!odd.message.contains('\u{1b}'));
}

#[test]
fn names_in_messages_are_harmless_and_short() {
    let long = format!("{}\u{202e}\u{1b}.csv", "x".repeat(200));
    let FileKind::ZippedTable(name) = of(&archive(&["\u{1b}[2J\u{202e}a.csv"])) else { panic!("another kind") };
    assert!(name.chars().all(|letter| letter.is_ascii_graphic()), "{name}");
    let FileKind::ZippedTable(name) = of(&archive(&[&long])) else { panic!("another kind") };
    assert!(name.chars().count() <= 60, "{name}");
}

#[test]
fn a_zip64_archive_is_read_and_a_comment_does_not_hide_the_end() {
    let plain = archive(&["m/data.pkl", "m/constants.pkl", "m/code/a.py"]);
    let (body, end) = plain.split_at(plain.len() - 22);
    let start = u64::from(u32::from_le_bytes(end[16..20].try_into().unwrap()));
    let bytes = u64::from(u32::from_le_bytes(end[12..16].try_into().unwrap()));
    let record = [b"PK\x06\x06".as_slice(), &[0; 36], &bytes.to_le_bytes(), &start.to_le_bytes()].concat();
    let locator = [b"PK\x06\x07".as_slice(), &[0; 16]].concat();
    let open = [&end[..8], &[0xff; 12], &[0, 0]].concat();
    assert_eq!(of(&[body, &record, &locator, &open].concat()), FileKind::Torchscript);
    let comment = [body, &end[..20], &[4, 0], b"PK\x05\x06"].concat();
    assert_eq!(of(&comment), FileKind::Torchscript);
}

#[test]
fn every_cut_off_archive_is_named_and_none_is_read_far() {
    let whole = archive(&["m/data.pkl", "m/constants.pkl", "m/code/a.py"]);
    for length in 4..whole.len() {
        assert_eq!(of(&whole[..length]), FileKind::DamagedZip, "{length}");
    }
    // A directory that claims to be large is not read.
    let mut asked = 0;
    let size = 8_u64 << 30;
    let kind = recognise::<()>(size, |range| {
        asked += range.end - range.start;
        let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap()];
        if range.start == 0 {
            bytes[..4].copy_from_slice(b"PK\x03\x04");
        } else {
            let end = [b"PK\x05\x06".as_slice(), &[0; 8], &(1_u32 << 30).to_le_bytes(), &[0; 6]].concat();
            let at = bytes.len() - 22;
            bytes[at..].copy_from_slice(&end);
        }
        Ok(bytes)
    });
    assert_eq!((kind, asked < 100_000), (Ok(FileKind::DamagedZip), true));
}
