//! Machines that have less memory than a task allows.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use holdout_protocol::{Limits, Progress, VerdictCode};
use holdout_scorer::RunnerConfig;
use holdout_scorer::local::{LocalImages, LocalTask, run_model};

use crate::models::{forward, honest};
use crate::world::{OwnRunner, config, file, run, task};

/// Takes memory and uses it, until something ends it.
fn greedy() -> Vec<u8> {
    forward(
        "    n = 0\n    kept = annotate(List[Tensor], [])\n    while torch.lt(n, 100000):\n      n = torch.add(n, 1)\n      \
         _0 = torch.append(kept, torch.ones([1000, 1000]))\n    return torch.add(scores, torch.mul(torch.len(kept), 0))",
    )
}

/// A task that allows far more than any machine has.
fn generous() -> LocalTask {
    LocalTask { limits: Limits { wall_seconds: 60, memory_bytes: 1 << 40, ..Limits::default() }, ..task() }
}

#[test]
fn a_model_is_stopped_at_what_the_machine_has() {
    let config = RunnerConfig { memory_bytes: Some(300 << 20), ..config() };
    let outcome = run(&config, &greedy(), &generous(), 20);
    let verdict = outcome.verdict.unwrap();
    assert_eq!(verdict.code, VerdictCode::MemoryLimit);
    assert!(verdict.message.contains("300 MiB"), "it names what there was: {}", verdict.message);
    assert_eq!(run(&config, &honest(), &generous(), 20).verdict, None);
}

#[test]
fn the_kernel_ends_runners_first() {
    let runner = OwnRunner::new();
    let mut seen = Vec::new();
    let progress = |_: &Progress| {
        for id in runner.processes() {
            seen.extend(std::fs::read_to_string(format!("/proc/{id}/oom_score_adj")).ok());
        }
        ControlFlow::Continue(())
    };
    run_model(&runner.config(), &file(&honest()), &task(), LocalImages::Sample(20), progress).unwrap();
    // A process that was just started has not yet set it.
    assert!(seen.iter().filter(|text| text.trim() == "1000").count() >= 2, "{seen:?}");
    assert_eq!(std::fs::read_to_string("/proc/self/oom_score_adj").unwrap().trim(), "0");
}

/// A control group with little memory; deleted when dropped.
struct Group(PathBuf);

impl Group {
    /// Makes one, if this machine lets us.
    fn with_memory(bytes: u64) -> Option<Self> {
        let name = format!("holdout-test-{}", std::process::id());
        let first = (Path::new("/sys/fs/cgroup/memory"), "memory.limit_in_bytes");
        let second = (Path::new("/sys/fs/cgroup"), "memory.max");
        for (mount, limit) in [first, second] {
            let group = Self(mount.join(&name));
            let made = std::fs::create_dir(&group.0).is_ok();
            if made && std::fs::write(group.0.join(limit), bytes.to_string()).is_ok() {
                return Some(group);
            }
        }
        None
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        std::fs::remove_dir(&self.0).ok();
    }
}

/// A scorer in a control group smaller than its task's limit, with and without knowing how small.
#[test]
fn a_model_that_fills_its_control_group_is_at_fault_and_not_the_scorer() {
    // A process of its own: this test, started again inside the group.
    const VARIABLE: &str = "HOLDOUT_TEST_IN_GROUP";
    if let Some(memory) = std::env::var_os(VARIABLE) {
        let memory = memory.to_str().unwrap().parse::<u64>().ok().filter(|bytes| *bytes > 0);
        let config = RunnerConfig { memory_bytes: memory, ..config() };
        println!("verdict: {:?}", run(&config, &greedy(), &generous(), 20).verdict.unwrap().code);
        println!("honest: {:?}", run(&config, &honest(), &generous(), 20).verdict);
        return;
    }
    let Some(group) = Group::with_memory(1200 << 20) else {
        println!("no control group can be made here; the limit is tried without one elsewhere");
        return;
    };
    // What it finds out by itself; and far too much, so that the kernel has to end the runner.
    for memory in ["0", "1000000000000"] {
        let mut scorer = Command::new("sh");
        let enter = format!("echo $$ > {}/cgroup.procs && exec \"$0\" \"$@\"", group.0.display());
        scorer.args(["-c", &enter]).arg(std::env::current_exe().unwrap());
        scorer.args(["--exact", "--nocapture"]);
        scorer.arg("memory::a_model_that_fills_its_control_group_is_at_fault_and_not_the_scorer");
        let output = scorer.env(VARIABLE, memory).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("verdict: MemoryLimit") && said.contains("honest: None"), "{memory}: {said}\n{errors}");
    }
}
