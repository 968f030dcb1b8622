//! From bytes to the numbers that a network wants.
//!
//! Bit for bit what torchvision's `ToTensor` and `Normalize` give on a CPU: `v / 255` in `f32`,
//! then `- mean`, then `/ std`, each rounded. There are only 256 bytes, so each channel has a
//! table.

/// Channels of an image: red, green, blue.
pub const CHANNELS: usize = 3;

/// The tables of the three channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalisation {
    tables: [[f32; 256]; CHANNELS],
}

impl Normalisation {
    /// Tables for this mean and standard deviation.
    #[must_use]
    pub fn new(mean: [f32; CHANNELS], std: [f32; CHANNELS]) -> Self {
        let mut tables = [[0.0; 256]; CHANNELS];
        for ((table, mean), std) in tables.iter_mut().zip(mean).zip(std) {
            for (value, byte) in table.iter_mut().zip(0_u8..=255) {
                *value = (f32::from(byte) / 255.0 - mean) / std;
            }
        }
        Self { tables }
    }

    /// Returns the table of each channel, one behind the other.
    #[must_use]
    pub fn tables(&self) -> &[[f32; 256]; CHANNELS] {
        &self.tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a over the bits of all values, channel by channel.
    fn hash(tables: &[[f32; 256]; CHANNELS]) -> u64 {
        let mix = |hash: u64, value: &f32| (hash ^ u64::from(value.to_bits())).wrapping_mul(0x100_0000_01b3);
        tables.iter().flatten().fold(0xcbf2_9ce4_8422_2325, mix)
    }

    #[test]
    fn tables_hold_what_torch_computes() {
        // `((v / 255) - mean) / std` for all bytes and channels with torch 2.11.0 on a CPU, as
        // bits.
        let tables = Normalisation::new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]).tables;
        let some = [tables[0][0], tables[0][255], tables[1][77], tables[2][128]];
        assert_eq!(some.map(f32::to_bits), [0xc007_8bbd, 0x400f_ee1d, 0xbf30_0b78, 0x3eda_5d3c]);
        assert_eq!(hash(&tables), 0xb640_843e_dd7b_b6fa);
    }
}
