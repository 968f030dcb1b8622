//! A slow reader of plain prediction files, written from the published rules alone, and files that
//! differ at random: both readers must say the same of every one.

use std::collections::BTreeMap;

use holdout_evaluation::SplitMix64;
use holdout_protocol::VerdictCode::{self, *};

use super::*;

/// Labels, or the line (0 for none) and code of the first fault.
type Answer = Result<Vec<Vec<u16>>, (u64, VerdictCode)>;

fn label(word: &str, shape: &TaskShape) -> Result<u16, VerdictCode> {
    let classes = shape.classes.classes();
    if let Some(class) = classes.iter().find(|class| class.wordnet_id == word || class.id.to_string() == word) {
        return Ok(u16::try_from(class.id).unwrap());
    }
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let number = digits(word) && (word == "0" || !word.starts_with('0'));
    let id = word.len() == 9 && word.starts_with('n') && digits(&word[1..]);
    Err(if number || id { LabelOutOfRange } else { BadLabel })
}

fn labels(text: &str, shape: &TaskShape) -> Result<Vec<u16>, VerdictCode> {
    let mut found = Vec::new();
    for word in text.split([' ', '\t']).filter(|word| !word.is_empty()) {
        if found.len() == 5 {
            return Err(TooManyLabels);
        }
        let label = label(word, shape)?;
        if found.contains(&label) {
            return Err(RepeatedLabel);
        }
        found.push(label);
    }
    if found.is_empty() { Err(EmptyLine) } else { Ok(found) }
}

fn text(line: &[u8]) -> Result<&str, VerdictCode> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|_| NotText)?;
    let odd = |c: char| (c != '\t' && c.is_control()) || "\u{2028}\u{2029}\u{feff}".contains(c);
    let turning = |c: char| ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    if text.chars().any(|c| odd(c) || turning(c)) { Err(NotText) } else { Ok(text) }
}

/// Fields by the csv crate, of lines whose quotes are in order; `None` for others.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut inside = false;
    let mut field_start = true;
    let mut closed = false;
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if field_start => (inside, quoted) = (true, true),
            '"' if inside && characters.peek() == Some(&'"') => drop(characters.next()),
            '"' if inside => (inside, closed) = (false, true),
            ',' if !inside => {
                (field_start, closed, quoted) = (true, false, false);
                continue;
            }
            _ if closed && quoted => return None,
            _ => {}
        }
        field_start = false;
    }
    if inside {
        return None;
    }
    if line.is_empty() {
        return Some(vec![String::new()]);
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = reader.records().next().unwrap().unwrap();
    Some(record.iter().map(str::to_owned).collect())
}

fn kit(lines: &[&[u8]], shape: &TaskShape) -> Answer {
    let (mut rows, mut blank) = (Vec::new(), 0);
    for (number, line) in (1..).zip(lines) {
        let at = |code| (number, code);
        let text = text(line).map_err(at)?;
        if rows.len() == shape.images.len() {
            if !is_blank(text) {
                return Err(at(TooManyRows));
            }
            blank += 1;
            if blank > 100 {
                return Err(at(EmptyLine));
            }
            continue;
        }
        rows.push(labels(text, shape).map_err(at)?);
    }
    if rows.len() < shape.images.len() { Err((0, TooFewRows)) } else { Ok(rows) }
}

/// A line of spaces and tabs: a hundred of them may follow the last row.
fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter == ' ' || letter == '\t')
}

/// The image with this name, or the only one that has it before its extension.
fn image<'s>(name: &str, shape: &'s TaskShape) -> Option<&'s str> {
    if let Some(found) = shape.images.iter().find(|found| *found == name) {
        return Some(found);
    }
    if name.is_empty() || name.contains(['.', '/', '\\']) {
        return None;
    }
    let mut meant = shape.images.iter().filter(|found| found.rsplit_once('.').is_some_and(|(stem, _)| stem == name));
    meant.next().filter(|_| meant.next().is_none())
}

fn table(lines: &[&[u8]], shape: &TaskShape) -> Answer {
    let spaced: Vec<u8> = lines[0].iter().map(|byte| if *byte == b'\r' { b' ' } else { *byte }).collect();
    if text(&spaced).is_err() {
        return Err((1, NotText));
    }
    let header = text(lines[0]).ok().and_then(fields).unwrap_or_default();
    if header != ["image", "labels"] && header != ["ImageId", "PredictionString"] {
        return Err((1, BadHeader));
    }
    if lines.len() == 1 {
        return Err((0, EmptyFile));
    }
    let (mut rows, mut blank) = (BTreeMap::new(), 0);
    for (number, line) in (2..).zip(&lines[1..]) {
        let at = |code| (number, code);
        let text = text(line).map_err(at)?;
        if text.trim().is_empty() {
            blank += u32::from(rows.len() == shape.images.len() && is_blank(text));
            if (1..=100).contains(&blank) {
                continue;
            }
            return Err(at(EmptyLine));
        }
        let fields = fields(text).unwrap_or_else(|| vec![text.to_owned()]);
        let image = image(&fields[0], shape).ok_or(at(UnknownImage))?;
        if rows.contains_key(image) {
            return Err(at(RepeatedImage));
        }
        if fields.len() > 2 {
            return Err(at(BadLabel));
        }
        rows.insert(image, labels(fields.get(1).map_or("", String::as_str), shape).map_err(at)?);
    }
    if rows.len() < shape.images.len() { Err((0, MissingImage)) } else { Ok(rows.into_values().collect()) }
}

fn read(file: &[u8], shape: &TaskShape) -> Answer {
    let body = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    if body.is_empty() {
        return Err((0, EmptyFile));
    }
    let mut lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    if lines[0].contains(&b',') { table(&lines, shape) } else { kit(&lines, shape) }
}

fn fast(file: &[u8], shape: &TaskShape) -> Answer {
    match check(shape, file, MAX_BYTES) {
        Ok(predictions) => {
            let given = |row: &[u16; 5]| row.iter().copied().filter(|label| *label != 0).collect();
            Ok(predictions.rows().iter().map(given).collect())
        }
        Err(CheckError::Rejected(verdict)) => {
            let first = &verdict.detail.lines[0];
            assert!(verdict.detail.lines.len() <= 20 && verdict.detail.faults >= verdict.detail.lines.len() as u64);
            assert!(verdict.detail.lines.iter().all(|fault| fault.value.chars().count() <= 80));
            assert!(!verdict.message.contains('\n') && first.code == verdict.code);
            Err((first.line.unwrap_or(0), verdict.code))
        }
        Err(CheckError::Read(error)) => panic!("{error}"),
    }
}

/// Pieces that rules are about.
const PIECES: [&[u8]; 40] = [
    b"1",
    b"10",
    b"11",
    b"0",
    b"01",
    b" ",
    b"  ",
    b"\t",
    b"\n",
    b"\r\n",
    b"\r",
    b",",
    b"\"",
    b"\"\"",
    b"image,labels\n",
    b"a.png,",
    b"b.png,3\n",
    b"c.png,n00000002\n",
    b"n00000003",
    b"n00000099",
    b"99999",
    b"65537",
    b"-1",
    b"5.0",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"\xEF\xBB\xBF",
    b"\xe2\x80\xae",
    b"nan",
    b"4 5 6 7 8",
    b" 9\n",
    b"\n\n",
    b"x",
    b"1 1",
    b"\x0b",
    b";",
    b"2 3\n",
    b"\x85",
    b"1\n2\n3\n4\n5\n6\n7\n8\n9\n",
];

fn below(random: &mut SplitMix64, bound: usize) -> usize {
    usize::try_from(random.below(bound as u64)).unwrap()
}

/// A right file of either form.
fn right(shape: &TaskShape, random: &mut SplitMix64) -> Vec<u8> {
    let mut row = || {
        let mut classes: Vec<usize> = (1..=10).collect();
        let count = 1 + below(random, 5);
        (0..count).map(|_| classes.swap_remove(below(random, classes.len())).to_string()).collect::<Vec<_>>().join(" ")
    };
    let rows: Vec<String> = shape.images.iter().map(|_| row()).collect();
    let end = ["\n", "\r\n"][below(random, 2)];
    if random.below(2) == 0 {
        return rows.iter().flat_map(|row| [row, end]).collect::<String>().into_bytes();
    }
    let mut lines: Vec<String> = shape.images.iter().zip(rows).map(|(image, row)| format!("{image},{row}")).collect();
    if random.below(2) == 0 {
        lines.reverse();
    }
    lines.insert(0, ["image,labels", "ImageId,PredictionString"][below(random, 2)].to_owned());
    lines.iter().flat_map(|line| [line, end]).collect::<String>().into_bytes()
}

fn change(file: &mut Vec<u8>, random: &mut SplitMix64) {
    let at = below(random, file.len() + 1);
    let end = file.len().min(at + below(random, 4));
    match random.below(6) {
        0 => drop(file.drain(at..end)),
        1 => drop(file.splice(at..end, PIECES[below(random, PIECES.len())].iter().copied())),
        2 => drop(file.splice(at..at, PIECES[below(random, PIECES.len())].iter().copied())),
        3 => file.truncate(at),
        4 => file.insert(at, u8::try_from(random.below(256)).unwrap()),
        _ => {
            let copy = file[at..file.len().min(at + 20)].to_vec();
            drop(file.splice(end..end, copy));
        }
    }
}

/// The first bytes of a compressed or foreign file are another rule's, which the reference does not
/// know.
fn is_foreign(file: &[u8]) -> bool {
    let heads: [&[u8]; 9] = [
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd",
        b"\xff\xfe",
        b"\xfe\xff",
        b"PK\x03\x04",
        b"\xfd7zXZ",
        b"BZh",
        b"%PDF",
        b"\xff\xfe\0\0",
    ];
    heads.iter().any(|head| file.starts_with(head))
}

#[test]
fn changed_files_are_read_as_the_reference_reads_them() {
    let shape = task(10, &["a.png", "b.png", "c.png", "d,e.png"]);
    let mut random = SplitMix64::new(20_12);
    let (mut taken, mut codes) = (0, Vec::new());
    for _ in 0..60_000 {
        let mut file = right(&shape, &mut random);
        for _ in 0..random.below(4) {
            change(&mut file, &mut random);
        }
        if is_foreign(&file) {
            continue;
        }
        let answer = fast(&file, &shape);
        assert_eq!(answer, read(&file, &shape), "{:?}", String::from_utf8_lossy(&file));
        match answer {
            Ok(_) => taken += 1,
            Err((_, code)) if !codes.contains(&code) => codes.push(code),
            Err(_) => {}
        }
    }
    // The files must have met every rule but those of size.
    assert!(taken > 5000 && codes.len() == 13, "{taken} taken, {codes:?}");
}

#[test]
fn made_up_files_are_read_as_the_reference_reads_them() {
    let shape = small();
    let mut random = SplitMix64::new(7);
    for _ in 0..60_000 {
        let count = random.below(12);
        let file: Vec<u8> = (0..count).flat_map(|_| PIECES[below(&mut random, PIECES.len())]).copied().collect();
        if !is_foreign(&file) {
            assert_eq!(fast(&file, &shape), read(&file, &shape), "{:?}", String::from_utf8_lossy(&file));
        }
    }
}

#[test]
fn changed_archives_never_panic() {
    let shape = small();
    let mut random = SplitMix64::new(99);
    let mut taken = 0;
    for round in 0..6_000 {
        let text = right(&shape, &mut random);
        let mut file = if round % 2 == 0 { gzip(&text) } else { zstd(&text) };
        for _ in 0..random.below(3) {
            change(&mut file, &mut random);
        }
        taken += u32::from(check(&shape, file.as_slice(), MAX_BYTES).is_ok());
    }
    assert!(taken > 1000, "{taken}");
}
