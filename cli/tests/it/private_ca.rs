//! Servers with certificates of an authority that only their institution knows.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::program::program;

/// Ends the server with the test.
struct Running(Child);

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

/// An HTTPS server at `https://localhost:PORT`, with a certificate by `ca.pem` of the folder.
fn serve(folder: &Path) -> (Running, u16) {
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
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Command::new("openssl")
        .args(["s_server", "-quiet", "-www", "-cert", "own.pem", "-key", "own.key", "-accept", &port.to_string()])
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

#[test]
fn a_private_authority_is_trusted_once_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, port) = serve(folder.path());
    let server = format!("https://localhost:{port}");
    let ask = |ca: Option<&Path>| {
        let mut command = program();
        command.env("HOME", folder.path()).args(["season", "list", "--server", &server]);
        if let Some(ca) = ca {
            command.env("SSL_CERT_FILE", ca);
        }
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let refused = ask(None);
    assert!(refused.contains("certificate") && refused.contains("SSL_CERT_FILE"), "{refused}");
    // The page of OpenSSL's server was read: it is no server of ours, but it was trusted.
    let trusted = ask(Some(&folder.path().join("ca.pem")));
    assert!(trusted.contains("does not answer like a holdout server"), "{trusted}");
}
