//! The markers of a JPEG file, read before the decoder sees it: what it will have to do, and
//! whether it should.

/// What a JPEG file declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) width: u16,
    pub(super) height: u16,
    /// Bits of a sample.
    pub(super) precision: u8,
    /// Components: 1 grey, 3 colour, 4 print.
    pub(super) components: u8,
    /// The second byte of the frame's marker, 0xC0 to 0xCF: which process.
    pub(super) process: u8,
    /// Passes over the image's data.
    pub(super) scans: u32,
    /// Whether all coefficients have to be in memory at once.
    pub(super) whole: bool,
}

const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const TEMPORARY: u8 = 0x01;

/// Walks over the markers up to the end of the image; `None` if there is no frame or its header is
/// cut off.
pub(super) fn read(bytes: &[u8]) -> Option<Declared> {
    let mut declared: Option<Declared> = None;
    let mut rest = bytes;
    while let Some((marker, after)) = next_marker(rest) {
        if marker == END_OF_IMAGE {
            break;
        }
        rest = after;
        if !has_segment(marker) {
            continue;
        }
        let Some((segment, after)) = split_segment(after) else { break };
        rest = after;
        match (&mut declared, marker) {
            (Some(frame), START_OF_SCAN) => frame.add_scan(segment),
            (None, marker) if is_frame(marker) => declared = Some(Declared::read(marker, segment)?),
            _ => {}
        }
    }
    declared
}

impl Declared {
    fn read(process: u8, segment: &[u8]) -> Option<Self> {
        let (&[precision, h1, h0, w1, w0, components], _) = segment.split_first_chunk::<6>()?;
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        let whole = !matches!(process, 0xC0 | 0xC1);
        Some(Self { width, height, precision, components, process, scans: 0, whole })
    }

    fn add_scan(&mut self, segment: &[u8]) {
        self.scans = self.scans.saturating_add(1);
        self.whole |= segment.first().is_some_and(|&components| components < self.components);
    }
}

/// Returns the marker's second byte and what follows it. Skips whatever is not a marker: fill
/// bytes, stuffed zeros, the data of a scan and the restarts in it.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = bytes;
    loop {
        let start = rest.iter().position(|&byte| byte == 0xFF)?;
        rest = rest.get(start + 1..)?;
        match rest.split_first()? {
            (0x00, after) => rest = after,
            (0xFF, _) => {}
            (&marker, after) => return Some((marker, after)),
        }
    }
}

const fn has_segment(marker: u8) -> bool {
    !matches!(marker, TEMPORARY | 0xD0..=0xD7 | START_OF_IMAGE | END_OF_IMAGE)
}

const fn is_frame(marker: u8) -> bool {
    // 0xC4, 0xC8 and 0xCC are Huffman tables, an extension and arithmetic conditioning.
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

fn split_segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, after) = bytes.split_first_chunk::<2>()?;
    after.split_at_checked(usize::from(u16::from_be_bytes(length)).checked_sub(2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_and_scans_are_found_between_other_things() {
        let mut file = b"\xFF\xD8\xFF\xE0\0\x05\xFF\xDA\0".to_vec();
        file.extend(b"\xFF\xFF\xFF\xC2\0\x11\x08\x01\x02\x03\x04\x03\x01\x22\0\x02\x11\x01\x03\x11\x01");
        file.extend(
            b"\xFF\xDA\0\x08\x01\x01\0\0\0\0abc\xFF\0\xFF\xD0\xFF\xDA\0\x08\x01\x01\0\0\0\0x\xFF\xD9\xFF\xDA\0\x02",
        );
        let declared = read(&file).unwrap();
        assert_eq!((declared.width, declared.height, declared.precision), (0x0304, 0x0102, 8));
        assert_eq!((declared.components, declared.process, declared.scans, declared.whole), (3, 0xC2, 2, true));
    }

    #[test]
    fn a_file_without_a_whole_frame_header_declares_nothing() {
        assert_eq!(read(b"\xFF\xD8\xFF"), None);
        assert_eq!(read(b"\xFF\xD8\xFF\xC0\0\x11\x08\x01"), None);
        assert_eq!(read(b"\xFF\xD8\xFF\xC0\0\x01\x08\x01"), None);
        assert_eq!(read(b"\xFF\xD8\xFF\xDA\0\x02\xFF\xD9"), None);
    }

    #[test]
    fn an_extension_and_its_tables_are_not_frames() {
        for marker in 0xC0..=0xCF {
            assert_eq!(is_frame(marker), ![0xC4, 0xC8, 0xCC].contains(&marker), "{marker:x}");
        }
        assert!(!is_frame(0xBF) && !is_frame(0xD0) && !is_frame(START_OF_SCAN));
    }

    #[test]
    fn markers_without_a_segment_are_stepped_over() {
        for marker in [0x01, 0xD0, 0xD7, START_OF_IMAGE, END_OF_IMAGE] {
            assert!(!has_segment(marker), "{marker:x}");
        }
        assert!(has_segment(0x02) && has_segment(0xCF) && has_segment(START_OF_SCAN) && has_segment(0xE0));
    }

    #[test]
    fn a_scan_of_some_components_keeps_all_coefficients_and_one_of_all_does_not() {
        let mut frame = Declared::read(0xC0, &[8, 0, 1, 0, 2, 3]).unwrap();
        frame.add_scan(&[3, 1, 2]);
        assert_eq!((frame.scans, frame.whole, frame.width, frame.height), (1, false, 2, 1));
        frame.add_scan(&[2, 1]);
        assert_eq!((frame.scans, frame.whole), (2, true));
        assert!(Declared::read(0xC2, &[8, 0, 1, 0, 2, 3]).unwrap().whole);
        assert_eq!(Declared::read(0xC0, &[8, 0, 1, 0, 2]), None);
    }
}
