//! What the server keeps of the memory that it needed for a moment.

use crate::program::{Server, wait_until};

/// Resident memory of a process, KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn the_memory_of_logins_goes_back() {
    /// For threads and connections. One hash takes more: 19 MiB.
    const MARGIN: u64 = 16 * 1024;
    let server = Server::without_scorer_with(&[("HOLDOUT_RATES__LOGINS_PER_MINUTE", "100000")]);
    let log_in = |count: usize| {
        let logins: Vec<_> = (0..count)
            .map(|_| {
                let address = format!("{}/api/v1/sessions", server.address);
                std::thread::spawn(move || {
                    let body = serde_json::json!({ "email": "nobody@example.org", "password": "a wrong password" });
                    let request = ureq::post(address).config().http_status_as_error(false).build();
                    request.send_json(body).unwrap().status().as_u16()
                })
            })
            .collect();
        logins.into_iter().for_each(|login| assert_eq!(login.join().unwrap(), 401));
        resident(server.process_id())
    };
    wait_until("the server to answer", || ureq::get(format!("{}/healthz", server.address)).call().is_ok());
    let before = resident(server.process_id());
    let after = log_in(6).max(log_in(60)).max(log_in(60));
    assert!(after < before + MARGIN, "{before} KiB before, {after} KiB after logins");
}
