//! Files made to cost more than they weigh, and readers that fail.

use std::io;

use holdout_protocol::VerdictCode::*;

use super::*;

/// Gives `head`, then `total` bytes of `body` over and over, and counts what was taken.
struct Endless<'a> {
    head: &'a [u8],
    body: &'a [u8],
    total: u64,
    taken: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(space);
        }
        let count = space.len().min(usize::try_from(self.total - self.taken).unwrap());
        for (byte, next) in space.iter_mut().zip(self.body.iter().cycle()).take(count) {
            *byte = *next;
        }
        self.taken += count as u64;
        Ok(count)
    }
}

fn endless<'a>(head: &'a [u8], body: &'a [u8]) -> Endless<'a> {
    Endless { head, body, total: 1 << 30, taken: 0 }
}

fn unlimited(shape: &TaskShape, file: impl Read) -> Verdict {
    match check(shape, file, u64::MAX) {
        Err(CheckError::Rejected(verdict)) => *verdict,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_of_a_gibibyte_is_not_read() {
    for (head, line) in [(&b""[..], 1), (b"1\n2 ", 2), (b"image,labels\n", 2), (b"image,labels\na.png,1\nb.png,", 3)] {
        for body in [&b"1 "[..], b"x", b"\0", b"\"", b"1,"] {
            let mut file = endless(head, body);
            let verdict = unlimited(&small(), &mut file);
            let last = verdict.detail.lines.last().unwrap();
            assert_eq!((verdict.code, last.line), (TooLarge, Some(line)));
            assert!(file.taken < 1 << 20, "{} bytes were read", file.taken);
        }
    }
}

#[test]
fn lines_up_to_the_limit_are_taken() {
    let shape = small();
    let blanks = |count| format!("1\n2{}\n3\n", " ".repeat(count));
    assert_eq!(accepted(&shape, blanks(65_535)).rows().len(), 3);
    assert_eq!(code(&shape, blanks(65_536).as_bytes()), TooLarge);
    assert_eq!(code(&shape, blanks(100_000).as_bytes()), TooLarge);
    assert_eq!(code(&shape, format!("1\n2\n3{}", " ".repeat(65_536)).as_bytes()), TooLarge);
    assert_eq!(code(&shape, format!("image,labels\na.png,1{}\n", " ".repeat(65_536)).as_bytes()), TooLarge);
}

#[test]
fn reading_ends_at_the_row_too_many() {
    for (head, body, expected) in [
        (&b""[..], &b"1 2 3\n"[..], TooManyRows),
        (b"", b"\n", EmptyLine),
        (b"image,labels\na.png,1\nb.png,1\nc.png,1\n", b"a.png,1\n", RepeatedImage),
        (b"image,labels\n", b"x,1\n", UnknownImage),
    ] {
        let mut file = endless(head, body);
        let verdict = unlimited(&small(), &mut file);
        assert_eq!(verdict.code, expected);
        assert!(file.taken < 1 << 20 && verdict.detail.faults <= 5, "{} bytes, {verdict:?}", file.taken);
    }
}

#[test]
fn bombs_are_stopped_by_the_cap_on_what_is_in_them() {
    let images: Vec<String> = (0..1000).map(|index| format!("{index:04}")).collect();
    let shape = task(10, &images.iter().map(String::as_str).collect::<Vec<_>>());
    // Lines below the longest allowed, so that only the cap can end it.
    let line = format!("1{}\n", " ".repeat(60_000));
    let text = line.repeat(900);
    for bomb in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        assert!((bomb.len() as u64) < MAX_BYTES);
        let verdict = refused(&shape, bomb.as_slice());
        assert_eq!(
            (verdict.code, verdict.detail.lines[0].value.as_str()),
            (TooLarge, "more than 1048576 bytes, decompressed")
        );
    }
    let zeros = gzip(&vec![0; 256 << 20]);
    assert_eq!(code(&shape, &zeros), TooLarge);
}

#[test]
fn the_cap_holds_to_the_byte() {
    let shape = small();
    let text = b"1\n2\n3\n";
    let at = |file: &[u8], max| check(&shape, file, max).map_err(|error| error.to_string());
    assert!(at(text, 6).is_ok());
    assert!(at(text, 5).unwrap_err().starts_with("too large: `more than 5 bytes`; allowed: at most 5 bytes"));
    for packed in [gzip(text), zstd(text)] {
        let size = packed.len() as u64;
        assert!(at(&packed, size).is_ok());
        assert!(at(&packed, size - 1).unwrap_err().starts_with("too large"));
    }
    let spaced = format!("1{}\n2\n3\n", " ".repeat(5000));
    let packed = gzip(spaced.as_bytes());
    assert!(at(&packed, spaced.len() as u64).is_ok());
    assert!(at(&packed, spaced.len() as u64 - 1).unwrap_err().starts_with("too large"));
}

#[test]
fn damaged_archives_are_not_text() {
    let shape = small();
    for whole in [gzip(b"1\n2\n3\n"), zstd(b"1\n2\n3\n")] {
        accepted(&shape, &whole);
        for length in 4..whole.len() {
            assert_eq!(code(&shape, &whole[..length]), NotText, "{length}");
        }
    }
    let mut wrong = gzip(b"1\n2\n3\n");
    let checksum = wrong.len() - 8;
    wrong[checksum] ^= 1;
    assert_eq!(code(&shape, &wrong), NotText);
}

#[test]
fn what_follows_the_compressed_text_is_named_with_its_place() {
    let shape = small();
    for whole in [gzip(b"1\n2\n3\n"), zstd(b"1\n2\n3\n")] {
        let place = format!("`other bytes after the compressed text from byte {} on`", whole.len() + 1);
        for rest in [&b"rest"[..], b"\0", &[0; 512], b"1\n2\n3\n"] {
            let verdict = refused(&shape, [&whole[..], rest].concat().as_slice());
            assert_eq!((verdict.code, verdict.detail.faults), (NotText, 1));
            assert!(
                verdict.message.starts_with("the file cannot be decompressed: ") && verdict.message.contains(&place)
            );
            assert!(verdict.message.contains("one after another"), "{}", verdict.message);
        }
    }
    let skippable = [zstd(b"1\n2\n"), b"\x50\x2a\x4d\x18\x01\0\0\0x".to_vec(), zstd(b"3\n")].concat();
    accepted(&shape, skippable);
    let mixed = [gzip(b"1\n2\n"), zstd(b"3\n")].concat();
    assert!(refused(&shape, mixed.as_slice()).message.contains("other bytes"));
}

#[test]
fn zstd_windows_are_bounded() {
    let shape = small();
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(b"1\n2\n3\n").unwrap();
    let wide = encoder.finish().unwrap();
    let verdict = refused(&shape, wide.as_slice());
    assert!(verdict.code == NotText && verdict.detail.lines[0].allowed.contains("16 MiB"), "{verdict:?}");
}

/// Gives one byte at a time, now and then interrupted.
struct Trickle<'a>(&'a [u8], u32);

impl Read for Trickle<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = space.len().min(1);
        self.0.read(&mut space[..count])
    }
}

#[test]
fn the_size_of_reads_does_not_matter() {
    let shape = small();
    let texts: [&[u8]; 4] = [b"\xEF\xBB\xBF1 2\r\n3\r\n4", b"image,labels\nb.png,2\na.png,1\nc.png,3", b"1\n", b""];
    for text in texts {
        for file in [text.to_vec(), gzip(text), zstd(text)] {
            let whole = format!("{:?}", check(&shape, file.as_slice(), MAX_BYTES));
            assert_eq!(format!("{:?}", check(&shape, Trickle(&file, 0), MAX_BYTES)), whole);
        }
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn a_reader_that_fails_is_no_verdict() {
    let (packed, framed) = (gzip(b"1\n2\n3\n"), zstd(b"1\n2\n3\n"));
    for head in
        [&b""[..], b"1", b"1\n2\n", b"image,labels\na.png,", &packed[..3], &packed[..15], &framed[..5], &framed[..9]]
    {
        match check(&small(), head.chain(Broken), MAX_BYTES) {
            Err(CheckError::Read(error)) => assert_eq!(error.to_string(), "the disk is gone"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_file_of_empty_members_is_refused_early() {
    let shape = small();
    let rows = b"1\n2\n3\n";
    for (pack, many) in [(gzip as fn(&[u8]) -> Vec<u8>, 200_000), (zstd, 200_000)] {
        let mut file = pack(b"").repeat(many);
        file.extend(pack(rows));
        let verdict = refused(&shape, &file[..]);
        assert_eq!(verdict.code, VerdictCode::NotText);
        assert!(verdict.detail.lines[0].value.contains("more than 10000"), "{verdict:?}");
    }
}

#[test]
fn a_file_may_have_many_members() {
    let shape = small();
    for pack in [gzip as fn(&[u8]) -> Vec<u8>, zstd] {
        let mut file = pack(b"").repeat(5000);
        for row in [&b"1\n"[..], b"", b"2\n3", b"\n"] {
            file.extend(pack(row));
        }
        assert_eq!(check(&shape, &file[..], MAX_BYTES).unwrap().rows().len(), 3);
        // What follows has to be a member too.
        file.extend(b"rest");
        assert_eq!(code(&shape, &file), VerdictCode::NotText);
    }
}
