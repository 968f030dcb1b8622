//! Where a run's images come from.

use std::io;

use holdout_evaluation::SplitMix64;
use holdout_images::Prepared;

/// Images of one size, numbered from 0, read by any number of threads.
pub(crate) trait Images: Sync {
    fn len(&self) -> u32;

    /// Reads `uint8[3, side, side]` of an image into exactly as many bytes.
    fn read(&self, index: u32, image: &mut [u8]) -> io::Result<()>;
}

impl Images for Prepared {
    fn len(&self) -> u32 {
        u32::try_from(Self::len(self)).unwrap_or(u32::MAX)
    }

    fn read(&self, index: u32, image: &mut [u8]) -> io::Result<()> {
        Self::read(self, usize::try_from(index).map_err(io::Error::other)?, image)
    }
}

/// Images, and behind them pictures of noise for a trial.
#[derive(Clone, Copy)]
pub(crate) struct WithNoise<'a> {
    pub(crate) images: &'a dyn Images,
    pub(crate) noise: Noise,
}

impl Images for WithNoise<'_> {
    fn len(&self) -> u32 {
        self.images.len()
    }

    fn read(&self, index: u32, image: &mut [u8]) -> io::Result<()> {
        match index.checked_sub(self.images.len()) {
            Some(behind) => self.noise.read(behind, image),
            None => self.images.read(index, image),
        }
    }
}

/// Pictures of noise, each of a brightness and contrast of its own, the same in every run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    pub(crate) count: u32,
    /// Another number makes other pictures.
    pub(crate) seed: u64,
}

impl Images for Noise {
    fn len(&self) -> u32 {
        self.count
    }

    fn read(&self, index: u32, image: &mut [u8]) -> io::Result<()> {
        let mut noise = SplitMix64::new(self.seed ^ (u64::from(index) << 32));
        let [one, other, ..] = noise.next_u64().to_le_bytes();
        let (dark, range) = (one.min(other), u16::from(one.abs_diff(other)) + 1);
        let scaled = |random: u8| dark.saturating_add((u16::from(random) * range).to_be_bytes()[0]);
        for bytes in image.chunks_mut(8) {
            let random = noise.next_u64().to_le_bytes();
            bytes.iter_mut().zip(random).for_each(|(byte, random)| *byte = scaled(random));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_in_every_run_and_other_for_every_image() {
        let noise = Noise { count: 3, seed: 7 };
        let read = |index| {
            let mut image = [0; 13];
            noise.read(index, &mut image).unwrap();
            image
        };
        assert_eq!(read(1), read(1));
        assert_ne!(read(1), read(2));
        assert_ne!(read(0)[8..], [0; 5]);
        let mut image = [0; 3072];
        let mut brightness = |index| {
            noise.read(index, &mut image).unwrap();
            image.iter().map(|byte| u64::from(*byte)).sum::<u64>() / 3072
        };
        let all: Vec<u64> = (0..100).map(&mut brightness).collect();
        assert!(all.iter().max().unwrap() - all.iter().min().unwrap() > 100, "{all:?}");
        let with = WithNoise { images: &noise, noise: Noise { count: 1, seed: 8 } };
        let mut behind = [0; 13];
        with.read(3, &mut behind).unwrap();
        assert_ne!(behind, read(0));
        assert_eq!(with.len(), 3);
    }
}
