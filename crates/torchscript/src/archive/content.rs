//! The bytes of records: read in pieces, unpacked, and checked against size and CRC.

use std::fs::File;

use flate2::{Decompress, FlushDecompress, Status};
use positioned_io::ReadAt as _;

use super::format::{Record, malformed_record};
use crate::RepackError;

/// Bytes that are read and written at a time.
const PIECE: usize = 1 << 20;

/// Takes the pieces of a record in order.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), RepackError>;

/// Reads the records of one file, with buffers that are used again.
pub(crate) struct Copier<'a> {
    file: &'a File,
    packed: Vec<u8>,
    unpacked: Vec<u8>,
}

impl<'a> Copier<'a> {
    pub(crate) fn new(file: &'a File) -> Self {
        Self { file, packed: vec![0; PIECE], unpacked: Vec::new() }
    }

    /// Returns all bytes of a record, which must be small: its size is what its header says.
    pub(crate) fn content(&mut self, record: &Record) -> Result<Vec<u8>, RepackError> {
        let mut bytes = Vec::new();
        self.copy(record, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Reads through a record that is not needed: it must be whole nevertheless.
    pub(crate) fn check(&mut self, record: &Record) -> Result<(), RepackError> {
        self.copy(record, &mut |_| Ok(()))
    }

    /// Hands the unpacked bytes to `sink`, and then refuses the record if its size or its CRC is
    /// wrong.
    pub(crate) fn copy(&mut self, record: &Record, sink: Sink<'_>) -> Result<(), RepackError> {
        let mut crc = crc32fast::Hasher::new();
        let mut hash = |piece: &[u8]| {
            crc.update(piece);
            sink(piece)
        };
        if record.deflated { self.inflate(record, &mut hash) } else { self.stored(record, &mut hash) }?;
        if crc.finalize() == record.crc {
            Ok(())
        } else {
            Err(malformed_record(&record.name, "is damaged: its check sum is wrong"))
        }
    }

    fn stored(&mut self, record: &Record, sink: Sink<'_>) -> Result<(), RepackError> {
        let mut done = 0;
        while done < record.packed {
            let piece = read_piece(self.file, &mut self.packed, record, done)?;
            sink(piece)?;
            done += length(piece.len());
        }
        Ok(())
    }

    fn inflate(&mut self, record: &Record, sink: Sink<'_>) -> Result<(), RepackError> {
        let damaged = || malformed_record(&record.name, "is damaged: it does not unpack");
        self.unpacked.resize(PIECE, 0);
        let mut inflater = Decompress::new(false);
        let mut read = 0;
        loop {
            let input = read_piece(self.file, &mut self.packed, record, read)?;
            let (in_before, out_before) = (inflater.total_in(), inflater.total_out());
            let status =
                inflater.decompress(input, &mut self.unpacked, FlushDecompress::None).map_err(|_| damaged())?;
            read += inflater.total_in() - in_before;
            let produced = inflater.total_out() - out_before;
            if inflater.total_out() > record.size {
                return Err(damaged());
            }
            sink(self.unpacked.get(..usize::try_from(produced).unwrap_or(0)).unwrap_or_default())?;
            if status == Status::StreamEnd {
                break;
            }
            if produced == 0 && inflater.total_in() == in_before {
                return Err(damaged());
            }
        }
        if (inflater.total_in(), inflater.total_out()) == (record.packed, record.size) {
            Ok(())
        } else {
            Err(damaged())
        }
    }
}

/// Returns the packed bytes from `done` on, as many as the buffer takes; empty at the record's end.
fn read_piece<'b>(file: &File, buffer: &'b mut [u8], record: &Record, done: u64) -> Result<&'b [u8], RepackError> {
    let left = usize::try_from(record.packed - done).unwrap_or(usize::MAX);
    let count = left.min(buffer.len());
    let piece = buffer.get_mut(..count).unwrap_or_default();
    file.read_exact_at(record.start + done, piece).map_err(RepackError::Input)?;
    Ok(piece)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
