//! Thousands of damaged files: every one is read or refused, and none takes more memory than it
//! should.

use holdout_images::{Archive, Names, Transform, apply, check, decode_rgb};
use zip::write::SimpleFileOptions;

use crate::support::{Folder, SMALL, go_on, gzip, picture, shades, tar, zip};

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        [0, 1, 0x7F, 0x80, 0xFF, self.next().to_le_bytes()[0]][self.below(6)]
    }

    /// Changes some bytes, takes some out, puts some in, or cuts the end off.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at.max(1)),
                1 => drop(bytes.drain(at..(at + 1 + self.below(20)).min(bytes.len()))),
                2 => drop(bytes.splice(at..at, (0..self.below(5)).map(|_| 0xFF).collect::<Vec<_>>())),
                _ if bytes.is_empty() => {}
                _ => bytes[at] = self.byte(),
            }
        }
        bytes
    }
}

/// Most memory that this process has had, kibibytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[test]
fn damaged_pictures_are_read_or_refused() {
    let table = String::from_utf8(picture("digests.tsv")).unwrap();
    let names = table.lines().map(|line| line.split('\t').next().unwrap());
    let pictures: Vec<_> = names.map(picture).collect();
    let mut random = Random(1);
    let (mut read, mut refused) = (0, 0);
    for round in 0..6000 {
        let damaged = random.damage(&pictures[round % pictures.len()]);
        match decode_rgb(&damaged) {
            Ok(image) => {
                read += 1;
                drop(apply(&image, Transform { resize: Some(8), crop: 8 }));
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().len() < 300, "{error}");
            }
        }
    }
    assert!(read > 300 && refused > 300, "{read} read, {refused} refused");
    assert!(peak_memory() < 2 << 20, "{} KiB", peak_memory());
}

#[test]
fn damaged_archives_are_read_or_refused() {
    let folder = Folder::new();
    let files = shades(5);
    let deflated = SimpleFileOptions::default();
    let archives = [tar(&files), gzip(&tar(&files)), zip(&files, deflated)];
    let mut random = Random(2);
    let (mut passed, mut refused) = (0, 0);
    for round in 0..900 {
        let path = folder.write("archive", &random.damage(&archives[round % 3]));
        match Archive::open(&path).map(|archive| check(&archive, &Names::Numbered(5), SMALL, go_on)) {
            Ok(Ok(())) => passed += 1,
            Ok(Err(_)) | Err(_) => refused += 1,
        }
    }
    assert!(passed > 30 && refused > 300, "{passed} passed, {refused} refused");
    assert!(peak_memory() < 2 << 20, "{} KiB", peak_memory());
}
