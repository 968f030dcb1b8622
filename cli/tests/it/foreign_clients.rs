//! Clients that others wrote: of tus, over lines that break (that in JavaScript is tested with the pages), and made from the
//! OpenAPI document.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use holdout::upload::digest_of;

use crate::program::{Server, predictions};
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

/// The folder of the programs that read OpenAPI documents.
fn openapi_tools() -> std::path::PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/openapi-tools");
    let output = Command::new(script).output().unwrap();
    assert!(output.status.success(), "the tools cannot be installed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().into()
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let [said, errors] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{said}\n{errors}");
    said
}

#[test]
fn a_generated_client_does_the_course_of_a_team() {
    let tools = openapi_tools();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/openapi.json");
    run(Command::new(tools.join("python")).args(["-m", "openapi_spec_validator"]).arg(&document));
    let folder = tempfile::tempdir().unwrap();
    let client = folder.path().join("team_client");
    let made = run(Command::new(tools.join("openapi-python-client"))
        .args(["generate", "--meta", "none", "--path"])
        .arg(&document)
        .arg("--output-path")
        .arg(&client));
    // Metrics are for Prometheus, which brings its own reader.
    let left_out: Vec<&str> =
        made.lines().filter(|line| line.starts_with("WARNING") && !line.contains("/metrics")).collect();
    assert!(left_out.is_empty(), "{left_out:?}");

    let server = Server::up();
    server.organizer().apply_small();
    let file = folder.path().join("mine.txt");
    std::fs::write(&file, predictions(3)).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/generated_client.py");
    let wrong = run(Command::new(tools.join("python")).arg(script).arg(folder.path()).arg(&server.address).arg(&file));
    assert_eq!(wrong.trim(), "3");
}

#[test]
fn schemathesis_finds_nothing_as_anybody() {
    let tools = openapi_tools();
    let server = Server::without_scorer_with(&[
        ("HOLDOUT_RATES__LOGINS_PER_MINUTE", "100000"),
        ("HOLDOUT_RATES__REGISTRATIONS_PER_MINUTE", "100000"),
        ("HOLDOUT_RATES__SUBMISSIONS_PER_MINUTE", "100000"),
        ("HOLDOUT_RATES__SECRETS_PER_HOUR", "100000"),
    ]);
    let organizer = server.organizer();
    organizer.apply_small();
    let member = server.captain("ann");
    let member = member.json(&["token", "create", "schemathesis"])["secret"].as_str().unwrap().to_owned();
    let organizer = std::fs::read_to_string(server.data().join("organizer-token")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for token in [None, Some(member.trim()), Some(organizer.trim())] {
        let mut command = Command::new(tools.join("schemathesis"));
        command.current_dir(folder.path()).args(["run", &format!("{}/api/v1/openapi.json", server.address)]);
        // Streams do not end; tus has clients of its own; who ends the login ends the test.
        command.args(["--exclude-path-regex", "/events$|/uploads|/sessions|/me/tokens/|/me/password"]);
        // Rules that a schema cannot say, such as what a cursor is, refuse what the schema allows.
        command.args(["--exclude-checks", "positive_data_acceptance", "--phases", "coverage,fuzzing"]);
        command.args(["--max-examples", "3", "--seed", "1", "--request-timeout", "20"]);
        if let Some(token) = token {
            command.arg("--header").arg(format!("Authorization: Bearer {token}"));
        }
        run(&mut command);
    }
}
