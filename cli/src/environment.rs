//! The environment variables that the program heeds, read once.

use holdout_client::Secret;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::failure::Failure;

/// What commands read from the environment besides the configuration of servers and scorers,
/// without `HOLDOUT_`.
pub(crate) const READ_BY_COMMANDS: &[&str] = &["TOKEN", "SCORER_TOKEN", "RUNNER", "SERVER", "SEASON", "TASK"];
/// How many letters a name has for each slip that is allowed in it: 4 letters allow one, 8 two.
pub(crate) const LETTERS_PER_SLIP: usize = 4;

/// What the environment says.
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "some of it is for servers and scorers"))]
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// `HOLDOUT_SERVER`: the address of the server.
    pub(crate) server: Option<String>,
    /// `HOLDOUT_TOKEN`: used instead of stored credentials.
    pub(crate) token: Option<Secret>,
    /// Folder of the credentials: `XDG_CONFIG_HOME/holdout`, else `~/.config/holdout`, on Windows
    /// too.
    pub(crate) config_folder: Option<PathBuf>,
    /// Folder of the state of uploads: `XDG_STATE_HOME/holdout`, else `~/.local/state/holdout`.
    pub(crate) state_folder: Option<PathBuf>,
    /// `COLUMNS`: width of the output, if a terminal does not tell.
    pub(crate) columns: Option<usize>,
    /// `NO_COLOR` is set to something.
    pub(crate) no_color: bool,
    /// `HOLDOUT_SCORER_TOKEN`: what a scorer shows to the server.
    pub(crate) scorer_token: Option<Secret>,
    /// `HOLDOUT_RUNNER`: the program that runs models.
    pub(crate) runner: Option<PathBuf>,
    /// Folder of what can be fetched again: `XDG_CACHE_HOME/holdout`, else `~/.cache/holdout`.
    pub(crate) cache_folder: Option<PathBuf>,
    settings: Vec<(String, String)>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub(crate) fn of_process() -> Self {
        let all =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let settings = all.filter(|(name, _)| name.starts_with("HOLDOUT_")).collect();
        Self { settings, ..Self::read(|name| std::env::var_os(name)) }
    }

    /// Returns all variables that begin with `HOLDOUT_`, for the configuration of servers.
    #[cfg(feature = "host")]
    pub(crate) fn settings(&self) -> impl Iterator<Item = (String, String)> {
        self.settings.clone().into_iter()
    }

    /// Returns why a variable is refused that looks like one which commands read: whoever misspells
    /// `HOLDOUT_SERVER` would talk to another server.
    pub(crate) fn misspelt(&self) -> Option<Failure> {
        self.settings.iter().find_map(|(name, _)| {
            let field = name.strip_prefix("HOLDOUT_")?;
            let slips = |known: &&str| strsim::damerau_levenshtein(known, field);
            let nearest = READ_BY_COMMANDS.iter().min_by_key(|known| slips(known))?;
            let is_close = (1..=nearest.len() / LETTERS_PER_SLIP).contains(&slips(nearest));
            let message = format!("`{name}` sets nothing; did you mean `HOLDOUT_{nearest}`?");
            // Names with `__` are fields of a configuration.
            (is_close && !field.contains("__")).then(|| Failure::usage(message))
        })
    }

    fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        // Windows has no HOME of its own.
        let home = set("HOME").or_else(|| set("USERPROFILE")).map(PathBuf::from);
        // The XDG specification has relative paths ignored.
        let folder = |name: &str, below_home: &str| {
            let base = set(name).map(PathBuf::from).filter(|path| path.is_absolute());
            base.or_else(|| home.as_ref().map(|home| home.join(below_home))).map(|base| base.join("holdout"))
        };
        let token = |name: &str| {
            let text = set(name).and_then(|token| token.into_string().ok());
            text.map(|token| Secret::new(token.trim()))
        };
        Self {
            server: set("HOLDOUT_SERVER").map(|server| server.to_string_lossy().into_owned()),
            token: set("HOLDOUT_TOKEN")
                .and_then(|token| token.into_string().ok())
                .map(|token| Secret::new(token.trim())),
            config_folder: folder("XDG_CONFIG_HOME", ".config"),
            state_folder: folder("XDG_STATE_HOME", ".local/state"),
            columns: set("COLUMNS").and_then(|text| text.to_str()?.parse().ok()),
            no_color: set("NO_COLOR").is_some(),
            scorer_token: token("HOLDOUT_SCORER_TOKEN"),
            runner: set("HOLDOUT_RUNNER").map(PathBuf::from),
            cache_folder: folder("XDG_CACHE_HOME", ".cache"),
            settings: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Environment {
        Environment::read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
    }

    #[test]
    fn a_variable_that_looks_like_one_of_the_commands_is_refused() {
        let refused = |name: &str| {
            let settings = vec![(name.to_owned(), "x".to_owned())];
            Environment { settings, ..Environment::default() }.misspelt().map(|failure| failure.to_text())
        };
        for (name, meant) in [
            ("HOLDOUT_SERVR", "HOLDOUT_SERVER"),
            ("HOLDOUT_SEASN", "HOLDOUT_SEASON"),
            ("HOLDOUT_TASKS", "HOLDOUT_TASK"),
            ("HOLDOUT_SCORERTOKN", "HOLDOUT_SCORER_TOKEN"),
        ] {
            let said = refused(name).unwrap_or_default();
            assert!(said.contains(&format!("`{name}` sets nothing; did you mean `{meant}`?")), "{said}");
        }
        for other in ["HOLDOUT_SERVER", "HOLDOUT_TASK", "HOLDOUT_BIN", "HOLDOUT_BLOBS", "HOLDOUT_SCORER__TOKEN"] {
            assert_eq!(refused(other), None);
        }
    }

    #[test]
    fn folders_follow_xdg_and_home() {
        let plain = of(&[("HOME", "/home/a")]);
        assert_eq!(plain.config_folder, Some(PathBuf::from("/home/a/.config/holdout")));
        assert_eq!(plain.state_folder, Some(PathBuf::from("/home/a/.local/state/holdout")));
        let moved = of(&[("HOME", "/home/a"), ("XDG_CONFIG_HOME", "/etc/a"), ("XDG_STATE_HOME", "relative")]);
        assert_eq!(moved.config_folder, Some(PathBuf::from("/etc/a/holdout")));
        assert_eq!(moved.state_folder, plain.state_folder);
        assert_eq!(of(&[("USERPROFILE", "/users/a")]).config_folder, Some(PathBuf::from("/users/a/.config/holdout")));
        assert_eq!(of(&[]).config_folder, None);
    }

    #[test]
    fn an_empty_variable_is_as_none() {
        let environment = of(&[("HOLDOUT_TOKEN", ""), ("NO_COLOR", ""), ("COLUMNS", "x")]);
        assert!(environment.token.is_none() && !environment.no_color && environment.columns.is_none());
    }

    #[test]
    fn tokens_come_without_the_line_feed_of_the_file_they_were_read_from() {
        let environment = of(&[("HOLDOUT_TOKEN", "hp_x\n"), ("HOLDOUT_SCORER_TOKEN", " hs_y ")]);
        let reveal = |token: Option<Secret>| token.map(|token| token.reveal().to_owned());
        assert_eq!(reveal(environment.token).as_deref(), Some("hp_x"));
        assert_eq!(reveal(environment.scorer_token).as_deref(), Some("hs_y"));
    }

    #[test]
    fn the_rest_of_the_environment_is_read_by_its_names() {
        let environment = of(&[
            ("HOME", "/home/a"),
            ("XDG_CACHE_HOME", "/var/cache"),
            ("COLUMNS", "120"),
            ("NO_COLOR", "0"),
            ("HOLDOUT_RUNNER", "bin/runner"),
        ]);
        assert_eq!(environment.cache_folder, Some(PathBuf::from("/var/cache/holdout")));
        assert_eq!((environment.columns, environment.no_color), (Some(120), true));
        assert_eq!(environment.runner, Some(PathBuf::from("bin/runner")));
        assert_eq!(environment.settings().count(), 0);
        assert_eq!(of(&[("HOME", "/home/a")]).cache_folder, Some(PathBuf::from("/home/a/.cache/holdout")));
    }
}
