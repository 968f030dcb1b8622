//! A release embeds the pages from `frontend/build`: when they are built again, so is this crate.

use std::path::Path;

const MANIFEST: &str = "../frontend/build/manifest.json";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    // A file that is not there counts as changed at every build.
    if Path::new(MANIFEST).exists() {
        println!("cargo:rerun-if-changed={MANIFEST}");
    } else {
        println!("cargo:rerun-if-changed=../frontend");
    }
}
