//! A scorer's workers on a real server.

use std::io::Write;
use std::time::Duration;

use holdout_scorer::RunnerConfig;
use serde_json::json;

use crate::arena::{Arena, files, wrong_top1, wrong_top5};
use crate::models::{forward, honest};
use crate::world::{OwnRunner, config};

const PICTURES: usize = 40;
/// It never gets beyond the pictures of noise that every model answers before it sees an image.
const ENDLESS: &str =
    "    n = 0\n    while torch.gt(n, -1):\n      n = torch.add(n, 1)\n    return torch.add(scores, n)";

/// One label for each picture.
fn predictions() -> Vec<u8> {
    "1\n".repeat(PICTURES).into_bytes()
}

#[test]
fn a_model_is_scored_from_its_submission_on() {
    for named in [true, false] {
        let arena = Arena::start(PICTURES, named);
        let scorer = arena.scorer(Some(config()));
        // The server takes it, because only a scorer reads the code.
        let forbidden = forward("    torch.save(scores, \"/tmp/x\")\n    return scores");
        let sent = [("a", honest()), ("b", forward("    return torch.neg(scores)")), ("c", forbidden)];
        let [first, second, third] = sent.map(|(team, model)| arena.submit(team, "torchscript", &model));
        let scored = arena.end_of(&first);
        assert_eq!(scored["state"], "scored", "{scored}");
        let wrong = (&scored["scores"]["public"]["wrong"], &scored["scores"]["public"]["top1_error"]);
        assert_eq!(wrong.0, &json!(wrong_top5(PICTURES)));
        assert!(
            (wrong.1.as_f64().unwrap() * 40.0 - f64::from(u32::try_from(wrong_top1(PICTURES)).unwrap())).abs() < 1e-9
        );
        let measures = &scored["measures"];
        assert!(measures["wall_seconds"].as_f64().unwrap() > 0.0 && measures["parameters"] == 1920, "{measures}");
        let other = arena.end_of(&second);
        assert!(other["scores"]["public"]["wrong"].as_u64().unwrap() > wrong_top5(PICTURES), "{other}");
        let refused = arena.end_of(&third);
        assert_eq!(
            (&refused["state"], &refused["verdict"]["code"]),
            (&json!("rejected"), &json!("forbidden_operator"))
        );
        assert!(refused["measures"]["wall_seconds"].is_null() && refused["measures"]["device"].is_string());
        scorer.stop();
        // The archive, the labels, three models; the prepared pictures once.
        let kept = files(&arena.cache());
        let prepared = kept.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pixels"));
        assert_eq!((kept.len(), prepared.count()), (6, 1), "{kept:?}");
    }
}

#[test]
fn two_devices_run_two_models_at_once_and_predictions_wait_for_neither() {
    let arena = Arena::start(PICTURES, true);
    let runner = OwnRunner::new();
    let devices = Some(vec!["cpu".to_owned(), "cpu".to_owned()]);
    let scorer = arena.scorer(Some(RunnerConfig { devices, ..runner.config() }));
    let models = ["a", "b"].map(|team| arena.submit(team, "torchscript", &forward(ENDLESS)));
    arena.wait_until("two models run at once", |arena| models.iter().all(|id| arena.state(id) == "running"));
    let file = arena.submit("c", "predictions", &predictions());
    assert_eq!(arena.end_of(&file)["state"], "scored");
    assert!(models.iter().all(|id| arena.state(id) == "running"), "the models are still at it");
    let mut names: Vec<String> = arena.scorers().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["scorer", "scorer (cpu 2)", "scorer (cpu)"]);
    arena
        .wait_until("progress", |arena| models.iter().all(|id| arena.submission(id)["progress"]["stage"] == "loading"));
    let took = scorer.stop();
    assert!(took < Duration::from_secs(10), "models are not finished first: {took:?}");
    assert!(models.iter().all(|id| arena.state(id) == "queued"), "the work is given back");
    runner.assert_gone(Duration::ZERO);
}

#[test]
fn a_model_that_is_withdrawn_is_killed() {
    let arena = Arena::start(PICTURES, true);
    let runner = OwnRunner::new();
    let scorer = arena.scorer(Some(RunnerConfig { warm: false, ..runner.config() }));
    let model = arena.submit("a", "torchscript", &forward(ENDLESS));
    arena.wait_until("a runner", |_| !runner.processes().is_empty());
    arena.wait_until("it computes", |arena| arena.submission(&model)["progress"]["stage"] == "loading");
    arena.cancel(&model);
    // The next heartbeat tells the scorer.
    runner.assert_gone(Duration::from_secs(60));
    assert_eq!(arena.state(&model), "cancelled");
    let next = arena.submit("b", "torchscript", &honest());
    assert_eq!(arena.end_of(&next)["state"], "scored", "the scorer is there for the next one");
    scorer.stop();
}

#[test]
fn a_warm_runner_waits_and_one_that_died_is_replaced() {
    let arena = Arena::start(PICTURES, true);
    let runner = OwnRunner::new();
    let scorer = arena.scorer(Some(runner.config()));
    arena.wait_until("a runner is prepared ahead", |_| runner.processes().len() == 2);
    for team in ["a", "b"] {
        let model = arena.submit(team, "torchscript", &honest());
        assert_eq!(arena.end_of(&model)["state"], "scored");
        arena.wait_until("another runner is prepared", |_| runner.processes().len() == 2);
    }
    for id in runner.processes() {
        rustix::process::kill_process(rustix::process::Pid::from_raw(id).unwrap(), rustix::process::Signal::KILL).ok();
    }
    let model = arena.submit("c", "torchscript", &honest());
    let scored = arena.end_of(&model);
    assert_eq!((&scored["state"], &scored["attempts"]), (&json!("scored"), &json!(1)));
    scorer.stop();
    runner.assert_gone(Duration::ZERO);
}

#[test]
fn without_a_runner_predictions_are_scored() {
    let arena = Arena::start(PICTURES, true);
    for program in ["/nowhere/holdout-runner", "/bin/false", "/bin/true"] {
        let scorer = arena.scorer(Some(RunnerConfig::new(program)));
        let file = arena.submit("a", "predictions", &predictions());
        let model = arena.submit("b", "torchscript", &honest());
        assert_eq!(arena.end_of(&file)["state"], "scored");
        assert_eq!(arena.state(&model), "queued", "nobody takes it");
        scorer.stop();
        arena.cancel(&model);
    }
}

#[test]
fn images_that_cannot_be_used_are_our_fault() {
    let arena = Arena::start(PICTURES, true);
    let first = arena.scorer(Some(config()));
    let model = arena.submit("a", "torchscript", &honest());
    assert_eq!(arena.end_of(&model)["state"], "scored");
    first.stop();
    // A disk that has lost the end of the prepared images: they are made again.
    let is_prepared = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "pixels");
    let prepared = files(&arena.cache()).into_iter().find(is_prepared).unwrap();
    std::fs::File::options().write(true).open(&prepared).unwrap().set_len(5000).unwrap();
    let second = arena.scorer(Some(config()));
    let model = arena.submit("b", "torchscript", &honest());
    let scored = arena.end_of(&model);
    assert_eq!(scored["scores"]["public"]["wrong"], json!(wrong_top5(PICTURES)), "{scored}");
    second.stop();
    // A folder where the prepared images should be: nothing can be prepared.
    std::fs::remove_file(&prepared).unwrap();
    std::fs::create_dir(&prepared).unwrap();
    std::fs::File::create(prepared.join("in the way")).unwrap().write_all(b"x").unwrap();
    let third = arena.scorer(Some(config()));
    let model = arena.submit("c", "torchscript", &honest());
    arena.wait_until("a fault", |arena| arena.submission(&model)["attempts"].as_u64() >= Some(2));
    assert!(matches!(arena.state(&model).as_str(), "queued" | "running" | "stalled"), "never a verdict");
    drop(third);
}
