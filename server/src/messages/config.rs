//! Which mail server sends the messages.

use std::path::PathBuf;
use std::time::Duration;

use actix_web::http::uri::Authority;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use super::password::MailPassword;

/// The mail server. Without `server`, no e-mail is sent. Durations are in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// Host and port, such as `smtp.example.org:587`; without a port, 587, or 465 with `tls: tls`,
    /// or 25 with `tls: none`.
    pub server: Option<String>,
    /// How the connection is encrypted.
    pub tls: MailTls,
    /// The account at the mail server, if it wants one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<MailPassword>,
    /// A file with the password, in its place.
    pub password_file: Option<PathBuf>,
    /// The sender, such as `Holdout <holdout@example.org>`.
    pub from: Option<String>,
    /// Time within which the mail server has to take a message.
    pub timeout_seconds: u64,
    /// Pause before a message is tried again; it doubles each time, up to an hour.
    pub retry_seconds: u64,
    /// A message that could not be sent for so long is given up.
    pub give_up_seconds: u64,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            server: None,
            tls: MailTls::Starttls,
            user: None,
            password: None,
            password_file: None,
            from: None,
            timeout_seconds: 30,
            retry_seconds: 60,
            give_up_seconds: 24 * 3600,
        }
    }
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// Not at all: only for a mail server on the same machine.
    None,
    /// It begins in plain text and is encrypted before anything is told; a server that cannot do so
    /// gets nothing.
    Starttls,
    /// It is encrypted from its first byte.
    Tls,
}

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// A mail server as it is set, checked.
#[derive(Debug, Clone)]
pub struct Checked {
    pub host: String,
    pub port: u16,
    pub from: Mailbox,
}

impl MailConfig {
    /// Returns how long a message waits for its next attempt after so many.
    #[must_use]
    pub fn pause(&self, attempts: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        Duration::from_secs(self.retry_seconds).saturating_mul(doubled).min(LONGEST_PAUSE)
    }

    /// Returns how long a message is tried.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        Duration::from_secs(self.give_up_seconds)
    }

    /// Returns the mail server; `None` if none is set.
    ///
    /// # Errors
    /// What is wrong and what is allowed. The file with the password is not read.
    pub fn check(&self, public_url: Option<&str>) -> Result<Option<Checked>, String> {
        let Some(server) = &self.server else {
            let set = [
                ("user", self.user.is_some()),
                ("password", self.password.is_some()),
                ("password_file", self.password_file.is_some()),
                ("from", self.from.is_some()),
            ];
            return match set.iter().find(|(_, set)| *set) {
                Some((name, _)) => Err(format!("`mail.{name}` is set, but `mail.server` is not; set both or neither")),
                None => Ok(None),
            };
        };
        let (host, port) = self.host_and_port(server)?;
        self.check_login()?;
        if public_url.is_none() {
            return Err("`mail.server` is set, but `public_url` is not; links in e-mails need it".to_owned());
        }
        let Some(from) = &self.from else {
            return Err("`mail.server` is set, but `mail.from` is not; it takes the sender's address, such as \
                        `Holdout <holdout@example.org>`"
                .to_owned());
        };
        let from = from.parse::<Mailbox>().map_err(|_| {
            format!("`mail.from` is `{from}`; it takes an address such as `Holdout <holdout@example.org>`")
        })?;
        Ok(Some(Checked { host, port, from }))
    }

    fn host_and_port(&self, server: &str) -> Result<(String, u16), String> {
        let wrong =
            || format!("`mail.server` is `{server}`; it takes a host and a port, such as `smtp.example.org:587`");
        let authority: Authority = server.parse().map_err(|_| wrong())?;
        let host = authority.host().to_owned();
        if server.contains('@') {
            return Err(wrong());
        }
        let port = match authority.port_u16() {
            Some(0) => return Err(wrong()),
            Some(port) => port,
            // A port that is no number, or a user.
            None if authority.as_str() != host => return Err(wrong()),
            None => match self.tls {
                MailTls::None => 25,
                MailTls::Starttls => 587,
                MailTls::Tls => 465,
            },
        };
        if self.tls == MailTls::None && !is_loopback(&host) {
            return Err(format!(
                "`mail.tls` is `none` and `mail.server` is `{server}`; unencrypted e-mail is allowed to this machine only, \
                 such as `127.0.0.1:25`; use `starttls` or `tls`"
            ));
        }
        Ok((host, port))
    }

    fn check_login(&self) -> Result<(), String> {
        let file = self.password_file.is_some();
        match (self.user.is_some(), self.password.is_some(), file) {
            (_, true, true) => Err("`mail.password` and `mail.password_file` are both set; set one of them".to_owned()),
            (true, false, false) => {
                Err("`mail.user` is set, but neither `mail.password` nor `mail.password_file` is".to_owned())
            }
            (false, true, _) | (false, _, true) => {
                Err("a password for the mail server is set, but `mail.user` is not".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Returns user and password; `None` if the mail server wants none.
    ///
    /// # Errors
    /// If the file with the password cannot be read, or is empty.
    pub fn login(&self) -> Result<Option<(String, String)>, String> {
        let Some(user) = &self.user else { return Ok(None) };
        if let Some(MailPassword(password)) = &self.password {
            return Ok(Some((user.clone(), password.clone())));
        }
        let Some(file) = &self.password_file else { return Ok(None) };
        let name = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("the file `{name}` of `mail.password_file` cannot be read: {error}"))?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(format!("the file `{name}` of `mail.password_file` is empty"));
        }
        Ok(Some((user.clone(), password.to_owned())))
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: Option<&str> = Some("https://holdout.example.org");

    fn with(change: impl FnOnce(&mut MailConfig)) -> MailConfig {
        let mut config = MailConfig {
            server: Some("smtp.example.org".to_owned()),
            from: Some("Holdout <holdout@example.org>".to_owned()),
            ..MailConfig::default()
        };
        change(&mut config);
        config
    }

    fn refused(change: impl FnOnce(&mut MailConfig)) -> String {
        with(change).check(URL).unwrap_err()
    }

    #[test]
    fn the_port_follows_from_the_encryption_unless_it_is_set() {
        let at = |server: &str, tls| {
            let checked = with(|config| (config.server, config.tls) = (Some(server.to_owned()), tls)).check(URL);
            let checked = checked.unwrap().unwrap();
            (checked.host, checked.port)
        };
        assert_eq!(at("smtp.example.org", MailTls::Starttls), ("smtp.example.org".to_owned(), 587));
        assert_eq!(at("smtp.example.org", MailTls::Tls).1, 465);
        assert_eq!(at("smtp.example.org:2525", MailTls::Tls).1, 2525);
        assert_eq!(at("[::1]", MailTls::None), ("[::1]".to_owned(), 25));
        assert!(MailConfig::default().check(None).unwrap().is_none());
    }

    #[test]
    fn what_cannot_work_is_refused_with_its_name() {
        for server in ["", "smtp.example.org:", "smtp.example.org:0", "smtp.example.org:99999", "smtp://a", "a b"] {
            let error = refused(|config| config.server = Some(server.to_owned()));
            assert!(error.contains(&format!("`mail.server` is `{server}`")), "{error}");
        }
        assert!(refused(|config| config.tls = MailTls::None).contains("`mail.tls` is `none`"));
        assert!(refused(|config| config.from = None).contains("`mail.from`"));
        assert!(refused(|config| config.from = Some("nobody".to_owned())).contains("`mail.from` is `nobody`"));
        assert!(refused(|config| config.user = Some("u".to_owned())).contains("`mail.password`"));
        assert!(refused(|config| config.password = Some(MailPassword("zq".to_owned()))).contains("`mail.user`"));
        assert!(with(|_| ()).check(None).unwrap_err().contains("`public_url`"));
        assert!(refused(|config| config.server = None).contains("`mail.from` is set, but `mail.server` is not"));
    }

    #[test]
    fn a_password_comes_from_a_file_too_and_is_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "zq secret\n").unwrap();
        let config = with(|config| {
            config.user = Some("u".to_owned());
            config.password_file = Some(file.clone());
        });
        assert_eq!(config.login(), Ok(Some(("u".to_owned(), "zq secret".to_owned()))));
        std::fs::write(&file, "\n").unwrap();
        assert!(config.login().unwrap_err().contains("is empty"));
        std::fs::remove_file(&file).unwrap();
        assert!(config.login().unwrap_err().contains("cannot be read"));
        let shown = format!("{:?}", with(|config| config.password = Some(MailPassword("zq".to_owned()))));
        assert!(!shown.contains("zq"), "{shown}");
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let config = MailConfig::default();
        let pauses: Vec<u64> = [1, 2, 3, 7, 40].map(|attempts| config.pause(attempts).as_secs()).to_vec();
        assert_eq!(pauses, [60, 120, 240, 3600, 3600]);
    }

    #[test]
    fn a_password_is_set_once_and_belongs_to_a_user() {
        let password = || Some(MailPassword("zq".to_owned()));
        let file = || Some(PathBuf::from("password"));
        let login = |user: Option<&str>, password: Option<MailPassword>, file: Option<PathBuf>| {
            with(|config| {
                (config.user, config.password, config.password_file) = (user.map(str::to_owned), password, file)
            })
            .check_login()
        };
        assert_eq!(login(None, None, None), Ok(()));
        assert_eq!(login(Some("u"), password(), None), Ok(()));
        assert_eq!(login(Some("u"), None, file()), Ok(()));
        for both in [login(Some("u"), password(), file()), login(None, password(), file())] {
            assert!(both.unwrap_err().contains("are both set"));
        }
        assert!(login(None, None, file()).unwrap_err().contains("`mail.user` is not"));
    }

    #[test]
    fn without_encryption_mail_leaves_for_this_machine_only() {
        let taken = |server: &str| {
            with(|config| (config.server, config.tls) = (Some(server.to_owned()), MailTls::None)).check(URL).is_ok()
        };
        for own in ["localhost", "127.0.0.1:25", "127.9.9.9", "[::1]:2525"] {
            assert!(taken(own), "{own}");
        }
        for other in ["smtp.example.org", "192.0.2.1:25", "[2001:db8::1]:25", "localhost.example.org"] {
            assert!(!taken(other), "{other}");
        }
    }
}
