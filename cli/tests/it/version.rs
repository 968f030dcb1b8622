//! What the program says of itself.

use crate::program::{Ended, program, runner};

#[test]
fn the_long_version_says_what_can_be_done_here() {
    let short = Ended::of(program().arg("-V").output().unwrap()).done().output;
    assert_eq!(short.trim(), format!("holdout {}", env!("CARGO_PKG_VERSION")));
    let runner = runner();
    let with = Ended::of(program().arg("--version").env("HOLDOUT_RUNNER", &runner).output().unwrap()).done().output;
    assert!(with.starts_with(short.trim()), "{with}");
    for line in ["commit ", "prediction files", "models ", "pages of `serve`", "holdout-runner 0."] {
        assert!(with.contains(line), "{line}: {with}");
    }
    let without = program().args(["--version"]).env("HOLDOUT_RUNNER", "/nowhere/runner").output().unwrap();
    let without = Ended::of(without).done().output;
    assert!(without.contains("HOLDOUT_RUNNER is `/nowhere/runner`"), "{without}");
    let odd = program().args(["--version"]).env("HOLDOUT_RUNNER", "/bin/false").output().unwrap();
    assert!(Ended::of(odd).done().output.contains("does not start"), "no word of the runner");
}
