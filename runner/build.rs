//! Builds the C++ shim, links the runner against libtorch and tells it where the libraries lie.

use std::path::PathBuf;

const SOURCES: [&str; 5] = [
    "src/torch/attention.cpp",
    "src/torch/blocks.cpp",
    "src/torch/device.cpp",
    "src/torch/errors.cpp",
    "src/torch/shim.cpp",
];
const HEADERS: [&str; 4] = ["src/torch/attention.h", "src/torch/device.h", "src/torch/errors.h", "src/torch/shim.h"];

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    for file in SOURCES.iter().chain(&HEADERS) {
        println!("cargo:rerun-if-changed={file}");
    }
    let Some(libtorch) = std::env::var_os("LIBTORCH").map(PathBuf::from) else {
        println!("cargo:warning=LIBTORCH is not set; `make build` fetches libtorch and sets it");
        return;
    };
    // Clippy links nothing, but cargo runs the build scripts of the workspace once more for it.
    let wrapper = std::env::var_os("RUSTC_WORKSPACE_WRAPPER").map(PathBuf::from);
    if wrapper.is_some_and(|wrapper| wrapper.ends_with("clippy-driver")) {
        return;
    }
    let include = libtorch.join("include");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        // Always: the headers' inline functions run at each call, and without it they draw in
        // symbols that are not exported.
        .opt_level(2)
        // libtorch's parallel loops are OpenMP's.
        .flag("-fopenmp")
        .warnings(true)
        .extra_warnings(true)
        // The headers of others, without their warnings.
        .flag("-isystem")
        .flag(&include)
        .flag("-isystem")
        .flag(include.join("torch/csrc/api/include"))
        .files(SOURCES)
        .compile("holdout_shim");
    // Beside the program first, so that a folder with both can be carried to another machine.
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/libtorch/lib:{}", libtorch.join("lib").display());
}
