//! The pickles and the code of a TorchScript archive: the first byte of an input says which of them
//! the rest replaces.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: holdout_fuzz::seed("torchscript_parts", holdout_fuzz::models::parts()), |bytes: &[u8]| {
    if let Some((which, content)) = bytes.split_first() {
        holdout_fuzz::models::repack_twice(&holdout_fuzz::models::with_part(*which, content));
    }
});
