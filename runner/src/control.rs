//! Frames on the control socket: JSON in, fixed binary messages out.

use std::fs::File;
use std::io::{self, Read, Write};

use holdout_protocol::{FromRunner, MAX_FRAME, RunnerFailure, ToRunner};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The runner's end of the control socket.
#[derive(Debug)]
pub struct Control {
    socket: File,
    frame: Vec<u8>,
}

/// Why there is no next message.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The scorer closed its end, or the socket broke.
    #[error("the control socket has ended: {0}")]
    Ended(#[from] io::Error),
    /// A frame that no scorer of this version sends.
    #[error("a frame that is not of this protocol")]
    Malformed,
}

impl Control {
    /// Speaks over this socket.
    #[must_use]
    pub fn new(socket: File) -> Self {
        Self { socket, frame: Vec::new() }
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// If the socket has ended or the frame is malformed.
    pub fn receive(&mut self) -> Result<ToRunner, ControlError> {
        let mut length = [0; 4];
        self.socket.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_le_bytes(length)).map_err(|_| ControlError::Malformed)?;
        if length > MAX_FRAME {
            return Err(ControlError::Malformed);
        }
        self.frame.resize(length, 0);
        self.socket.read_exact(&mut self.frame)?;
        serde_json::from_slice(&self.frame).map_err(|_| ControlError::Malformed)
    }

    /// Returns whether a message has begun to come, or the socket has ended. It takes a system call
    /// that is allowed beside a driver only.
    pub(crate) fn has_message(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0)
    }

    /// Sends a message.
    ///
    /// # Errors
    /// If the socket has ended.
    pub fn send(&mut self, message: &FromRunner) -> io::Result<()> {
        let body = message.to_bytes();
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        self.frame.clear();
        self.frame.extend(length.to_le_bytes());
        self.frame.extend(body);
        self.socket.write_all(&self.frame)
    }

    /// Sends why the runner cannot continue; whether that arrives no longer matters to it.
    pub fn fail(&mut self, failure: RunnerFailure) {
        if self.send(&FromRunner::Failed(failure)).is_err() {
            // The scorer is gone, and with it anyone who could be told.
        }
    }
}
