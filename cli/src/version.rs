//! What `holdout --version` says: which program this is, and what it can do on this machine.

use crate::environment::Environment;

/// Returns the lines. The runner is asked for its own version, so call this only if somebody wants
/// to know.
#[must_use]
pub(crate) fn long(environment: &Environment) -> String {
    let commit = option_env!("HOLDOUT_COMMIT").unwrap_or("not recorded, a development build");
    format!(
        "{version}\n\
         commit             {commit}\n\
         system             {system} {machine}\n\
         prediction files   checked and scored\n\
         {host}",
        version = env!("CARGO_PKG_VERSION"),
        system = std::env::consts::OS,
        machine = std::env::consts::ARCH,
        host = host(environment),
    )
}

/// Returns what a build for teams says of the rest.
#[cfg(not(feature = "host"))]
fn host(_: &Environment) -> String {
    "models             checked, not run\n\
     server and scorer  not built in"
        .to_owned()
}

#[cfg(feature = "host")]
fn host(environment: &Environment) -> String {
    use crate::host::runner_program::RunnerProgram;

    let runner = match RunnerProgram::find(environment.runner.as_deref()) {
        Ok(RunnerProgram::Found(path)) => format!("{} (`{}`)", asked(&path), path.display()),
        Ok(RunnerProgram::Missing(missing)) => format!("none, so models are checked but not run: {missing}"),
        Err(failure) => failure.to_string(),
    };
    let pages = if holdout_server::has_pages() { "built in" } else { "not built in; the API works without them" };
    format!(
        "models             checked without libtorch; run by the runner\n\
         runner             {runner}\n\
         pages of `serve`   {pages}"
    )
}

/// Returns what the runner says of itself. One that cannot start lacks its libtorch, most often.
#[cfg(feature = "host")]
fn asked(path: &std::path::Path) -> String {
    use std::process::{Command, Stdio};

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
