//! How many bytes to send in one request.

use std::time::Duration;

const LARGEST: u64 = 8 << 20;
const SMALLEST: u64 = 4 << 10;
const FIRST: u64 = 1 << 20;
/// A piece that takes less is followed by a larger one.
const QUICK: Duration = Duration::from_secs(2);
/// A piece that takes longer is followed by a smaller one, so that the progress shown is right.
const SLOW: Duration = Duration::from_secs(8);

/// The size of the next piece: it grows while pieces arrive, and shrinks when connections break or
/// are slow. The server keeps what arrives of a piece that breaks off; a proxy between may not, so
/// only small pieces are sure to get through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PieceSize(u64);

impl Default for PieceSize {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl PieceSize {
    /// Bytes.
    pub(crate) const fn bytes(self) -> u64 {
        self.0
    }

    /// Returns the size of the next piece after one that arrived in this time.
    pub(crate) fn after_success(self, took: Duration) -> Self {
        if took < QUICK {
            Self(self.0.saturating_mul(2).min(LARGEST))
        } else if took > SLOW {
            Self((self.0 / 2).max(SMALLEST))
        } else {
            self
        }
    }

    /// Returns the size of the next piece after one of which only `arrived` bytes arrived.
    pub(crate) fn after_break(self, arrived: u64) -> Self {
        let share = if arrived == 0 { 4 } else { 2 };
        Self((self.0 / share).max(SMALLEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_to_a_bound_and_shrink_to_a_bound() {
        let mut size = PieceSize::default();
        for _ in 0..10 {
            size = size.after_success(Duration::ZERO);
        }
        assert_eq!(size.bytes(), LARGEST);
        assert_eq!(size.after_success(Duration::from_secs(5)), size);
        assert_eq!(size.after_success(Duration::from_secs(9)).bytes(), LARGEST / 2);
        assert_eq!(size.after_break(1).bytes(), LARGEST / 2);
        let mut breaks = 0;
        while size.bytes() > SMALLEST {
            size = size.after_break(0);
            breaks += 1;
        }
        assert!(breaks <= 6, "{breaks}");
        assert_eq!(size.after_break(0).bytes(), SMALLEST);
        assert_eq!(size.after_success(Duration::ZERO).bytes(), 2 * SMALLEST);
    }
}
