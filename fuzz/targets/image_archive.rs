//! Archives of images: tar, tar.gz and zip.
#![no_main]

use std::ops::ControlFlow;
use std::sync::LazyLock;

use holdout_images::{Archive, Names, Transform, check};
use libfuzzer_sys::fuzz_target;

static FILE: LazyLock<holdout_fuzz::MemoryFile> = LazyLock::new(|| holdout_fuzz::MemoryFile::new("archive"));

fuzz_target!(init: holdout_fuzz::seed("image_archive", holdout_fuzz::pictures::archives()), |bytes: &[u8]| {
    if let Ok(archive) = Archive::open(FILE.with(bytes)) {
        // Images that are missing or damaged are told of, and end nothing.
        drop(check(&archive, &Names::Numbered(3), Transform { resize: None, crop: 4 }, |_, _| ControlFlow::Continue(())));
    }
});
