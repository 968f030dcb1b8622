//! From bytes to the numbers that a network wants.
//!
//! Bit for bit what torchvision's `ToTensor` and `Normalize` give on a CPU: `v / 255` in `f32`, then `- mean`, then `/ std`, each
//! rounded. There are only 256 bytes, so each channel has a table.

use crate::mapping::Mapping;

/// Channels of an image: red, green, blue.
pub const CHANNELS: usize = 3;

/// Bytes that are copied out of the ring at a time; small enough to stay in the nearest cache.
const CHUNK: usize = 4096;

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

    /// Normalises `target.len()` bytes of images `[n, 3, side, side]` with `plane = side × side`, which lie in `ring` from
    /// `offset` on; false where they are not all there.
    #[must_use]
    pub fn apply(&self, ring: &Mapping, offset: usize, plane: usize, target: &mut [f32]) -> bool {
        let tables = self.tables.iter().cycle();
        let mut position = offset;
        for (values, table) in target.chunks_mut(plane.max(1)).zip(tables) {
            for values in values.chunks_mut(CHUNK) {
                let mut bytes = [0; CHUNK];
                let Some(bytes) = bytes.get_mut(..values.len()) else { return false };
                if !ring.copy_to(position, bytes) {
                    return false;
                }
                position += bytes.len();
                translate(table, bytes, values);
            }
        }
        true
    }
}

/// Looks each byte up.
fn translate(table: &[f32; 256], bytes: &[u8], values: &mut [f32]) {
    for (value, byte) in values.iter_mut().zip(bytes) {
        // Every byte is an index of the table: the compiler knows, and no check is left.
        *value = table.get(usize::from(*byte)).copied().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_what_three_rounded_operations_give() {
        let tables = Normalisation::new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]).tables;
        // (v / 255 - mean) / std of torchvision 0.26 on a CPU, as bits.
        assert_eq!(tables[0][0], -2.117_903_9);
        assert_eq!(tables[0][255], 2.248_908_3);
        assert_eq!(tables[2][128], 0.426_492_24);
    }
}
