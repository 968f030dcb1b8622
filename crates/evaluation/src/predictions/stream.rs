//! The text of a file: decompressed if it is compressed, capped before and after, in a window of
//! fixed size.

use std::io::{self, BufRead, Read};

use holdout_protocol::{HintCode, VerdictCode};

use super::members::{Form, GZIP, Members, OtherBytes, ZSTD};
use super::report::{Report, RowFault};

/// Bytes of the window: several times the longest line.
const WINDOW: usize = 256 * 1024;

/// Bytes read at once from a compressed file.
const CHUNK: usize = 64 * 1024;

/// Beginnings of files that people take for text, and what to tell them.
const NOT_TEXT: [(&[u8], HintCode); 9] = [
    (b"\xff\xfe\0\0", HintCode::Utf32),
    (b"\xff\xfe", HintCode::Utf16),
    (b"\xfe\xff", HintCode::Utf16),
    (GZIP, HintCode::CompressedTwice),
    (ZSTD, HintCode::CompressedTwice),
    (b"PK\x03\x04", HintCode::Zip),
    (b"\xfd7zXZ\0", HintCode::Xz),
    (b"BZh", HintCode::Bzip2),
    (b"%PDF", HintCode::Pdf),
];

/// Why reading ends before the end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The source failed.
    Read(io::Error),
    /// The file breaks a rule after which nothing further can be said of it.
    Refused { line: Option<u64>, code: VerdictCode, value: Vec<u8>, allowed: String },
}

impl Stop {
    pub(super) fn refused(line: Option<u64>, code: VerdictCode, value: &str, allowed: String) -> Self {
        Self::Refused { line, code, value: value.as_bytes().to_vec(), allowed }
    }

    /// A fault of a row after which nothing further is read.
    pub(super) fn row(line: u64, fault: RowFault) -> Self {
        Self::Refused { line: Some(line), code: fault.code, value: fault.value, allowed: fault.allowed }
    }
}

/// The file as it comes: counts its bytes and remembers why it ended, which the decoders would
/// forget.
struct Capped<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    left: u64,
    over: bool,
    failed: Option<io::Error>,
}

impl<R: Read> Capped<R> {
    /// Reads until at least `wanted` bytes are there or the file ends.
    fn peek(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while self.end < wanted && self.more()? > 0 {}
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    /// Returns how many of the bytes allowed the decoders have not taken.
    fn unread(&self) -> u64 {
        self.left + u64::try_from(self.end - self.start).unwrap_or_default()
    }

    fn more(&mut self) -> io::Result<usize> {
        let space = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = read_capped(&mut self.reader, space, &mut self.left);
        let count = self.noted(count)?;
        self.end += count;
        Ok(count)
    }

    fn noted(&mut self, result: Result<usize, Option<io::Error>>) -> io::Result<usize> {
        result.map_err(|error| {
            self.over |= error.is_none();
            self.failed = error;
            io::Error::other("the source ended")
        })
    }
}

/// Reads once; `None` for an error if there is more than `left`.
fn read_capped(reader: &mut impl Read, space: &mut [u8], left: &mut u64) -> Result<usize, Option<io::Error>> {
    loop {
        match reader.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Some(error)),
            Ok(count) => {
                *left = left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX)).ok_or(None)?;
                return Ok(count);
            }
        }
    }
}

impl<R: Read> BufRead for Capped<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.more()?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && space.len() >= CHUNK {
            let count = read_capped(&mut self.reader, space, &mut self.left);
            return self.noted(count);
        }
        let count = self.fill_buf()?.read(space)?;
        self.consume(count);
        Ok(count)
    }
}

enum Decoder<R: Read> {
    Plain(Capped<R>),
    Packed(Members<Capped<R>>),
}

impl<R: Read> Decoder<R> {
    /// Returns the file under the decoder; `None` only after a decoder could not be made.
    fn source(&mut self) -> Option<&mut Capped<R>> {
        match self {
            Self::Plain(source) => Some(source),
            Self::Packed(members) => members.source(),
        }
    }

    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(source) => source.read(space),
            Self::Packed(members) => members.read(space),
        }
    }
}

/// A window that moves over the text.
pub(super) struct Text<R: Read> {
    decoder: Decoder<R>,
    max_bytes: u64,
    left: u64,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<R: Read> Text<R> {
    /// Opens a file and looks at its beginning.
    pub(super) fn open(reader: R, max_bytes: u64, report: &mut Report) -> Result<Self, Stop> {
        let buffer = vec![0; CHUNK];
        let mut source = Capped { reader, buffer, start: 0, end: 0, left: max_bytes, over: false, failed: None };
        let head = match source.peek(ZSTD.len()) {
            Ok(head) => head,
            Err(_) => return Err(ended(&mut source, max_bytes)),
        };
        let form = [(GZIP, Form::Gzip), (ZSTD, Form::Zstd)].into_iter().find(|(magic, _)| head.starts_with(magic));
        let decoder = match form {
            // A decoder is made before a byte is read, so it fails for want of memory only.
            Some((_, form)) => Decoder::Packed(Members::open(source, form).map_err(Stop::Read)?),
            None => Decoder::Plain(source),
        };
        let mut text = Self { decoder, max_bytes, left: max_bytes, buffer: vec![0; WINDOW], start: 0, end: 0 };
        while text.window().len() < 8 && text.fill()? {}
        match NOT_TEXT.iter().find(|(head, _)| text.window().starts_with(head)) {
            None => Ok(text),
            Some((head, hint)) => {
                report.hint(*hint);
                let (value, allowed) = (head.to_vec(), "UTF-8 text, or gzip or zstd of it".to_owned());
                Err(Stop::Refused { line: Some(1), code: VerdictCode::NotText, value, allowed })
            }
        }
    }

    /// Returns what is read and not consumed.
    pub(super) fn window(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns where the first line of the window ends, if it does.
    pub(super) fn line_end(&self) -> Option<usize> {
        self.window().iter().position(|&byte| byte == b'\n')
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Reads more; `false` at the end. What is not consumed must be less than the window.
    pub(super) fn fill(&mut self) -> Result<bool, Stop> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let space = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = match self.decoder.read(space) {
            Ok(count) => count,
            Err(error) => return Err(self.broken(&error)),
        };
        self.end += count;
        match self.left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX)) {
            Some(left) => self.left = left,
            None => return Err(too_large(self.max_bytes, ", decompressed")),
        }
        Ok(count > 0)
    }

    /// Tells a source that failed from a file that is damaged.
    fn broken(&mut self, error: &io::Error) -> Stop {
        if let Some(source) = self.decoder.source()
            && (source.over || source.failed.is_some())
        {
            return ended(source, self.max_bytes);
        }
        let (value, allowed) = match self.decoder.source() {
            Some(source) if error.get_ref().is_some_and(|cause| cause.is::<OtherBytes>()) => {
                (format!("{error} from byte {} on", self.max_bytes - source.unread() + 1), ONE_KIND)
            }
            _ => (error.to_string(), WHOLE),
        };
        Stop::refused(None, VerdictCode::NotText, &value, allowed.to_owned())
    }
}

/// What a compressed file may be.
const WHOLE: &str = "a whole gzip or zstd file, of a zstd window of at most 16 MiB";

/// What may stand in a compressed file.
const ONE_KIND: &str = "gzip files alone, or zstd files alone, one or several of them one after another";

fn ended<R>(source: &mut Capped<R>, max_bytes: u64) -> Stop {
    source.failed.take().map_or_else(|| too_large(max_bytes, ""), Stop::Read)
}

fn too_large(max_bytes: u64, of_what: &str) -> Stop {
    let value = format!("more than {max_bytes} bytes{of_what}");
    Stop::refused(None, VerdictCode::TooLarge, &value, format!("at most {max_bytes} bytes"))
}
