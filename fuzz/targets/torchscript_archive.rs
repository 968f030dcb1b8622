//! TorchScript archives as bytes: the container's reader above all, because checksums stop most
//! changes of what is in it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: holdout_fuzz::seed("torchscript_archive", holdout_fuzz::models::archives()), |bytes: &[u8]| {
    holdout_fuzz::models::repack_twice(bytes);
});
