//! What a process that keeps running says on standard error, and scorers as processes of their own.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Server, program, runner, wait_until};

/// Read as it comes, so that the process never waits.
#[derive(Debug, Clone, Default)]
pub struct Said(Arc<Mutex<(String, bool)>>);

impl Said {
    /// Of this stream.
    pub fn of(errors: impl Read + Send + 'static) -> Self {
        let said = Self::default();
        let kept = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                kept.0.lock().unwrap().0 += &(line + "\n");
            }
            kept.0.lock().unwrap().1 = true;
        });
        said
    }

    /// All of it so far.
    pub fn text(&self) -> String {
        self.0.lock().unwrap().0.clone()
    }

    /// The address that a server names.
    pub fn address(&self) -> String {
        const BEFORE: &str = "http://127.0.0.1:";
        let mut address = None;
        wait_until("the server to say where it listens", || {
            let (text, over) = self.0.lock().unwrap().clone();
            let place = text.find(BEFORE).map(|start| &text[start..]);
            address = place.and_then(|rest| {
                let digits = rest[BEFORE.len()..].bytes().take_while(u8::is_ascii_digit).count();
                // The line has to be there to its end.
                rest.contains('\n').then(|| rest[..BEFORE.len() + digits].to_owned())
            });
            assert!(address.is_some() || !over, "the server ended: {text}");
            address.is_some()
        });
        address.unwrap()
    }
}

/// A scorer that runs until it is dropped.
pub struct Scorer {
    process: Child,
    said: Said,
}

impl Server {
    /// A scorer of this server, a process of its own that runs models on the CPU.
    pub fn scorer(&self, settings: &[(&str, &str)]) -> Scorer {
        runner();
        let token = std::fs::read_to_string(self.data().join("scorer-token")).unwrap().trim().to_owned();
        let mut command = program();
        command.arg("score").arg("--cache").arg(self.data().join("scorer-cache"));
        command.args(["--device", "cpu", "--threads", "1", "--log-format", "text"]);
        command.env("HOLDOUT_SCORER_TOKEN", token).env("HOLDOUT_SERVER", &self.address).env("HOME", self.data());
        command.envs(settings.iter().copied());
        let mut process = command.spawn().unwrap();
        let said = Said::of(process.stderr.take().unwrap());
        Scorer { process, said }
    }
}

impl Scorer {
    /// Its process.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Returns what it said on standard error so far.
    pub fn said(&self) -> String {
        self.said.text()
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// SIGTERM, after which it ends well.
    pub fn terminate(mut self) {
        let pid = Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success(), "{}", self.said());
    }
}

impl Drop for Scorer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
