//! How fast images are prepared: `prepare ARCHIVE RESIZE CROP` (0: not resized) prints what a
//! picture takes on one core on standard error, and a line of JSON with the seconds on all cores.
#![expect(clippy::unwrap_used, reason = "a program of developers")]

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use holdout_images::{Archive, Names, Preparation, Transform, apply, decode_rgb, key, prepare};
use holdout_protocol::Sha256;

/// So many images show what the parts take.
const SAMPLE: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, resize, crop] = arguments.as_slice() else {
        eprintln!("prepare ARCHIVE RESIZE CROP");
        std::process::exit(2)
    };
    let resize = Some(resize.parse().unwrap()).filter(|resize| *resize != 0);
    let transform = Transform { resize, crop: crop.parse().unwrap() };
    let folder = tempfile::tempdir().unwrap();
    if Path::new(path).is_dir() {
        parts(Path::new(path), transform);
    }
    whole(Path::new(path), transform, &folder.path().join("prepared"));
}

fn whole(path: &Path, transform: Transform, target: &Path) {
    let begin = Instant::now();
    let archive = Archive::open(path).unwrap();
    let names = Names::Numbered(archive.len());
    let digest = Sha256::from_bytes([0; 32]);
    let key = key(digest, digest, transform);
    let preparation = Preparation { key, archive: &archive, names: &names, transform };
    prepare(&preparation, target, |_, _| ControlFlow::Continue(())).unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    let images = f64::from(u32::try_from(archive.len()).unwrap());
    println!(r#"{{"images":{images},"seconds":{seconds:.4},"images_per_second":{:.1}}}"#, images / seconds);
}

fn parts(folder: &Path, transform: Transform) {
    let (mut decoding, mut resampling, mut images) = (Duration::ZERO, Duration::ZERO, 0);
    for entry in std::fs::read_dir(folder).unwrap().take(SAMPLE) {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        decoding += fastest(|| decode_rgb(&bytes).unwrap());
        let image = decode_rgb(&bytes).unwrap();
        resampling += fastest(|| apply(&image, transform).unwrap());
        images += 1;
    }
    eprintln!("decoding {:?}, resampling {:?} an image on one core", decoding / images, resampling / images);
}

/// The least time of several: others use the machine, too.
fn fastest<T>(work: impl Fn() -> T) -> Duration {
    let time = |_| {
        let begin = Instant::now();
        std::hint::black_box(work());
        begin.elapsed()
    };
    (0..7).map(time).min().unwrap()
}
