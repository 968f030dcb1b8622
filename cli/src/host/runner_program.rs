//! Where the program is that runs models: named by `HOLDOUT_RUNNER`, else beside this one.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

const NAME: &str = "holdout-runner";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RunnerProgram {
    Found(PathBuf),
    /// There is no runner: models cannot be run here.
    Missing(MissingRunner),
}

/// Why there is no runner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MissingRunner {
    /// No runner was named, and there is no runner beside this program.
    #[error("there is no `{}`", .0.display())]
    NotBeside(PathBuf),
    /// One was named, and is not there.
    #[error("HOLDOUT_RUNNER is `{}`, which is no file", .0.display())]
    NotNamed(PathBuf),
}

impl RunnerProgram {
    /// Looks for it; `named` is what `HOLDOUT_RUNNER` says.
    ///
    /// # Errors
    ///
    /// If the place of this program is not known, and no runner is named.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, Failure> {
        if let Some(path) = named {
            return Ok(Self::at(path, MissingRunner::NotNamed));
        }
        let own = std::env::current_exe().map_err(|error| {
            Failure::refused("runner", format!("where this program lies is not known: {error}"))
                .advise("Name the runner with HOLDOUT_RUNNER.")
        })?;
        Ok(Self::at(&own.with_file_name(NAME), MissingRunner::NotBeside))
    }

    fn at(path: &Path, missing: impl FnOnce(PathBuf) -> MissingRunner) -> Self {
        if path.is_file() { Self::Found(path.to_owned()) } else { Self::Missing(missing(path.to_owned())) }
    }

    /// Returns the program, if there has to be one.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(crate) fn required(self) -> Result<PathBuf, Failure> {
        match self {
            Self::Found(path) => Ok(path),
            Self::Missing(missing) => Err(missing.into()),
        }
    }
}

impl From<MissingRunner> for Failure {
    fn from(missing: MissingRunner) -> Self {
        Self::refused("runner_missing", format!("models cannot be run here: {missing}"))
            .advise("Put `holdout-runner` beside `holdout`, or name it with HOLDOUT_RUNNER.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_one_is_used_or_missed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my-runner");
        let missing = RunnerProgram::find(Some(&path)).unwrap().required().unwrap_err();
        assert!(
            missing.to_string().contains("HOLDOUT_RUNNER") && missing.to_string().contains("my-runner"),
            "{missing}"
        );
        std::fs::write(&path, b"").unwrap();
        assert_eq!(RunnerProgram::find(Some(&path)).unwrap(), RunnerProgram::Found(path));
    }

    #[test]
    fn otherwise_it_lies_beside_this_program() {
        // Tests lie in a folder of their own, if there is none.
        let missing = RunnerProgram::find(None).unwrap().required().unwrap_err();
        assert!(missing.to_string().contains("/holdout-runner`"), "{missing}");
    }
}
