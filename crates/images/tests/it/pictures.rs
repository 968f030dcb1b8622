//! Pixels are those of Pillow. `tests/pillow/make_pictures.py` drew the pictures and recorded what
//! Pillow 13 makes of them.

use holdout_images::{Rgb, Transform, apply, decode_rgb};

use crate::support::{digest, picture};

#[test]
fn every_form_has_the_pixels_of_pillow() {
    let table = String::from_utf8(picture("digests.tsv")).unwrap();
    let mut differing = Vec::new();
    for line in table.lines() {
        let [name, width, height, pixels, resized, cropped] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let image = decode_rgb(&picture(name)).unwrap();
        assert_eq!(
            (image.width().to_string().as_str(), image.height().to_string().as_str()),
            (width, height),
            "{name}"
        );
        let planes = |transform| digest(&apply(&image, transform).unwrap()).to_string();
        let found = [
            digest(image.pixels()).to_string(),
            planes(Transform { resize: Some(24), crop: 20 }),
            planes(Transform { resize: None, crop: 16 }),
        ];
        if found != [pixels, resized, cropped] {
            differing.push(name);
        }
    }
    assert!(differing.is_empty(), "{differing:?}");
    assert_eq!(table.lines().count(), 49);
}

/// The digests are those of `transformed(Image.fromarray(a), resize, crop)` of
/// `tests/pillow/compare.py`, as planes, with `a` being `numpy.arange(height * width * 3) * 7919 %
/// 251` as `uint8` of the shape `(height, width, 3)`.
#[test]
fn resizing_is_that_of_pillow() {
    for (width, height, resize, crop, expected) in [
        (500, 375, Some(256), 224, "14ddfefdbfa940aca2bdcef275eaaaeb4f631608ed01849b0da08ede11187608"),
        (375, 500, Some(256), 224, "8b2908082ff57475f7fb4e25870f8cc0f930cd2e6be89c9e82d61651343c6cfe"),
        (100, 90, Some(256), 224, "0ac86b4cd0c29ae3bf2a651cca06963a108a89f3affc50c1cd058218f80352cd"),
        (256, 700, Some(256), 224, "22463de10b8efdf508cba9b4baf7417bc542986b258cf0293af29b8925362b18"),
        (64, 1000, Some(17), 17, "6f118504dca9c3069667483119ee3281f6f517a6c4c5b3d4874b2302661d2e7c"),
        (1000, 64, Some(17), 17, "caef9287d38c17bf2271921e182291924aa1ffac7fa45bae399178b1a4c384cf"),
        (3, 1000, Some(1), 1, "8ceac7a5f685280290bba94dca146fee1736925043bbd215ec52851cf806c53b"),
        (301, 302, None, 224, "ffc397ab024d06782621889351dc8c6e3052ba2d804b77564431d305aeb987a9"),
    ] {
        let bytes = (0..width * height * 3_u32).map(|at| u8::try_from(u64::from(at) * 7919 % 251).unwrap());
        let image = Rgb::new(width, height, bytes.collect()).unwrap();
        let planes = apply(&image, Transform { resize, crop }).unwrap();
        assert_eq!(digest(&planes).to_string(), expected, "{width} × {height}, {resize:?}");
    }
}
