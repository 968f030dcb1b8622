//! What the server keeps of the memory that it needed for a moment.

use crate::program::{Server, wait_until};

/// Resident memory of a process, KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn logins_leave_the_memory_of_a_few_hashes_however_many_there_are() {
    /// A hash takes 19 MiB, and at most four are computed at once.
    const FOUR_HASHES: u64 = 4 * 19 * 1024;
    const MARGIN: u64 = 32 * 1024;
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
    let after_six = log_in(6);
    assert!(after_six < before + FOUR_HASHES + MARGIN, "{before} KiB, after six logins {after_six} KiB");
    let after_many = log_in(60).max(log_in(60));
    assert!(after_many < before + FOUR_HASHES + MARGIN, "{before} KiB, after many logins {after_many} KiB");
}
