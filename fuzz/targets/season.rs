//! The text of a `season.yaml`: interpreted, or refused with a message.
#![no_main]

use std::sync::LazyLock;

use holdout::fuzzing::read_season;
use libfuzzer_sys::fuzz_target;

static FILE: LazyLock<holdout_fuzz::MemoryFile> = LazyLock::new(|| holdout_fuzz::MemoryFile::new("season.yaml"));

const WHOLE: &str = "season: demo-2026
title: \"A season\"
opens: 2026-01-01T00:00:00Z
closes: 2026-12-31T23:59:59Z
draft: false
registration: { mode: code, domains: [example.org, \"*.example.net\"], teams_per_account: 2 }
tasks:
  - task: classification
    title: Classification
    metric: top5_error
    accepts: [predictions, torchscript]
    classes: classes.tsv
    test_set: { labels: labels.csv, images: images.tar }
    input: { resize: 256, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], precision: tf32 }
    split: { public: 0.3, seed: 7 }
    quota: { submissions: 2, per: 1h30m }
    limits: { predictions: 64MiB, model: 2.5GB, wall: 30m, memory: 16GiB }
    finals: 2
entries:
  - { team: Alpha, method: \"7 CNNs\", task: classification, file: a.txt, note: x, links: [https://example.org], baseline: true, submitted_at: 2026-02-01T00:00:00Z }
";

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        WHOLE,
        "season: a\ntitle: b\nopens: 2026-01-01T00:00:00Z\ntasks:\n- {task: a, title: b, metric: top1_error, accepts: [predictions], classes: c, test_set: {labels: l}}\n",
        "a: &x [1, 2]\nb: *x\nc: !!str 1\n? d\n: |\n  text\n--- \n",
        "title: 'it''s'\nopens: 2026-13-01\nquota: {submissions: -1, per: 1h30m}\n",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fuzz_target!(init: holdout_fuzz::seed("season", seeds()), |bytes: &[u8]| {
    if let Err(message) = read_season(FILE.with(bytes)) {
        assert!(!message.is_empty());
    }
});
