//! What `holdout --version` says: which program this is, and what it can do on this machine.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::runner_program::RunnerProgram;

/// Returns the lines. The runner is asked for its own version, so call this only if somebody wants to know.
#[must_use]
pub(crate) fn long(named_runner: Option<&Path>) -> String {
    let commit = option_env!("HOLDOUT_COMMIT").unwrap_or("not recorded, a development build");
    let pages = if holdout_server::has_pages() { "built in" } else { "not built in; the API works without them" };
    let runner = match RunnerProgram::find(named_runner) {
        Ok(RunnerProgram::Found(path)) => format!("{} (`{}`)", asked(&path), path.display()),
        Ok(RunnerProgram::Missing(missing)) => format!("none, so models are checked but not run: {missing}"),
        Err(failure) => failure.to_string(),
    };
    format!(
        "{version}\n\
         commit             {commit}\n\
         system             {system} {machine}\n\
         prediction files   checked and scored\n\
         models             checked without libtorch; run by the runner\n\
         runner             {runner}\n\
         pages of `serve`   {pages}",
        version = env!("CARGO_PKG_VERSION"),
        system = std::env::consts::OS,
        machine = std::env::consts::ARCH,
    )
}

/// Returns what the runner says of itself. One that cannot start lacks its libtorch, most often.
fn asked(path: &Path) -> String {
    let output = Command::new(path).arg("--version").stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("does not start: {}", said.lines().next().unwrap_or("it said nothing"))
        }
        Err(error) => format!("does not start: {error}"),
    }
}
