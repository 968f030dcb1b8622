//! Links the runner against libtorch and tells it where the libraries lie.

use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let Some(libtorch) = std::env::var_os("LIBTORCH").map(PathBuf::from) else {
        println!("cargo:warning=LIBTORCH is not set; `make build` fetches libtorch and sets it");
        return;
    };
    // Beside the program first, so that a folder with both can be carried to another machine.
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/libtorch/lib:{}", libtorch.join("lib").display());
}
