//! `check` of a model: whether the task takes it, and the check of its file. Where a runner is at
//! hand, it is run too.

use std::fs::File;
use std::path::Path;

use holdout_evaluation::{FileKind, recognise_file};
use holdout_protocol::{InputTransform, SubmissionKind, TaskSettings, format_bytes};

use super::check::{CheckArguments, Finding, Source, source, task_of};
use super::context::Context;
use crate::failure::Failure;
use crate::local_check::{Checked, SMALLER_MODEL, check_archive};
use crate::season::read_folder;
use crate::show::submission::kind_words;

#[cfg(feature = "host")]
pub(super) use super::run_model::check;

/// What a model is.
pub(super) const KIND: SubmissionKind = SubmissionKind::Torchscript;

#[cfg(not(feature = "host"))]
pub(super) fn check(context: &Context, arguments: &CheckArguments) -> Result<Finding, Failure> {
    without_running(context, arguments, "this program was built without the part that runs models, which needs Linux")
}

/// Checks the file alone; `why` says why it is not run.
pub(super) fn without_running(context: &Context, arguments: &CheckArguments, why: &str) -> Result<Finding, Failure> {
    let file = &arguments.file;
    let (name, settings) = match source(arguments)? {
        Source::Here(task_file, task) => {
            let folder = read_folder(task_file)?;
            let files = task_of(&folder, task)?;
            (files.task.to_string(), files.settings.clone())
        }
        Source::Server(path) => (path.to_string(), context.client()?.task(&path)?.settings),
    };
    input_of(&name, &settings, file)?;
    Ok(match check_archive(file)? {
        Checked::Refused(verdict) => Finding::refused(KIND, 0, *verdict),
        Checked::Good(hint) => {
            Finding::good(KIND, 0).not_run(why).hinted(hint.iter().map(ToString::to_string).collect())
        }
    })
}

/// Returns what a task makes of its images, if it takes this model at all.
pub(super) fn input_of(name: &str, settings: &TaskSettings, file: &Path) -> Result<InputTransform, Failure> {
    let shown = file.display();
    let input = settings.input.clone().filter(|_| settings.accepts.contains(&KIND));
    let input = input.ok_or_else(|| {
        let models = kind_words(KIND).1;
        let refused = |what: &str| {
            Failure::refused("invalid_value", format!("`{shown}` is {what}, and `{name}` does not take {models}"))
        };
        match other_kind(file) {
            Some(what) => refused(&what),
            None => refused("a model").advise("If it is a prediction file, say so with `--kind predictions`."),
        }
    })?;
    let size = std::fs::metadata(file).map_err(|error| Failure::file(file, &error))?.len();
    let most = settings.limits.model_bytes;
    if size > most {
        let (size, most) = (format_bytes(size), format_bytes(most));
        return Err(Failure::refused(
            "too_large",
            format!("`{shown}` has {size}; `{name}` takes models of at most {most}"),
        )
        .advise(SMALLER_MODEL));
    }
    Ok(input)
}

/// Returns what a file is that is a model by its name alone.
fn other_kind(file: &Path) -> Option<String> {
    let mut file = File::open(file).ok()?;
    let (size, kind) = (file.metadata().ok()?.len(), recognise_file(&mut file).ok()?);
    let says_more = !kind.is_model_like() && !matches!(kind, FileKind::Other(_) | FileKind::Empty);
    says_more.then(|| kind.describe(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(accepts: &[&str], model_bytes: u64) -> TaskSettings {
        serde_json::from_value(serde_json::json!({
            "title": "Images", "metric": "top5_error", "accepts": accepts, "split": null,
            "input": { "resize": null, "crop": 28, "mean": [0.5, 0.5, 0.5], "std": [1.0, 1.0, 1.0], "precision": "float32" },
            "quota": { "submissions": 2, "per_seconds": 60 }, "finals": 1, "approval": false,
            "limits": { "predictions_bytes": 1, "model_bytes": model_bytes, "wall_seconds": 9, "memory_bytes": 1 },
        }))
        .unwrap()
    }

    #[test]
    fn a_model_is_refused_by_a_task_for_predictions_and_above_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("net.pt");
        std::fs::write(&file, [b"\x80\x02", &[0; 1023][..]].concat()).unwrap();
        let refused = |accepts: &[&str], most| input_of("demo/images", &settings(accepts, most), &file).unwrap_err();
        let other = refused(&["predictions"], 1 << 20).to_text();
        assert!(other.contains("net.pt` is a model, and `demo/images` does not take models"), "{other}");
        assert!(other.contains("`--kind predictions`"), "{other}");
        let pointer = folder.path().join("pointer.pt");
        std::fs::write(&pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n").unwrap();
        let refusal = input_of("demo/images", &settings(&["predictions"], 1), &pointer).unwrap_err().to_text();
        assert!(refusal.contains("pointer.pt` is a Git LFS pointer"), "{refusal}");
        assert!(!refusal.contains("--kind"), "it is no prediction file either: {refusal}");
        let large = refused(&["predictions", "torchscript"], 1024).to_text();
        assert!(large.contains("has 1.00 KiB; `demo/images` takes models of at most 1 KiB"), "{large}");
        assert!(large.contains("advice: Make the model smaller. Weights in bfloat16 take half"), "{large}");
        let input = input_of("demo/images", &settings(&["torchscript"], 1025), &file).unwrap();
        assert_eq!(input.crop, 28);
    }
}
