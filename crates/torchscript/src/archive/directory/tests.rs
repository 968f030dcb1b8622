use super::*;

fn end(changes: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = END.to_le_bytes().to_vec();
    bytes.extend([0, 0, 0, 0, 2, 0, 2, 0]);
    bytes.extend([7_u32.to_le_bytes(), 9_u32.to_le_bytes()].concat());
    bytes.extend([0, 0]);
    changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
    bytes
}

#[test]
fn an_end_record_says_how_many_records_there_are_and_where() {
    assert_eq!(end_record(&end(&[])), Some(Bounds { count: 2, size: 7, start: 9 }));
    for (at, what) in [(0, "signature"), (4, "disk"), (6, "first disk"), (8, "here"), (10, "count"), (20, "comment")] {
        assert_eq!(end_record(&end(&[(at, 1)])), None, "{what}");
    }
    assert_eq!(end_record(&end(&[])[..21]), None);
}

#[test]
fn a_long_end_record_says_the_same_in_64_bits() {
    let record = |changes: &[(usize, u8)]| {
        let mut bytes = END_64.to_le_bytes().to_vec();
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        [2_u64, 2, 7 << 32, 9 << 32].iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        wide_record(&bytes)
    };
    assert_eq!(record(&[]), Some(Bounds { count: 2, size: 7 << 32, start: 9 << 32 }));
    for (at, what) in [(0, "signature"), (4, "size"), (16, "disk"), (20, "first disk"), (24, "here"), (32, "count")] {
        assert_eq!(record(&[(at, 1)]), None, "{what}");
    }
}

#[test]
fn the_short_end_record_agrees_or_leaves_it_to_the_long_one() {
    let wide = Bounds { count: 70_000, size: 7 << 32, start: 9 };
    let open = Bounds { count: 0xFFFF, size: 0xFFFF_FFFF, start: 9 };
    assert!(agree(&open, &wide));
    assert!(agree(&Bounds { count: 1, size: 2, start: 3 }, &Bounds { count: 1, size: 2, start: 3 }));
    assert!(!agree(&Bounds { count: 0xFFFE, ..open }, &wide));
    assert!(!agree(&Bounds { size: 0xFFFF, ..open }, &wide));
    let elsewhere = Bounds { count: 0xFFFF, size: 0xFFFF_FFFF, start: 8 };
    assert!(!agree(&elsewhere, &wide));
}

#[test]
fn the_extra_field_of_64_bits_is_found_among_others_and_is_there_once() {
    let field = |id: u16, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap();
        [&id.to_le_bytes()[..], &length.to_le_bytes(), content].concat()
    };
    let value = |extra: &[u8]| zip64(extra).map(|mut fields| fields.u64());
    let wide = field(EXTRA_ZIP64, &7_u64.to_le_bytes());
    assert_eq!(value(&[field(0x4246, b"ZZ"), wide.clone()].concat()), Some(Some(7)));
    assert_eq!(value(&field(0x4246, b"ZZ")), Some(None));
    assert_eq!(value(b""), Some(None));
    assert_eq!(value(&[wide.clone(), wide.clone()].concat()), None);
    assert_eq!(value(&wide[..wide.len() - 1]), None);
}

#[test]
fn a_field_of_32_bits_points_to_a_longer_one_if_all_its_bits_are_set() {
    let bytes = 5_u64.to_le_bytes();
    let mut wide = Fields::new(&bytes);
    assert_eq!(widened(u32::MAX - 1, &mut wide), Some(u64::from(u32::MAX) - 1));
    assert_eq!((widened(u32::MAX, &mut wide), widened(u32::MAX, &mut wide)), (Some(5), None));
}
