//! Records the commit that a release is built from. A development build does not, because it would
//! be built again after each commit.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=HOLDOUT_COMMIT");
    if std::env::var("PROFILE").as_deref() != Ok("release") || std::env::var_os("HOLDOUT_COMMIT").is_some() {
        return;
    }
    // Outside a checkout there is none: an archive of the sources, or a machine without Git.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
    if let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) {
        println!("cargo:rustc-env=HOLDOUT_COMMIT={commit}");
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
