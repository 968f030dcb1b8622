//! The connection to the mail server.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Uri;
use holdout_protocol::{MessageId, MessageKind, Timestamp};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::compose::{Letterhead, compose};
use super::config::{Checked, MailConfig, MailTls};
use super::keys::UnsubscribeKeys;
use crate::config::Config;
use crate::db::messages::{Link, Outgoing};
use crate::error::{Error, Result};

/// Messages that one server sends at once.
const AT_ONCE: u32 = 4;
/// A server that stops waits so long for messages on their way.
const FINISH: Duration = Duration::from_secs(10);
/// Characters kept of what a mail server says.
const SAID: usize = 300;

/// Sends messages, each over a connection of its own: a pool of connections needs a runtime
/// wherever it is dropped.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    head: Letterhead,
    timeout: Duration,
    turns: Arc<Semaphore>,
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailError {
    /// Another attempt may do better.
    Passing(String),
    /// The mail server refuses this message for good.
    Refused(String),
}

impl Mailer {
    /// The mailer of a configuration; `None` if no mail server is set.
    ///
    /// # Errors
    /// If a value cannot work.
    pub fn open(config: &Config) -> Result<Option<Self>> {
        let mail = &config.mail;
        let public_url = config.public_url.as_deref();
        let Some(server) = mail.check(public_url).map_err(Error::Config)? else { return Ok(None) };
        let origin = public_url.unwrap_or_default().trim_end_matches('/').to_owned();
        let transport = transport(mail, &server, &origin)?;
        let turns = Arc::new(Semaphore::new(usize::try_from(AT_ONCE).unwrap_or(1)));
        let head = Letterhead { from: server.from, origin };
        Ok(Some(Self { transport, head, timeout: Duration::from_secs(mail.timeout_seconds), turns }))
    }

    /// Waits until one more message may be sent.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)
    }

    /// Waits until no message is being sent, for as long as a server that stops waits for its
    /// requests. A message that takes longer is sent again by the next server.
    pub async fn finish(&self) {
        tokio::time::timeout(FINISH, self.turns.acquire_many(AT_ONCE)).await.ok();
    }

    /// Returns how long an attempt may take.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends a message, or gives up after the time that an attempt may take.
    pub async fn send(&self, keys: &UnsubscribeKeys, message: &Outgoing) -> Result<(), MailError> {
        let mail = compose(&self.head, keys, message).map_err(MailError::Refused)?;
        let seconds = self.timeout.as_secs();
        match tokio::time::timeout(self.timeout, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(MailError::Passing(format!("the mail server did not take the message within {seconds} s"))),
        }
    }
}

fn transport(mail: &MailConfig, server: &Checked, origin: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
    let Checked { host, port, .. } = server;
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let parameters = || {
        TlsParameters::new(bare.clone()).map_err(|error| {
            Error::Config(format!("no encrypted connection to `mail.server` `{host}` is possible: {error}"))
        })
    };
    let tls = match mail.tls {
        MailTls::None => Tls::None,
        MailTls::Starttls => Tls::Required(parameters()?),
        MailTls::Tls => Tls::Wrapper(parameters()?),
    };
    let own = origin.parse::<Uri>().ok().and_then(|url| url.host().map(str::to_owned));
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(bare.as_str())
        .port(*port)
        .tls(tls)
        .timeout(Some(Duration::from_secs(mail.timeout_seconds)));
    if let Some(own) = own.filter(|own| own.parse::<std::net::IpAddr>().is_err() && !own.starts_with('[')) {
        builder = builder.hello_name(ClientId::Domain(own));
    }
    if let Some((user, password)) = mail.login().map_err(Error::Config)? {
        builder = builder.credentials(Credentials::new(user, password));
    }
    Ok(builder.build())
}

/// Codes by which a mail server refuses its client, and not the message: somebody has to set it
/// right.
const OF_THE_LOGIN: [u16; 4] = [530, 534, 535, 538];

fn failure(error: &lettre::transport::smtp::Error) -> MailError {
    let text = describe(error);
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID).collect();
    let of_login = error.status().is_some_and(|status| OF_THE_LOGIN.contains(&u16::from(status)));
    if error.is_permanent() && !of_login { MailError::Refused(text) } else { MailError::Passing(text) }
}

/// Returns what failed, and what the mail server or the system said of it.
fn describe(error: &lettre::transport::smtp::Error) -> String {
    let mut said = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !said.contains(&text) {
            said = if said.is_empty() { text } else { format!("{said}: {text}") };
        }
        cause = inner.source();
    }
    // What rustls says of an answer in clear text names a type of its own.
    if said.contains("InvalidContentType") {
        said = "what answers there does not speak TLS from the beginning; `mail.tls` can be `starttls`".to_owned();
    }
    let what = match error.status() {
        Some(code) => return format!("the mail server refused with {code}: {said}"),
        None if error.is_tls() => "no encrypted connection to the mail server",
        None if error.is_timeout() => "the mail server did not answer in time",
        None if error.is_response() => "the answer of the mail server is not SMTP",
        None if error.is_client() => "the mail server cannot take the message",
        None => "no connection to the mail server",
    };
    format!("{what}: {said}")
}

/// Sends a message that says only that e-mail works, at once and without writing it down. Blocks;
/// for programs that do nothing else.
///
/// # Errors
/// If no mail server is set, a value cannot work, the address is not valid, or the mail server does
/// not take the message.
pub fn send_test(config: &Config, address: &str) -> Result<()> {
    config.check().map_err(Error::Config)?;
    let Some(mailer) = Mailer::open(config)? else {
        return Err(Error::Config("`mail.server` is not set, so no e-mail can be sent".to_owned()));
    };
    let message = Outgoing {
        id: MessageId::new(),
        account: None,
        address: address.to_owned(),
        // About the account, so that nothing in it stops anything.
        kind: MessageKind::Verification,
        subject: "E-mail of Holdout works".to_owned(),
        text: "This is a test. The mail server took it, and links in e-mails of Holdout begin like this one:"
            .to_owned(),
        link: Link::Page("/".to_owned()),
        waiting_since: Timestamp::now(),
        expires_at: None,
        attempts: 1,
    };
    // Nothing in the message is signed.
    let keys = UnsubscribeKeys::new(&[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
    match runtime.block_on(mailer.send(&keys, &message)) {
        Ok(()) => Ok(()),
        Err(MailError::Passing(cause) | MailError::Refused(cause)) => {
            Err(Error::Undelivered(format!("the message to `{address}` was not sent: {cause}")))
        }
    }
}
