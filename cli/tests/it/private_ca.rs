//! Servers with certificates of an authority that only their institution knows.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::program::program;

/// Answers each request with a page at once. (`openssl s_server -www` waits for more when something
/// is posted.)
const NO_SERVER_OF_OURS: &str = r#"
import http.server, ssl, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>a page</html>")
    do_POST = do_GET
server = http.server.ThreadingHTTPServer(("localhost", int(sys.argv[1])), Page)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("own.pem", "own.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"#;

/// Ends the server with the test.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Writes `own.pem` with `own.key`, a certificate for `localhost` by the authority `ca.pem`, into
/// the folder.
fn certify(folder: &Path) {
    let key = ["-newkey", "rsa:2048", "-nodes"];
    openssl(
        folder,
        &[&["req", "-x509"], &key[..], &["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca"]].concat(),
    );
    openssl(
        folder,
        &[&["req"], &key[..], &["-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=localhost"]].concat(),
    );
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    let signing = ["x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(folder, &[&signing[..], &["-out", "own.pem", "-days", "2", "-extfile", "names"]].concat());
}

/// Runs a server written in Python at `localhost`, with a certificate by `ca.pem` of the folder;
/// its port comes before its arguments.
pub fn serve_script(folder: &Path, script: &str, arguments: &[&str]) -> (Running, u16) {
    certify(folder);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Command::new("python3")
        .args(["-c", script, &port.to_string()])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(server);
    let began = std::time::Instant::now();
    while std::net::TcpStream::connect(("localhost", port)).is_err() {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "the server does not listen");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    (running, port)
}

/// Writes the certificate of an authority that signed nothing here, `other.pem`, into the folder.
pub fn certify_other(folder: &Path) {
    openssl(
        folder,
        &["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "other.pem", "-subj", "/CN=other"],
    );
}

/// An HTTPS server at `https://localhost:PORT`, with a certificate by `ca.pem` of the folder.
fn serve(folder: &Path) -> (Running, u16) {
    serve_script(folder, NO_SERVER_OF_OURS, &[])
}

/// Asks a server with these flags, and with this file as `SSL_CERT_FILE`.
fn ask(home: &Path, server: &str, flags: &[&str], system: Option<&Path>) -> String {
    let mut command = program();
    command.env("HOME", home).args(["season", "list", "--server", server]).args(flags);
    if let Some(system) = system {
        command.env("SSL_CERT_FILE", system);
    }
    String::from_utf8(command.output().unwrap().stderr).unwrap()
}

#[test]
fn a_private_authority_is_trusted_once_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, port) = serve(folder.path());
    let server = format!("https://localhost:{port}");
    let ca = folder.path().join("ca.pem");
    let named = ["--ca", ca.to_str().unwrap()];
    let refused = ask(folder.path(), &server, &[], None);
    assert!(refused.contains("certificate") && refused.contains("SSL_CERT_FILE"), "{refused}");
    assert!(refused.contains("--ca"), "{refused}");
    // The page was read: it is no server of ours, but it was trusted.
    for trusted in [ask(folder.path(), &server, &[], Some(&ca)), ask(folder.path(), &server, &named, None)] {
        assert!(trusted.contains("does not answer like a holdout server"), "{trusted}");
    }
    // The certificate is for `localhost`.
    let other = ask(folder.path(), &format!("https://127.0.0.1:{port}"), &named, None);
    assert!(other.contains("127.0.0.1") && other.contains("the address that the certificate names"), "{other}");
}

#[test]
fn a_wrong_authority_is_named() {
    let (folder, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_running, port) = serve(folder.path());
    certify_other(others.path());
    let server = format!("https://localhost:{port}");
    let other = others.path().join("other.pem");
    // Named with the flag, it alone is trusted, even if the system's authorities include the right
    // one.
    let right = folder.path().join("ca.pem");
    let refused = ask(folder.path(), &server, &["--ca", other.to_str().unwrap()], Some(&right));
    assert!(refused.contains("certificate") && refused.contains("other.pem"), "{refused}");
    let gone = ask(folder.path(), &server, &["--ca", "no-such.pem"], None);
    assert!(gone.contains("`--ca`") && gone.contains("no-such.pem"), "{gone}");
    let key = ask(folder.path(), &server, &["--ca", others.path().join("k").to_str().unwrap()], None);
    assert!(key.contains("has no certificate"), "{key}");
}

#[test]
fn a_scorer_trusts_the_authority_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, port) = serve(folder.path());
    let start_with = |set: &dyn Fn(&mut Command)| {
        let mut command = program();
        command.env("HOME", folder.path()).env("HOLDOUT_SCORER_TOKEN", "hs_x").env("HOLDOUT_SCORER__DEVICES", "none");
        command.args(["score", "--server", &format!("https://localhost:{port}")]).current_dir(folder.path());
        set(&mut command);
        let mut running = Running(command.spawn().unwrap());
        let said = std::io::BufReader::new(running.0.stderr.take().unwrap());
        let mut lines = std::io::BufRead::lines(said).map_while(Result::ok);
        lines.find(|line| line.contains("WARN") || line.contains("ERROR")).unwrap_or_default()
    };
    let start = |ca: &str| {
        start_with(&|command| {
            command.args(["--ca", ca]);
        })
    };
    let start_in_environment = |ca: &str| {
        start_with(&|command| {
            command.env("SSL_CERT_FILE", ca);
        })
    };
    let wrong = {
        openssl(
            folder.path(),
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                "k",
                "-out",
                "other.pem",
                "-subj",
                "/CN=other",
            ],
        );
        start("other.pem")
    };
    assert!(wrong.contains("certificate") && wrong.contains("other.pem"), "{wrong}");
    // The connection stands; what answers is no server of ours.
    for right in [start("ca.pem"), start_in_environment("ca.pem")] {
        assert!(!right.is_empty() && !right.contains("certificate"), "{right}");
    }
    let wrong = start_in_environment("other.pem");
    assert!(wrong.contains("certificate") && wrong.contains("SSL_CERT_FILE"), "{wrong}");
}
