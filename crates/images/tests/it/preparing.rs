//! Preparing: interrupted, killed, by two at once.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use holdout_images::{Archive, Names, OpenError, Preparation, PrepareError, Prepared, Transform, key, prepare};

use crate::support::{Folder, SMALL, go_on, gzip, key_of, shades, tar};

const COUNT: u8 = 60;

fn preparation<'a>(archive: &'a Archive, names: &'a Names) -> Preparation<'a> {
    Preparation { key: key_of(1), archive, names, transform: SMALL }
}

fn stop_after(images: u64) -> impl FnMut(u64, u64) -> ControlFlow<()> {
    move |done, _| if done < images { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn assert_right(prepared: &Prepared, images: u8) {
    assert_eq!((prepared.len(), prepared.side(), prepared.image_bytes()), (images.into(), 4, 48));
    let mut pixels = vec![0; usize::from(images) * 48];
    prepared.read_into(&(0..images.into()).collect::<Vec<_>>(), &mut pixels).unwrap();
    assert_eq!(pixels, (0..images).flat_map(|shade| [shade; 48]).collect::<Vec<u8>>());
}

fn flip(path: &Path, at: u64) {
    let mut file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
}

#[test]
fn the_order_is_that_of_the_names() {
    let folder = Folder::new();
    let archive = folder.archive(&tar(&shades(3)));
    let names = Names::Listed(["a02.png", "a00", "a01"].map(str::to_owned).to_vec());
    let prepared = prepare(&preparation(&archive, &names), &folder.path("x"), go_on).unwrap();
    let mut pixels = vec![9; 3 * 48];
    prepared.read_into(&[0, 1, 2], &mut pixels).unwrap();
    assert_eq!(pixels, [[2; 48], [0; 48], [1; 48]].concat());
}

#[test]
fn what_was_done_before_an_interruption_is_not_done_again() {
    let tar = tar(&shades(COUNT));
    for archive_bytes in [tar.clone(), gzip(&tar)] {
        let folder = Folder::new();
        let archive = folder.archive(&archive_bytes);
        let (names, target) = (Names::Numbered(COUNT.into()), folder.path("x.pixels"));
        let preparation = preparation(&archive, &names);
        let stopped = prepare(&preparation, &target, stop_after(20));
        assert!(matches!(stopped, Err(PrepareError::Interrupted)));
        assert_eq!(folder.names(), ["archive", "x.pixels.part", "x.pixels.part.record"]);
        let done = entries(&folder.path("x.pixels.part.record"));
        assert!(done.len() >= 20, "{done:?}");
        if archive_bytes == tar {
            // Anyone who reads these images again finds that they are damaged.
            done.iter().for_each(|index| flip(&folder.path("archive"), 1024 * u64::from(*index) + 512));
        }
        let mut told = Vec::new();
        let prepared = prepare(&preparation, &target, |done, total| {
            told.push((done, total));
            ControlFlow::Continue(())
        });
        assert_right(&prepared.unwrap(), COUNT);
        assert!(told.is_sorted() && told.last() == Some(&(COUNT.into(), COUNT.into())), "{told:?}");
        assert_eq!(folder.names(), ["archive", "x.pixels"]);
    }
}

/// The images that a record names.
fn entries(record: &Path) -> Vec<u32> {
    let bytes = fs::read(record).unwrap();
    bytes[16..].as_chunks::<12>().0.iter().map(|entry| u32::from_le_bytes(entry[..4].try_into().unwrap())).collect()
}

/// Returns how many images a call finds done if it reads at most this many entries of the record.
fn found_done(preparation: &Preparation<'_>, target: &Path, entries: usize) -> usize {
    let mut told = Vec::new();
    let stopped = prepare(preparation, target, |done, _| {
        told.push(done);
        if told.len() < entries { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(matches!(stopped, Err(PrepareError::Interrupted)));
    usize::try_from(*told.last().unwrap()).unwrap()
}

#[test]
fn a_damaged_record_or_image_is_not_believed() {
    let folder = Folder::new();
    let archive = folder.archive(&tar(&shades(COUNT)));
    let (names, target) = (Names::Numbered(COUNT.into()), folder.path("x"));
    let preparation = preparation(&archive, &names);
    let (part, record) = (folder.path("x.part"), folder.path("x.part.record"));
    prepare(&preparation, &target, stop_after(20)).unwrap_err();
    let saved = [fs::read(&part).unwrap(), fs::read(&record).unwrap()];
    let indices = entries(&record);
    let count = indices.len();
    assert!(count >= 20, "{count}");
    let restore = || {
        fs::write(&part, &saved[0]).unwrap();
        fs::write(&record, &saved[1]).unwrap();
    };
    restore();
    assert_eq!(found_done(&preparation, &target, count), count);
    // An image that did not reach the disk.
    restore();
    flip(&part, 4096 + 48 * u64::from(indices[7]) + 5);
    assert_eq!(found_done(&preparation, &target, count), count - 1);
    // An entry that was cut off, as by a full disk.
    restore();
    fs::write(&record, &saved[1][..saved[1].len() - 1]).unwrap();
    assert_eq!(found_done(&preparation, &target, count - 1), count - 1);
    for damage in [&b""[..], b"something else"] {
        restore();
        fs::write(&record, damage).unwrap();
        assert_right(&prepare(&preparation, &target, go_on).unwrap(), COUNT);
        fs::remove_file(&target).unwrap();
    }
    // A file that was cut off, with a whole record.
    restore();
    File::options().write(true).open(&part).unwrap().set_len(4096 + 100).unwrap();
    assert_right(&prepare(&preparation, &target, go_on).unwrap(), COUNT);
}

#[test]
fn a_finished_file_is_only_opened() {
    let folder = Folder::new();
    let archive = folder.archive(&tar(&shades(3)));
    let names = Names::Numbered(3);
    let target = folder.path("x");
    drop(prepare(&preparation(&archive, &names), &target, go_on).unwrap());
    let never = |_, _| panic!("there is nothing to do");
    assert_right(&prepare(&preparation(&archive, &names), &target, never).unwrap(), 3);
    assert!(matches!(Prepared::open(&target, key_of(2)), Err(OpenError::Unusable(_))));
    // Of another key, or damaged: made again.
    let other = Preparation { key: key_of(2), ..preparation(&archive, &names) };
    assert_right(&prepare(&other, &target, go_on).unwrap(), 3);
    flip(&target, 20);
    assert_right(&prepare(&other, &target, go_on).unwrap(), 3);
}

#[test]
fn images_that_cannot_be_used_are_named_and_nothing_is_left() {
    let folder = Folder::new();
    let mut files = shades(COUNT);
    files[7].1 = b"no image".to_vec();
    let archive = folder.archive(&tar(&files));
    for (names, message) in [
        (Names::Numbered(COUNT.into()), "`a07.png`: the file is neither JPEG nor PNG; JPEG and PNG are read"),
        (Names::Numbered(3), "the labels are for 3 images, the archive has 60"),
    ] {
        let error = prepare(&preparation(&archive, &names), &folder.path("x"), go_on).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(folder.names(), ["archive"]);
    }
    let files = (0..100).map(|number| (format!("{number:02}.png"), b"no image".to_vec())).collect();
    let archive = folder.archive(&tar(&files));
    let error = prepare(&preparation(&archive, &Names::Numbered(100)), &folder.path("x"), go_on).unwrap_err();
    let PrepareError::Images(problems) = error else { panic!("{error}") };
    assert_eq!(problems.first.len(), 20);
}

#[test]
fn an_archive_that_changes_while_it_is_read_is_noticed() {
    let folder = Folder::new();
    let whole = gzip(&tar(&shades(COUNT)));
    let archive = folder.archive(&whole);
    File::options().write(true).open(folder.path("archive")).unwrap().set_len(600).unwrap();
    let names = Names::Numbered(COUNT.into());
    let error = prepare(&preparation(&archive, &names), &folder.path("x"), go_on).unwrap_err();
    assert!(matches!(error, PrepareError::Archive(_)), "{error}");
    fs::write(folder.path("archive"), gzip(&tar(&shades(2)))).unwrap();
    let error = prepare(&preparation(&archive, &names), &folder.path("x"), go_on).unwrap_err();
    assert!(error.to_string().contains("changed"), "{error}");
}

#[test]
fn two_at_once_make_it_once() {
    let folder = Folder::new();
    let archive = folder.archive(&tar(&shades(COUNT)));
    let names = Names::Numbered(COUNT.into());
    let target = folder.path("x");
    let made = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // Locks are between open files: threads exclude each other as processes do.
                let mut last = 0;
                let prepared = prepare(&preparation(&archive, &names), &target, |done, _| {
                    made.fetch_add(done.saturating_sub(last), Ordering::SeqCst);
                    last = done;
                    ControlFlow::Continue(())
                });
                assert_right(&prepared.unwrap(), COUNT);
            });
        }
    });
    assert_eq!(made.load(Ordering::SeqCst), u64::from(COUNT));
    assert_eq!(folder.names(), ["archive", "x"]);
}

#[test]
fn who_waits_for_another_can_be_interrupted() {
    let folder = Folder::new();
    let archive = folder.archive(&tar(&shades(3)));
    let names = Names::Numbered(3);
    let part = File::create(folder.path("x.part")).unwrap();
    part.lock().unwrap();
    let mut calls = 0;
    let waited = prepare(&preparation(&archive, &names), &folder.path("x"), |done, total| {
        assert_eq!((done, total), (0, 3));
        calls += 1;
        if calls < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(matches!(waited, Err(PrepareError::Interrupted)));
    drop(part);
    assert_right(&prepare(&preparation(&archive, &names), &folder.path("x"), go_on).unwrap(), 3);
}

#[test]
fn keys_depend_on_everything() {
    let transform = Transform { resize: Some(256), crop: 224 };
    let keys = [
        key(key_of(1), key_of(2), transform),
        key(key_of(2), key_of(1), transform),
        key(key_of(1), key_of(3), transform),
        key(key_of(1), key_of(2), Transform { resize: None, ..transform }),
        key(key_of(1), key_of(2), Transform { crop: 223, ..transform }),
    ];
    let different: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(different.len(), keys.len());
    // Prepared files are found again by later versions.
    assert_eq!(keys[0].to_string(), "279119de64947ba41a7232b84479b6ede0fda1dae9f7bed1d71161565fbc18dc");
}
