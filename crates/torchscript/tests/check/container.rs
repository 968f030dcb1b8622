//! The container: whatever could be read in two ways is refused.

use holdout_protocol::VerdictCode;

use crate::zip::{Record, Zip};
use crate::{accepted, model, parts, refused, refused_as};

#[test]
fn what_is_no_archive_is_named() {
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"P").contains("does not begin"));
    assert!(refused(b"\x89PNG\r\n\x1a\n and more").contains("does not begin as a zip archive"));
    assert!(refused(b"\x80\x02ctorch\nfoo\n").contains("pickle of torch.save"));
    assert!(refused(b"\x14\0\0\0PTMF\0\0\0\0").contains("flatbuffer"));
    assert!(refused(b"PK\x03\x04").contains("does not end"));
}

#[test]
fn nothing_may_stand_before_or_behind() {
    let bytes = model();
    refused(&[b"x", &bytes[..]].concat());
    refused(&[&bytes[..], b"x"].concat());
    refused(&[&bytes[..], &[0; 70_000]].concat());
    refused(&[&bytes[..], &bytes[..]].concat());
    refused(&Zip { comment: b"hello".to_vec(), ..parts() }.to_bytes());
    refused(&Zip { before: b"PK\x03\x04".to_vec(), ..parts() }.to_bytes());
    let mut gap = parts();
    gap.records[1].gap = vec![0];
    assert!(refused(&gap.to_bytes()).contains("not followed by the next"));
    let mut gap = parts();
    gap.records.last_mut().unwrap().gap = vec![0];
    refused(&gap.to_bytes());
}

#[test]
fn cut_off_files_are_refused() {
    for bytes in [model(), Zip { as_torch: true, ..parts() }.to_bytes()] {
        for length in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            refused(&bytes[..length]);
        }
    }
}

#[test]
fn names_are_unique_without_regard_to_case() {
    for name in ["model/code/__torch__.py", "model/code/__Torch__.py", "model/data/0", "model/byteorder"] {
        let mut zip = parts();
        zip.records.insert(0, Record::new(name, b"evil"));
        refused(&zip.to_bytes());
    }
}

#[test]
fn a_second_record_of_a_name_is_named() {
    for name in ["model/data.pkl", "model/byteorder", "model/data/0"] {
        let mut zip = parts();
        zip.push(name, b"evil");
        assert!(refused(&zip.to_bytes()).contains("is there twice"), "{name}");
    }
}

#[test]
fn names_are_those_of_an_archive() {
    let names = [
        "model/model.json",
        "model/../data/1",
        "/model/x",
        "model//x",
        "other/data/1",
        "model/CODE/__TORCH__.PY",
        "model/code/evil.py",
        "model/tensors/0",
        "model/data/evil",
        "model/extra/../x",
        "model/extra/",
        "x",
        "",
        "/",
        "model/",
    ];
    for name in names {
        let mut zip = parts();
        zip.push(name, b"");
        refused(&zip.to_bytes());
    }
    for name in ["a b", "gr\u{f6}\u{df}e.txt", "a\\b", "a\u{202e}b", "a/b.json", "\u{3042}"] {
        let mut zip = parts();
        zip.push(&format!("model/extra/{name}"), b"whatever");
        let written = accepted(&zip.to_bytes());
        assert!(!String::from_utf8_lossy(&written).contains("extra/"), "extra files go no further");
    }
    for root in ["", "a\\b", "a\nb", "a\u{7f}"] {
        let mut zip = parts();
        zip.records.iter_mut().for_each(|record| record.name = record.name.replacen("model", root, 1));
        refused(&zip.to_bytes());
    }
    let mut rootless = parts();
    rootless.records.iter_mut().for_each(|record| record.name = record.name.replacen("model/", "", 1));
    refused(&rootless.to_bytes());
}

#[test]
fn local_headers_agree_with_the_directory() {
    let change = |change: &dyn Fn(&mut Record)| {
        let mut zip = parts();
        change(zip.find("code/__torch__.py"));
        zip.to_bytes()
    };
    assert!(
        refused(&change(&|record| record.local_name = Some("model/code/__TORCH__.py".to_owned())))
            .contains("disagrees")
    );
    assert!(refused(&change(&|record| record.local_size = Some(4))).contains("disagrees"));
    assert!(refused(&change(&|record| record.local_size = Some(u32::MAX))).contains("disagrees"));
    assert!(refused(&change(&|record| record.size = 1 << 32)).contains("two sizes"));
    refused(&change(&|record| record.packed = Some(1)));
    refused(&change(&|record| record.packed = Some(u64::from(u32::MAX) - 1)));
    assert!(refused(&change(&|record| record.method = 12)).contains("other than deflate"));
    assert!(refused(&change(&|record| record.flags = 1)).contains("encrypted"));
    assert!(refused(&change(&|record| record.flags = 1 << 13)).contains("encrypted"));
}

#[test]
fn descriptors_agree_with_the_directory() {
    let bytes = Zip { as_torch: true, ..parts() }.to_bytes();
    let descriptor = bytes.windows(4).position(|window| window == b"PK\x07\x08").unwrap();
    for offset in [0, 4, 8, 12] {
        let mut changed = bytes.clone();
        changed[descriptor + offset] ^= 1;
        assert!(refused(&changed).contains("sizes that disagree"), "{offset}");
    }
}

#[test]
fn end_records_agree() {
    let bytes = Zip { as_torch: true, ..parts() }.to_bytes();
    let end = bytes.len() - 22 - 20 - 56;
    for offset in
        [4, 16, 20, 24, 32, 40, 48, 56 + 4, 56 + 8, 56 + 16, 76 + 4, 76 + 6, 76 + 8, 76 + 10, 76 + 12, 76 + 16, 76 + 20]
    {
        let mut changed = bytes.clone();
        changed[end + offset] ^= 1;
        refused(&changed);
    }
}

#[test]
fn damage_is_found_wherever_it_is() {
    for name in ["data/0", "data.pkl", "constants.pkl", "code/__torch__.py", "version", "byteorder"] {
        let mut zip = parts();
        zip.find(name).crc ^= 1;
        assert!(refused(&zip.to_bytes()).contains("check sum"), "{name}");
    }
    let mut zip = parts();
    zip.push("model/extra/notes", b"notes");
    zip.records.last_mut().unwrap().crc ^= 1;
    assert!(refused(&zip.to_bytes()).contains("check sum"));
    let mut zip = parts();
    zip.find("data/0").bytes[5] ^= 0x40;
    assert!(refused(&zip.to_bytes()).contains("check sum"));
}

#[test]
fn deflated_records_are_as_large_as_declared() {
    let changed = |change: &dyn Fn(&mut Record)| {
        let mut zip = parts();
        let mut record = Record::deflated("model/extra/notes", &[7; 100]);
        change(&mut record);
        zip.records.push(record);
        zip.to_bytes()
    };
    assert!(refused(&changed(&|record| record.size -= 1)).contains("does not unpack"));
    assert!(refused(&changed(&|record| record.size += 1)).contains("does not unpack"));
    assert!(refused(&changed(&|record| record.bytes.push(0))).contains("does not unpack"));
    assert!(refused(&changed(&|record| record.bytes.truncate(record.bytes.len() - 1))).contains("does not unpack"));
    assert!(refused(&changed(&|record| record.bytes = vec![0xff; 24])).contains("does not unpack"));
    assert!(refused(&changed(&|record| record.bytes.clear())).contains("does not unpack"));
}

#[test]
fn what_unpacks_to_much_more_is_too_large() {
    let mut zip = parts();
    zip.records.push(Record::deflated("model/extra/zeros", &vec![0; 70 << 20]));
    assert!(refused_as(&zip.to_bytes(), VerdictCode::TooLarge).contains("unpacks from"));
    let mut zip = parts();
    let comment = format!("#{}\n", "x".repeat(17 << 20));
    let code = [zip.find("code/__torch__.py").bytes.clone(), comment.into_bytes()].concat();
    *zip.find("code/__torch__.py") = Record::deflated("model/code/__torch__.py", &code);
    assert!(refused_as(&zip.to_bytes(), VerdictCode::TooLarge).contains("bytes of code"));
    let mut zip = parts();
    zip.replace("data.pkl", &vec![b'N'; 33 << 20]);
    assert!(refused_as(&zip.to_bytes(), VerdictCode::TooLarge).contains("data.pkl"));
    let mut zip = parts();
    zip.replace("version", &[b'0'; 65]);
    refused_as(&zip.to_bytes(), VerdictCode::TooLarge);
}

#[test]
fn there_are_only_so_many_records() {
    let mut zip = Zip { as_torch: true, ..parts() };
    (0..20_000).for_each(|number| zip.push(&format!("model/extra/{number}"), b""));
    assert!(refused_as(&zip.to_bytes(), VerdictCode::TooLarge).contains("records"));
    let none = Zip { before: b"PK\x03\x04".to_vec(), ..Zip::default() };
    assert!(refused(&none.to_bytes()).contains("no records"));
}

#[test]
fn the_parts_must_be_there_once() {
    for name in ["data.pkl", "constants.pkl", "version", "code/__torch__.py"] {
        let mut zip = parts();
        zip.remove(name);
        assert!(refused(&zip.to_bytes()).contains("the archive has no "), "{name}");
    }
    let mut zip = parts();
    zip.push("model/.data/version", b"3\n");
    assert!(refused(&zip.to_bytes()).contains("beside another record"));
}

#[test]
fn versions_and_byte_orders_are_known() {
    for version in
        ["0\n", "11\n", "99\n", "", "\n", "3 ", " 3", "+3", "3\n\n", "0x3", "3.0", "99999999999999999999", "\u{663}"]
    {
        let mut zip = parts();
        zip.replace("version", version.as_bytes());
        assert!(refused(&zip.to_bytes()).contains("the version"), "{version}");
    }
    for version in ["1", "3\n", "10\n"] {
        let mut zip = parts();
        zip.replace("version", version.as_bytes());
        crate::accepted(&zip.to_bytes());
    }
    for order in ["big", "", "little\n"] {
        let mut zip = parts();
        zip.replace("byteorder", order.as_bytes());
        assert!(refused(&zip.to_bytes()).contains("order of bytes"), "{order}");
    }
}

#[test]
fn other_kinds_of_files_are_refused_by_their_name() {
    for (record, words) in [
        ("code/__torch__/torch/classes/quantized.py", "the model is quantised; send the float model"),
        ("code/__torch__/torch/classes/xnnpack.py", "`optimize_for_mobile`"),
        ("code/__torch__/torch/classes/rnn.py", "the model is quantised; send the float model"),
        ("code/__torch__/torch/classes/profiler.py", "remove `record_function`"),
        ("code/__torch__/torch/classes/of_a_library.py", "objects of `torch.classes`"),
    ] {
        let mut zip = parts();
        zip.push(&format!("model/{record}"), b"");
        let message = refused(&zip.to_bytes());
        assert!(message.contains(words), "{message}");
    }
}
