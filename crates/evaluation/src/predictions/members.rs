//! The parts of a compressed file: gzip calls them members, zstd frames. Both formats let a file be
//! many of them in a row.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Most members of one file. An empty one has 20 bytes and costs as much time as thousands of bytes
/// of text, so a file full of them would keep a core busy for its size. Parallel compressors write
/// one for each 64 KiB or more.
const MAX_MEMBERS: u32 = 10_000;

/// Largest window of a zstd frame, as a power of two: 16 MiB. Levels up to 19 stay within it.
const ZSTD_WINDOW_LOG: u32 = 24;

pub(super) const GZIP: &[u8] = b"\x1f\x8b";
pub(super) const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// How a file is compressed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Gzip,
    Zstd,
}

impl Form {
    /// Returns whether a further member may begin so; `head` may be cut short. A zstd frame may be
    /// one that decoders skip.
    fn may_go_on(self, head: &[u8]) -> bool {
        let agrees = |magic: &[u8]| head.iter().zip(magic).all(|(byte, wanted)| byte == wanted);
        match self {
            Self::Gzip => agrees(GZIP),
            Self::Zstd => agrees(ZSTD) || (0x50..=0x5f).any(|kind| agrees(&[kind, 0x2a, 0x4d, 0x18])),
        }
    }
}

/// Bytes follow a member that are not another member.
#[derive(Debug, thiserror::Error)]
#[error("other bytes after the compressed text")]
pub(super) struct OtherBytes;

/// A compressed file as one text, member after member.
pub(super) struct Members<R: BufRead> {
    form: Form,
    /// The member that is being read; `None` after the last one.
    current: Option<Member<R>>,
    /// What is left of the file after the last member.
    rest: Option<R>,
    count: u32,
}

enum Member<R: BufRead> {
    Gzip(Box<GzDecoder<R>>),
    Zstd(Box<zstd::Decoder<'static, R>>),
}

impl<R: BufRead> Member<R> {
    fn open(source: R, form: Form) -> io::Result<Self> {
        Ok(match form {
            Form::Gzip => Self::Gzip(Box::new(GzDecoder::new(source))),
            Form::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(source)?.single_frame();
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Self::Zstd(Box::new(decoder))
            }
        })
    }

    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(space),
            Self::Zstd(decoder) => decoder.read(space),
        }
    }

    fn source(&mut self) -> &mut R {
        match self {
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }

    fn into_source(self) -> R {
        match self {
            Self::Gzip(decoder) => decoder.into_inner(),
            Self::Zstd(decoder) => decoder.finish(),
        }
    }
}

impl<R: BufRead> Members<R> {
    /// Begins with the first member.
    pub(super) fn open(source: R, form: Form) -> io::Result<Self> {
        Ok(Self { form, current: Some(Member::open(source, form)?), rest: None, count: 1 })
    }

    /// Returns the file under the decoder.
    pub(super) fn source(&mut self) -> Option<&mut R> {
        match &mut self.current {
            Some(member) => Some(member.source()),
            None => self.rest.as_mut(),
        }
    }

    /// Reads on; 0 at the end of the last member.
    pub(super) fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.current {
            let count = member.read(space)?;
            if count > 0 || space.is_empty() {
                return Ok(count);
            }
            self.next_member()?;
        }
        Ok(0)
    }

    fn next_member(&mut self) -> io::Result<()> {
        let Some(source) = self.current.take().map(Member::into_source) else { return Ok(()) };
        // Kept first: if reading fails, the source knows why.
        let head = self.rest.insert(source).fill_buf()?;
        if head.is_empty() {
            return Ok(());
        }
        if !self.form.may_go_on(head) {
            return Err(io::Error::other(OtherBytes));
        }
        if self.count >= MAX_MEMBERS {
            let message = format!("more than {MAX_MEMBERS} gzip members or zstd frames");
            return Err(io::Error::other(message));
        }
        self.count += 1;
        if let Some(source) = self.rest.take() {
            self.current = Some(Member::open(source, self.form)?);
        }
        Ok(())
    }
}
