//! The binary form of what a runner answers. It is read as if the model had sent it: every length
//! and every value is checked.

use crate::{FoundOutput, FromRunner, Layer, MAX_CAUSE, NearTies, Optimisation, OutputKind, RunnerFailure};

/// A frame that cannot be one of this protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedFrame;

const HELLO: u8 = 1;
const LOADED: u8 = 2;
const PREDICTIONS: u8 = 3;
const DONE: u8 = 4;
const FAILED: u8 = 5;
const CAUSE: u8 = 6;

impl FromRunner {
    /// Returns the frame's bytes, without its length.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Hello { protocol, layers, process } => {
                bytes.push(HELLO);
                [protocol, layers, process].iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
            Self::Loaded { optimised, training } => {
                bytes.push(LOADED);
                bytes.push(u8::from(*optimised));
                bytes.push(u8::from(*training));
            }
            Self::Predictions { number, near_ties, indices } => {
                bytes.push(PREDICTIONS);
                bytes.extend(number.to_le_bytes());
                // No batch has more images than `u32` can count.
                bytes.extend(u32::try_from(near_ties.len()).unwrap_or(u32::MAX).to_le_bytes());
                bytes.extend(near_ties.iter().map(|image| image.to_byte()));
                indices.iter().for_each(|index| bytes.extend(index.to_le_bytes()));
            }
            Self::Done { peak_device_bytes, optimisation } => {
                bytes.push(DONE);
                bytes.extend(peak_device_bytes.to_le_bytes());
                bytes.push(optimisation.to_byte());
            }
            Self::Cause(text) => {
                bytes.push(CAUSE);
                bytes.extend(text.as_bytes());
            }
            Self::Failed(failure) => {
                bytes.push(FAILED);
                failure.write(&mut bytes);
            }
        }
        bytes
    }

    /// Reads a frame; whatever is not exactly one of the forms is refused.
    ///
    /// # Errors
    /// If the bytes are not a message of this protocol.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedFrame> {
        let (kind, body) = bytes.split_first().ok_or(MalformedFrame)?;
        let mut reader = Reader(body);
        let message = match *kind {
            HELLO => Self::Hello { protocol: reader.u32()?, layers: reader.u32()?, process: reader.u32()? },
            LOADED => Self::Loaded { optimised: reader.flag()?, training: reader.flag()? },
            PREDICTIONS => {
                let number = reader.u32()?;
                Self::Predictions { number, near_ties: reader.near_ties()?, indices: reader.rest_u16()? }
            }
            DONE => {
                Self::Done { peak_device_bytes: reader.u64()?, optimisation: Optimisation::from_byte(reader.u8()?)? }
            }
            FAILED => Self::Failed(RunnerFailure::read(&mut reader)?),
            CAUSE => Self::Cause(reader.rest_text(MAX_CAUSE)?),
            _ => return Err(MalformedFrame),
        };
        if reader.0.is_empty() { Ok(message) } else { Err(MalformedFrame) }
    }
}

impl RunnerFailure {
    /// Returns whether only a runner that has seen no model yet may say so: a fault of the host,
    /// not of the model.
    #[must_use]
    pub const fn is_of_host(&self) -> bool {
        matches!(self, Self::Layer(_) | Self::Device | Self::Setup)
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Layer(layer) => {
                bytes.push(0);
                bytes.extend(layer.bit().to_le_bytes());
            }
            Self::Device => bytes.push(1),
            Self::Setup => bytes.push(2),
            Self::Load => bytes.push(3),
            Self::Forward => bytes.push(4),
            Self::Output(found) => {
                bytes.push(5);
                bytes.push(found.kind.code());
                let told = found.shape.iter().take(FoundOutput::MAX_DIMENSIONS);
                told.for_each(|size| bytes.extend(size.to_le_bytes()));
            }
            Self::NonFinite => bytes.push(6),
            Self::Memory => bytes.push(7),
            Self::DeviceMemory => bytes.push(8),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(match reader.u8()? {
            0 => {
                let bit = reader.u32()?;
                Self::Layer(*Layer::ALL.iter().find(|layer| layer.bit() == bit).ok_or(MalformedFrame)?)
            }
            1 => Self::Device,
            2 => Self::Setup,
            3 => Self::Load,
            4 => Self::Forward,
            5 => {
                let code = reader.u8()?;
                let kind = *OutputKind::ALL.iter().find(|kind| kind.code() == code).ok_or(MalformedFrame)?;
                Self::Output(FoundOutput { kind, shape: reader.rest_i64(FoundOutput::MAX_DIMENSIONS)? })
            }
            6 => Self::NonFinite,
            7 => Self::Memory,
            8 => Self::DeviceMemory,
            _ => return Err(MalformedFrame),
        })
    }
}

impl Optimisation {
    const fn to_byte(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Frozen => 1,
            Self::Whole => 2,
        }
    }

    const fn from_byte(byte: u8) -> Result<Self, MalformedFrame> {
        match byte {
            0 => Ok(Self::None),
            1 => Ok(Self::Frozen),
            2 => Ok(Self::Whole),
            _ => Err(MalformedFrame),
        }
    }
}

impl NearTies {
    fn to_byte(self) -> u8 {
        u8::from(self.first) | (u8::from(self.last) << 1)
    }

    fn from_byte(byte: u8) -> Result<Self, MalformedFrame> {
        if byte > 3 { Err(MalformedFrame) } else { Ok(Self { first: byte & 1 != 0, last: byte & 2 != 0 }) }
    }
}

/// Takes numbers off the front of a frame.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], MalformedFrame> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(MalformedFrame)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, MalformedFrame> {
        self.take().map(u8::from_le_bytes)
    }

    fn flag(&mut self) -> Result<bool, MalformedFrame> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(MalformedFrame),
        }
    }

    fn u32(&mut self) -> Result<u32, MalformedFrame> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, MalformedFrame> {
        self.take().map(u64::from_le_bytes)
    }

    /// Reads how many images there are, and a byte for each.
    fn near_ties(&mut self) -> Result<Vec<NearTies>, MalformedFrame> {
        let images = usize::try_from(self.u32()?).map_err(|_| MalformedFrame)?;
        let (bytes, rest) = self.0.split_at_checked(images).ok_or(MalformedFrame)?;
        self.0 = rest;
        bytes.iter().map(|byte| NearTies::from_byte(*byte)).collect()
    }

    fn rest_u16(&mut self) -> Result<Vec<u16>, MalformedFrame> {
        let (chunks, rest) = self.0.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(MalformedFrame);
        }
        self.0 = rest;
        Ok(chunks.iter().map(|chunk| u16::from_le_bytes(*chunk)).collect())
    }

    fn rest_text(&mut self, most: usize) -> Result<String, MalformedFrame> {
        let text = std::str::from_utf8(self.0).map_err(|_| MalformedFrame)?;
        if text.len() > most {
            return Err(MalformedFrame);
        }
        self.0 = &[];
        Ok(text.to_owned())
    }

    fn rest_i64(&mut self, most: usize) -> Result<Vec<i64>, MalformedFrame> {
        let (chunks, rest) = self.0.as_chunks::<8>();
        if !rest.is_empty() || chunks.len() > most {
            return Err(MalformedFrame);
        }
        self.0 = rest;
        Ok(chunks.iter().map(|chunk| i64::from_le_bytes(*chunk)).collect())
    }
}

#[cfg(test)]
mod tests;
