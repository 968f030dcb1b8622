use holdout_protocol::Sha256;

use super::super::test_set_images::{images_unwanted, is_archive};
use super::*;
use crate::samples;

fn content() -> Content {
    let classes = ClassList::parse(b"1\ta\tA\n2\tb\tB\n").unwrap();
    let set = TestSet::parse_labels(classes, b"image,class\na,1\nb,1\nc,2\nd,2\n").unwrap();
    let canonical = Bytes::from(set.to_canonical());
    Content { set, canonical }
}

fn blob() -> BlobRef {
    BlobRef { sha256: Sha256::from_bytes([5; 32]), size: 5 }
}

/// A new version of a task with this split in place of another one.
fn renewed(split: Option<Split>, replaced: Option<&Replaced>) -> db::test_sets::TestSet {
    let mut task = samples::task(holdout_protocol::SeasonId::new());
    task.settings.split = split;
    version(&task, &content(), blob(), None, replaced).unwrap()
}

#[test]
fn archives_are_known_by_their_first_bytes() {
    let tar = |magic: &[u8]| [&[0; 257], magic, b"\x0000"].concat();
    assert!(is_archive(&tar(b"ustar")) && is_archive(b"PK\x03\x04more") && is_archive(b"\x1f\x8b\x08"));
    let shifted = [&b"x"[..], &tar(b"ustar")].concat();
    for other in [&tar(b"other")[..], &shifted, b"PK\x05\x06", b"\x1f", b"ustar", b""] {
        assert!(!is_archive(other), "{other:?}");
    }
}

#[test]
fn which_images_are_public_depends_on_the_seed_and_on_the_secret_salt() {
    let seeds = [(7, [1; 32]), (8, [1; 32]), (7, [2; 32])].map(|(seed, salt)| salted_seed(seed, &salt));
    assert!(seeds[0] != seeds[1] && seeds[0] != seeds[2] && seeds[1] != seeds[2]);
    assert_eq!(salted_seed(7, &[1; 32]), seeds[0], "and on nothing else");
}

#[test]
fn a_salt_is_stored_as_digits_and_comes_back() {
    let set = db::test_sets::TestSet { salt: "00ff7a".to_owned(), ..samples::test_set() };
    assert_eq!(salt_of(&set), [0, 0xff, 0x7a]);
    let made = renewed(None, None);
    assert_eq!((made.salt.len(), salt_of(&made).len()), (64, 32));
    let salt: [u8; 32] = salt_of(&made).try_into().unwrap();
    assert_eq!(made.commitment, commitment(&salt, &content().canonical));
}

#[test]
fn a_correction_under_the_same_split_keeps_each_image_in_its_part() {
    let split = Split { public: 0.5, seed: Some(7) };
    let text = serde_json::to_string(&split).unwrap();
    let before = Replaced { split: Some(text), public_mask: Some(vec![0b1001]) };
    assert_eq!(renewed(Some(split.clone()), Some(&before)).public_mask, Some(vec![0b1001]));
    let other = Replaced { split: Some("{}".to_owned()), public_mask: Some(vec![0b1111]) };
    let drawn = renewed(Some(split), Some(&other)).public_mask.unwrap();
    assert_eq!(drawn[0].count_ones(), 2, "half of each class, drawn again: {drawn:?}");
    assert_eq!(renewed(None, Some(&other)).public_mask, None);
}

#[test]
fn a_version_counts_classes_and_images_and_has_no_number_yet() {
    let made = renewed(None, None);
    assert_eq!((made.classes, made.images, made.version, made.staged), (2, 4, 0, false));
    assert_eq!((made.blob, made.images_blob), (blob(), None));
}

#[test]
fn a_share_that_leaves_a_part_empty_is_refused() {
    let split = Split { public: 0.0, seed: Some(1) };
    let (reason, message) = samples::refusal(mask(&content().set, Some(&split), &[0; 32]));
    assert_eq!(reason, Some(Reason::SplitUnfit), "{message}");
    assert_eq!(mask(&content().set, None, &[0; 32]).unwrap(), None);
}

#[test]
fn faults_of_a_list_are_told_by_their_lines() {
    let error = ClassList::parse(b"1\ta\tA\nx\tb\tB\n").unwrap_err();
    let told = faults("classes", &error).body().error;
    assert_eq!((told.reason, &told.detail["field"]), (Some(Reason::FaultyLines), &json!("classes")));
    assert_eq!((&told.detail["total"], &told.detail["lines"][0]["line"]), (&json!(1), &json!(2)));
    assert_eq!(told.detail["lines"][0]["value"], "x");
    assert!(told.message.starts_with("`classes`: "), "{}", told.message);
}

#[test]
fn images_for_a_task_without_models_are_refused_with_its_name() {
    let error = images_unwanted(&samples::task(holdout_protocol::SeasonId::new()));
    assert_eq!(samples::field(&error), "images");
    assert!(error.to_string().contains("task `classification` does not accept `torchscript`"), "{error}");
}
