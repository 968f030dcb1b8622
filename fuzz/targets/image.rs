//! Images: each is decoded and brought to its size, or refused in a short sentence.
#![no_main]

use holdout_images::{Transform, apply, decode_rgb};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: holdout_fuzz::seed("image", holdout_fuzz::pictures::all()), |bytes: &[u8]| {
    match decode_rgb(bytes) {
        Ok(image) => {
            let values = apply(&image, Transform { resize: Some(8), crop: 8 });
            assert!(values.map_or(true, |values| values.len() == 3 * 8 * 8));
        }
        Err(error) => assert!(error.to_string().len() < 300, "{error}"),
    }
});
