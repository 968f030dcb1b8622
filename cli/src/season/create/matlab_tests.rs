use super::super::mat_file::{Synset, file_of, mat_file};
use super::*;

const SYNSETS: [Synset<'static>; 3] = [
    Synset { id: 1.0, wnid: "n02119789", words: "kit fox, Vulpes macrotis", children: 0 },
    Synset { id: 2.0, wnid: "n02100735", words: "English setter", children: 0 },
    Synset { id: 3.0, wnid: "n02084071", words: "dog — Hund", children: 2 },
];

fn error(file: &[u8]) -> String {
    read_variable(file, "synsets").unwrap_err().to_string()
}

#[test]
fn a_table_is_read_compressed_and_plain() {
    for compressed in [false, true] {
        let Value::Table { fields, rows } = read_variable(&mat_file(&SYNSETS, compressed), "synsets").unwrap() else {
            panic!("no table")
        };
        assert_eq!(fields, ["ILSVRC2012_ID", "WNID", "words", "num_children"]);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1][0], Value::Numbers(vec![2.0]));
        assert_eq!(rows[1][1], Value::Text("n02100735".to_owned()));
        assert_eq!(rows[2][2], Value::Text("dog — Hund".to_owned()));
        assert_eq!(rows[2][3], Value::Numbers(vec![2.0]));
    }
}

#[test]
fn another_variable_and_another_kind_are_named() {
    let file = mat_file(&SYNSETS, true);
    assert_eq!(read_variable(&file, "other").unwrap_err(), MatlabError::Missing("other".to_owned()));
    assert!(error(b"MATLAB 7.3 MAT-file").contains("HDF5"));
    assert!(error(b"PK\x03\x04").contains("fewer than 128 bytes"));
    assert!(error(&[7; 200]).contains("header"));
    let mut swapped = file;
    swapped[124..128].copy_from_slice(&[1, 0, b'M', b'I']);
    assert!(error(&swapped).contains("big-endian"));
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    for compressed in [false, true] {
        let file = mat_file(&SYNSETS, compressed);
        for len in 0..file.len() {
            assert!(read_variable(&file[..len], "synsets").is_err(), "{len} of {} bytes", file.len());
        }
    }
}

#[test]
fn no_changed_byte_makes_it_panic_or_take_much_memory() {
    let file = mat_file(&SYNSETS, false);
    for at in 0..file.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = file.clone();
            changed[at] = value;
            // Whether a change can be noticed depends on what it changes.
            let _ = read_variable(&changed, "synsets");
        }
    }
}

#[test]
fn more_rows_than_there_are_bytes_for_are_refused() {
    let mut file = mat_file(&SYNSETS, false);
    let rows = file.windows(8).position(|bytes| bytes == [3, 0, 0, 0, 1, 0, 0, 0]).unwrap();
    file[rows..rows + 4].copy_from_slice(&i32::MAX.to_le_bytes());
    assert!(error(&file).contains("more structures than there are bytes for"), "{}", error(&file));
    file[rows..rows + 4].copy_from_slice(&(-1_i32).to_le_bytes());
    assert!(error(&file).contains("dimensions"), "{}", error(&file));
}

#[test]
fn a_zip_bomb_is_refused() {
    let bomb = file_of(&vec![0; usize::try_from(MAX_UNPACKED).unwrap() + 1], true);
    assert!(bomb.len() < 1 << 20);
    assert!(error(&bomb).contains("64 MiB"), "{}", error(&bomb));
}
