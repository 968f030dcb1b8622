//! Clients of tus that others wrote, over lines that break. That in JavaScript is tested with the pages.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use holdout::upload::digest_of;

use crate::program::Server;
use crate::proxy::{Break, proxy};

fn tuspy() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/tuspy");
    let output = Command::new(script).output().unwrap();
    assert!(output.status.success(), "tuspy cannot be installed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn tuspy_uploads_over_lines_that_break() {
    let packages = tuspy();
    let server = Server::without_scorer();
    let token = std::fs::read_to_string(server.data().join("organizer-token")).unwrap().trim().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.bin");
    let (address, weather) = proxy(&server.address);
    // Whole files in one request, and chunks; with a checksum each.
    for (way, cut_after, size, chunk) in [
        (Break::Fin, 100_000, 2_000_000, 4_000_000),
        (Break::Reset, 100_000, 2_000_000, 4_000_000),
        (Break::Silent, 100_000, 2_000_000, 4_000_000),
        (Break::Silent, 10_000, 150_000, 50_000),
        (Break::Reset, 1_000_000, 9_000_000, 2_000_000),
    ] {
        let content: Vec<u8> = (0..size).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
        std::fs::write(&file, &content).unwrap();
        *weather.way.lock().unwrap() = way;
        weather.cuts.store(0, Ordering::SeqCst);
        weather.cut_after.store(cut_after, Ordering::SeqCst);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/tuspy_upload.py");
        let mut command = Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()));
        command.env("PYTHONPATH", &packages).arg(script).args([&address, &token]).arg(&file).arg(chunk.to_string());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{way:?} {cut_after}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(weather.cuts.load(Ordering::SeqCst) >= 2, "{weather:?}");
        weather.cut_after.store(0, Ordering::SeqCst);
        let url = String::from_utf8(output.stdout).unwrap();
        let request = ureq::head(url.trim()).header("authorization", format!("Bearer {token}"));
        let answer = request.header("tus-resumable", "1.0.0").call().unwrap();
        let receipt = answer.headers().get("upload-sha256").unwrap().to_str().unwrap();
        assert_eq!(receipt, digest_of(&content).to_string(), "{way:?} {cut_after}");
    }
}
