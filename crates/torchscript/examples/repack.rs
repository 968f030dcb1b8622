//! Measures how long the check of a model takes, from its first byte to the archive that is
//! written.
//!
//! `repack MODEL [OUT [REPEATS]]`: into the file OUT (one without a name), so many times (1).
//! Prints a line for people on standard error and one of JSON on standard output.

use std::error::Error;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::time::Instant;

use holdout_torchscript::{OperatorCheck, repack};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let Some(model) = arguments.next() else {
        return Err("usage: repack MODEL [OUT [REPEATS]]".into());
    };
    let mut out = match arguments.next() {
        Some(path) => File::create(path)?,
        None => tempfile::tempfile()?,
    };
    let repeats: usize = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let model = File::open(model)?;
    let mut times = Vec::new();
    let mut repacked = None;
    for _ in 0..repeats.max(1) {
        out.seek(SeekFrom::Start(0))?;
        let begin = Instant::now();
        repacked = Some(repack(&model, &mut out, OperatorCheck::Enforced)?);
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let (Some(repacked), Some(median)) = (repacked, times.get(times.len() / 2)) else { return Ok(()) };
    let seconds = median.as_secs_f64();
    let rate = f64::from(u32::try_from(repacked.bytes >> 20)?) / seconds;
    eprintln!("{} bytes checked and written in {seconds:.4} s ({rate:.0} MiB/s)", repacked.bytes);
    println!(
        "{{\"name\":\"holdout\",\"bytes\":{},\"storages\":{},\"seconds\":{seconds:.6}}}",
        repacked.bytes, repacked.storages
    );
    Ok(())
}
