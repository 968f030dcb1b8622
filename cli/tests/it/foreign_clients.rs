//! Clients that others wrote: of tus, over lines that break (that in JavaScript is tested with the
//! pages), and made from the OpenAPI document.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use holdout::digest_of;

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

/// A program that the pages are built with.
fn of_the_pages(name: &str) -> Command {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend/node_modules");
    let program = modules.join(".bin").join(name);
    assert!(program.is_file(), "there is no `{}`: run `make pages`", program.display());
    Command::new(program)
}

#[test]
fn a_generated_typescript_client_does_the_course_of_a_team() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().unwrap();
    let here = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink(root.join("frontend/node_modules"), here("node_modules")).unwrap();
    std::fs::write(here("package.json"), r#"{ "type": "module" }"#).unwrap();
    std::fs::copy(root.join("cli/tests/foreign/generated_client.ts"), here("generated_client.ts")).unwrap();
    let document = root.join("server/openapi.json");
    run(of_the_pages("openapi-typescript")
        .arg(document)
        .arg("--output")
        .arg(here("schema.d.ts"))
        .args(["--default-non-nullable", "false"]));
    run(of_the_pages("tsc").current_dir(folder.path()).args([
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--types",
        "node",
        "--skipLibCheck",
        "generated_client.ts",
    ]));

    let server = Server::up();
    server.organizer().apply_small();
    std::fs::write(here("mine.txt"), predictions(3)).unwrap();
    let mut client = Command::new("node");
    client.current_dir(folder.path()).args(["generated_client.js", &server.address, "mine.txt"]);
    assert_eq!(run(&mut client).trim(), "3");
}

/// Tries every operation as one caller in every phase with every check. Each caller has a server of
/// its own, because an organizer changes what the others would find.
fn try_as(caller: &str) {
    let tools = openapi_tools();
    let limits = [
        "HOLDOUT_RATES__LOGINS_PER_MINUTE",
        "HOLDOUT_RATES__REGISTRATIONS_PER_MINUTE",
        "HOLDOUT_RATES__SUBMISSIONS_PER_MINUTE",
        "HOLDOUT_RATES__UPLOADS_PER_MINUTE",
        "HOLDOUT_RATES__REFUSALS_PER_HOUR",
        "HOLDOUT_RATES__EDITS_PER_HOUR",
        "HOLDOUT_RATES__SECRETS_PER_HOUR",
    ];
    let server = Server::without_scorer_with(&limits.map(|name| (name, "1000000")));
    server.organizer().apply_small();
    let token = match caller {
        "member" => {
            let member = server.captain("ann");
            Some(member.json(&["token", "create", "schemathesis"])["secret"].as_str().unwrap().to_owned())
        }
        "organizer" => Some(std::fs::read_to_string(server.data().join("organizer-token")).unwrap()),
        _ => None,
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/schemathesis.toml");
    let examples = std::env::var("HOLDOUT_TEST_EXAMPLES").unwrap_or_else(|_| "2".to_owned());
    let mut command = Command::new(tools.join("schemathesis"));
    command.current_dir(folder.path()).arg("--config-file").arg(settings);
    command.args(["run", &format!("{}/api/v1/openapi.json", server.address)]);
    command.args([
        "--max-examples",
        &examples,
        "--request-timeout",
        "20",
        "--continue-on-failure",
        "--warnings",
        "off",
    ]);
    // Streams of events do not end.
    command.args(["--exclude-path-regex", "/events$"]);
    // Whoever ends the login, or deletes the token, ends the test: everything after it would be
    // refused.
    command.args(["--exclude-operation-id", "delete_session", "--exclude-operation-id", "delete_api_token"]);
    if examples == "2" {
        // The same requests each time. With more examples, each run tries others.
        command.args(["--seed", "1"]);
    }
    if let Some(token) = token {
        command.arg("--header").arg(format!("Authorization: Bearer {}", token.trim()));
    }
    run(&mut command);
}

#[test]
fn schemathesis_finds_nothing_as_anybody() {
    try_as("anybody");
}

#[test]
fn schemathesis_finds_nothing_as_a_member() {
    try_as("member");
}

#[test]
fn schemathesis_finds_nothing_as_an_organizer() {
    try_as("organizer");
}
