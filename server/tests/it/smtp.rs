//! A small mail server for tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::listening::Listening;

/// What the server does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Takes,
    /// Refuses the recipient for good.
    Refuses,
    /// Asks to try again later.
    Busy,
    /// Hangs up in the middle of the message.
    BreaksOff,
    /// Answers nothing for so long.
    Slow(Duration),
    /// Takes the message and does not say so.
    TakesSilently,
}

/// A message that arrived.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// Headers, as they came, unfolded.
    pub headers: Vec<(String, String)>,
    /// The text, decoded.
    pub text: String,
}

impl Mail {
    /// The value of a header that is there once.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let (_, value) = found.next().unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }

    /// The first address of the test server's pages in the text.
    #[track_caller]
    pub fn link(&self) -> &str {
        let mut lines = self.text.lines().filter_map(|line| line.strip_prefix(ORIGIN));
        lines.next().unwrap_or_else(|| panic!("no link in {}", self.text))
    }
}

/// Where the pages are, by the configuration.
pub const ORIGIN: &str = "https://holdout.test";

struct Shared {
    mails: Mutex<Vec<Mail>>,
    manner: Mutex<Manner>,
    tries: Mutex<u32>,
}

/// A running mail server.
pub struct MailServer {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    _listening: Listening,
}

impl MailServer {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap())
    }

    pub fn start_at(address: SocketAddr) -> Self {
        let shared =
            Arc::new(Shared { mails: Mutex::default(), manner: Mutex::new(Manner::Takes), tries: Mutex::default() });
        let own = Arc::clone(&shared);
        let listening = Listening::start(address, move |stream| serve(stream, &own));
        Self { address: listening.address, shared, _listening: listening }
    }

    /// Sets the server in the configuration.
    pub fn configure(&self, config: &mut holdout_server::Config) {
        configure(config, self.address);
    }

    pub fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// Returns how many messages were begun.
    pub fn tries(&self) -> u32 {
        *self.shared.tries.lock().unwrap()
    }

    /// Returns how many messages are there.
    pub fn count(&self) -> usize {
        self.shared.mails.lock().unwrap().len()
    }

    /// Waits until so many messages are there, and makes sure that no more come.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Mail> {
        let began = Instant::now();
        loop {
            if self.count() >= count {
                std::thread::sleep(Duration::from_millis(300));
                let mails = self.shared.mails.lock().unwrap().clone();
                let subjects: Vec<_> = mails.iter().map(|mail| (&mail.to, mail.header("subject"))).collect();
                assert_eq!(mails.len(), count, "{subjects:?}");
                return mails;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{} of {count} messages came", self.count());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Forgets what has come.
    pub fn clear(&self) {
        self.shared.mails.lock().unwrap().clear();
    }
}

/// Sets a mail server at this address in the configuration, with short pauses.
pub fn configure(config: &mut holdout_server::Config, address: SocketAddr) {
    config.public_url = Some(ORIGIN.to_owned());
    config.mail.server = Some(address.to_string());
    config.mail.tls = holdout_server::MailTls::None;
    config.mail.from = Some("Holdout <holdout@holdout.test>".to_owned());
    config.mail.retry_seconds = 1;
    config.mail.timeout_seconds = 5;
    config.rates.links_per_address_per_hour = 10_000;
    config.rates.links_per_account_per_hour = 10_000;
}

fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let (mut to, mut line) = (Vec::new(), String::new());
    write!(out, "220 mail.test\r\n")?;
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let manner = *shared.manner.lock().unwrap();
        let command = line.trim().to_ascii_uppercase();
        let answer = if command.starts_with("EHLO") {
            "250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8"
        } else if command.starts_with("MAIL FROM") {
            *shared.tries.lock().unwrap() += 1;
            to.clear();
            if let Manner::Slow(pause) = manner {
                std::thread::sleep(pause);
            }
            if manner == Manner::Busy { "451 try again later" } else { "250 fine" }
        } else if command.starts_with("RCPT TO") {
            to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_owned());
            if manner == Manner::Refuses { "550 nobody has this address" } else { "250 fine" }
        } else if command == "DATA" {
            write!(out, "354 go ahead\r\n")?;
            if manner == Manner::BreaksOff {
                lines.read_line(&mut line)?;
                return Ok(());
            }
            let mail = read_mail(&mut lines, to.clone())?;
            shared.mails.lock().unwrap().push(mail);
            if manner == Manner::TakesSilently {
                // Until the client hangs up.
                lines.read_line(&mut line)?;
                return Ok(());
            }
            "250 taken"
        } else if command == "QUIT" {
            "221 bye"
        } else {
            "250 fine"
        };
        write!(out, "{answer}\r\n")?;
    }
}

fn read_mail(lines: &mut BufReader<TcpStream>, to: Vec<String>) -> std::io::Result<Mail> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        if line == "." {
            break;
        }
        all.push(line.strip_prefix('.').map_or(line.clone(), str::to_owned));
    }
    let end = all.iter().position(String::is_empty).unwrap();
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in &all[..end] {
        match headers.last_mut() {
            Some((_, value)) if line.starts_with(' ') || line.starts_with('\t') => value.push_str(line),
            _ => {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
    }
    let encoding = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-transfer-encoding"));
    let text = match encoding.map(|(_, value)| value.as_str()) {
        Some("quoted-printable") => quoted_printable(&all[end + 1..]),
        Some("base64") => String::from_utf8(STANDARD.decode(all[end + 1..].concat()).unwrap()).unwrap(),
        _ => all[end + 1..].join("\n"),
    };
    Ok(Mail { to, headers, text: text.replace('\r', "") })
}

fn quoted_printable(lines: &[String]) -> String {
    let joined = lines.join("\n").replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}
