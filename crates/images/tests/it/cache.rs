//! The cache of prepared files.

use std::fs::File;
use std::time::{Duration, SystemTime};

use holdout_images::{Archive, Names, Preparation, Prepared, PreparedCache};

use crate::support::{Folder, SMALL, go_on, key_of, shades, tar};

/// Bytes of a prepared file of three images.
const FILE: u64 = 4096 + 3 * 48 + 4 * 4;

struct Cache {
    folder: Folder,
    archive: Archive,
    cache: PreparedCache,
}

impl Cache {
    fn new(max_bytes: u64) -> Self {
        let folder = Folder::new();
        let archive = folder.archive(&tar(&shades(3)));
        let cache = PreparedCache::new(folder.path("cache"), max_bytes);
        Self { folder, archive, cache }
    }

    fn prepare(&self, number: u8) -> Prepared {
        let preparation =
            Preparation { key: key_of(number), archive: &self.archive, names: &Names::Numbered(3), transform: SMALL };
        self.cache.open_or_prepare(&preparation, go_on).unwrap()
    }

    /// Puts the last use of a file into the past.
    fn age(&self, number: u8, seconds: u64) {
        let path = self.folder.path(&format!("cache/{}.pixels", key_of(number)));
        let used = SystemTime::now() - Duration::from_secs(seconds);
        File::open(path).unwrap().set_modified(used).unwrap();
    }

    fn kept(&self) -> Vec<u8> {
        let is_there = |number: &u8| self.folder.path(&format!("cache/{}.pixels", key_of(*number))).exists();
        (0..20).filter(is_there).collect()
    }
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let cache = Cache::new(3 * FILE);
    for number in [1, 2, 3] {
        drop(cache.prepare(number));
        cache.age(number, 100 - u64::from(number));
    }
    assert_eq!(cache.kept(), [1, 2, 3]);
    // A use makes it young again.
    drop(cache.cache.open(key_of(1)).unwrap());
    drop(cache.prepare(4));
    assert_eq!(cache.kept(), [1, 3, 4]);
    assert!(cache.cache.open(key_of(2)).is_none());
}

#[test]
fn what_is_in_use_stays() {
    let cache = Cache::new(2 * FILE);
    let first = cache.prepare(1);
    cache.age(1, 100);
    drop(cache.prepare(2));
    drop(cache.prepare(3));
    assert_eq!(cache.kept(), [1, 3]);
    let third = cache.cache.open(key_of(3)).unwrap();
    // Nothing can go: there is more than there should be.
    let fourth = cache.prepare(4);
    assert_eq!(cache.kept(), [1, 3, 4]);
    drop((first, third, fourth));
    drop(cache.prepare(5));
    assert_eq!(cache.kept().len(), 2);
}

#[test]
fn a_file_that_is_too_large_is_kept_alone() {
    let cache = Cache::new(10);
    drop(cache.prepare(1));
    assert_eq!(cache.kept(), [1]);
    drop(cache.prepare(1));
    drop(cache.prepare(2));
    assert_eq!(cache.kept(), [2]);
}

#[test]
fn unfinished_files_go_unless_somebody_is_at_work_on_them() {
    let cache = Cache::new(2 * FILE);
    drop(cache.prepare(1));
    let part = |number: u8| format!("cache/{}.pixels.part", key_of(number));
    let part_of = |number| {
        let path = cache.folder.write(&part(number), &[0; 4096]);
        cache.folder.write(&format!("{}.record", part(number)), b"x");
        File::open(path).unwrap()
    };
    let left_over = part_of(7);
    left_over.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    drop(left_over);
    let at_work = part_of(8);
    at_work.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    at_work.lock().unwrap();
    cache.folder.write("cache/notes", &[0; 100_000]);
    drop(cache.prepare(2));
    let there = |path: &str| cache.folder.path(path).exists();
    assert!(!there(&part(7)) && !there(&format!("{}.record", part(7))));
    assert!(there(&part(8)) && there(&format!("{}.record", part(8))));
    assert!(there("cache/notes"), "it is not the cache's");
}
