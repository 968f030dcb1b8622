//! Frames to and from a runner. Whatever comes back may have been written by the model: it is read
//! into a fixed buffer, and what is not exactly a message that can come now is nonsense.

use std::io::{self, Read, Write};

use holdout_protocol::{FromRunner, MAX_CAUSE, MAX_FRAME, ToRunner};

/// Bytes of any message but predictions and texts.
const SMALL: usize = 128;

/// Why there is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameError {
    /// The runner has closed its end.
    Ended,
    /// Bytes that are no message of the protocol.
    Nonsense,
}

pub(crate) struct Frames<R> {
    source: R,
    buffer: Vec<u8>,
}

impl<R: Read> Frames<R> {
    /// Reads from `source`; no frame has answers to more than `images` images, of `answers` indices
    /// each.
    pub(crate) fn new(source: R, images: usize, answers: usize) -> Self {
        // Two bytes for an index, and one for the near ties of an image.
        let each = answers.saturating_mul(2).saturating_add(1);
        let longest = SMALL.saturating_add(images.saturating_mul(each)).min(MAX_FRAME);
        Self { source, buffer: vec![0; longest] }
    }

    /// Makes room for texts, which are longer than any other message.
    pub(crate) fn with_causes(mut self) -> Self {
        let longest = self.buffer.len().max(SMALL + MAX_CAUSE);
        self.buffer.resize(longest, 0);
        self
    }

    /// Returns the next message; waits for it.
    pub(crate) fn next(&mut self) -> Result<FromRunner, FrameError> {
        let mut length = [0; 4];
        self.source.read_exact(&mut length).map_err(|_| FrameError::Ended)?;
        let length = usize::try_from(u32::from_le_bytes(length)).map_err(|_| FrameError::Nonsense)?;
        let frame = self.buffer.get_mut(..length).ok_or(FrameError::Nonsense)?;
        self.source.read_exact(frame).map_err(|_| FrameError::Ended)?;
        FromRunner::from_bytes(frame).map_err(|_| FrameError::Nonsense)
    }
}

pub(crate) fn send(mut sink: impl Write, message: &ToRunner) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MAX_FRAME);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a frame that is too long"))?;
    // In one piece: the runner wakes once.
    sink.write_all(&[length.to_le_bytes().as_slice(), &body].concat())
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{NearTies, Optimisation, RunnerFailure};

    use super::*;

    fn framed(body: &[u8]) -> Vec<u8> {
        [&u32::try_from(body.len()).unwrap().to_le_bytes(), body].concat()
    }

    #[test]
    fn messages_come_one_after_another() {
        let messages = [
            FromRunner::Predictions { number: 3, near_ties: vec![NearTies::default(); 2], indices: vec![7; 10] },
            FromRunner::Failed(RunnerFailure::Forward),
            FromRunner::Done { peak_device_bytes: 0, optimisation: Optimisation::Whole },
        ];
        let bytes: Vec<u8> = messages.iter().flat_map(|message| framed(&message.to_bytes())).collect();
        let mut frames = Frames::new(bytes.as_slice(), 2, 5);
        for message in messages {
            assert_eq!(frames.next(), Ok(message));
        }
        assert_eq!(frames.next(), Err(FrameError::Ended));
    }

    #[test]
    fn lengths_that_lie_take_no_memory_and_no_time() {
        let long = FromRunner::Predictions { number: 0, near_ties: Vec::new(), indices: vec![1; 1000] };
        assert_eq!(Frames::new(framed(&long.to_bytes()).as_slice(), 2, 5).next(), Err(FrameError::Nonsense));
        assert_eq!(Frames::new(u32::MAX.to_le_bytes().as_slice(), 2, 5).next(), Err(FrameError::Nonsense));
        assert_eq!(Frames::new([9, 0, 0, 0, 4].as_slice(), 2, 5).next(), Err(FrameError::Ended));
        assert_eq!(Frames::new([0, 0, 0, 0].as_slice(), 2, 5).next(), Err(FrameError::Nonsense));
        assert_eq!(Frames::new([1, 0].as_slice(), 2, 5).next(), Err(FrameError::Ended));
    }

    #[test]
    fn a_message_is_one_frame_of_json() {
        let mut sent = Vec::new();
        send(&mut sent, &ToRunner::Batch { number: 1, slot: 2, images: 3 }).unwrap();
        let (length, body) = sent.split_at(4);
        assert_eq!(usize::try_from(u32::from_le_bytes(length.try_into().unwrap())).unwrap(), body.len());
        let read: ToRunner = serde_json::from_slice(body).unwrap();
        assert_eq!(read, ToRunner::Batch { number: 1, slot: 2, images: 3 });
    }
}
