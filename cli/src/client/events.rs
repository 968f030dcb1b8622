//! Server-sent events, read line by line.

use std::io::{BufRead, BufReader, Read};

use holdout_client::TransportError;

use super::ClientError;

/// Longest line that is read, bytes; a submission is far smaller.
const MAX_LINE: u64 = 4 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerEvent {
    /// Its name; `message` if the server gave none.
    pub(crate) name: String,
    /// Its data; lines joined by line feeds.
    pub(crate) data: String,
}

/// Events as they come. The end of the stream is the end of the iterator; a break of the connection
/// is an error.
pub(crate) struct ServerEvents {
    server: String,
    lines: BufReader<Box<dyn Read>>,
}

impl ServerEvents {
    pub(super) fn new(server: String, body: impl Read + 'static) -> Self {
        Self { server, lines: BufReader::new(Box::new(body)) }
    }

    fn line(&mut self) -> Result<Option<String>, ClientError> {
        let mut line = Vec::new();
        let broken =
            |cause: String| TransportError::Unreachable { server: self.server.clone(), cause, never_sent: false };
        let read = self.lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        let count = read.map_err(|error| broken(error.to_string()))?;
        if count == 0 {
            return Ok(None);
        }
        if line.pop_if(|last| *last == b'\n').is_none() {
            return Err(broken("an event was cut off".to_owned()).into());
        }
        line.pop_if(|last| *last == b'\r');
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }

    fn event(&mut self) -> Result<Option<ServerEvent>, ClientError> {
        let mut name = String::new();
        let mut data: Vec<String> = Vec::new();
        while let Some(line) = self.line()? {
            if line.is_empty() {
                if !data.is_empty() {
                    let name = if name.is_empty() { "message".to_owned() } else { name };
                    return Ok(Some(ServerEvent { name, data: data.join("\n") }));
                }
                name.clear();
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut name),
                "data" => data.push(value.to_owned()),
                // Comments keep the connection alive; ids and pauses are not used.
                _ => {}
            }
        }
        Ok(None)
    }
}

impl Iterator for ServerEvents {
    type Item = Result<ServerEvent, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.event().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> Vec<Result<ServerEvent, String>> {
        let events = ServerEvents::new("http://h".to_owned(), text.as_bytes());
        events.map(|event| event.map_err(|error| error.to_string())).collect()
    }

    fn event(name: &str, data: &str) -> Result<ServerEvent, String> {
        Ok(ServerEvent { name: name.to_owned(), data: data.to_owned() })
    }

    #[test]
    fn events_comments_and_joined_data() {
        let text =
            ": hello\n\nevent: submission\ndata: {\"a\":1}\n\n: keep-alive\n\r\ndata: x\r\ndata:y\r\n\r\nid: 7\n\n";
        assert_eq!(read(text), [event("submission", "{\"a\":1}"), event("message", "x\ny")]);
    }

    #[test]
    fn an_event_without_its_end_is_not_reported() {
        assert_eq!(read("data: x\n"), []);
        assert!(read("data: x").pop().unwrap().is_err());
    }

    #[test]
    fn the_name_of_an_event_without_data_does_not_go_on_to_the_next() {
        assert_eq!(read("event: a\n\ndata: x\n\n"), [event("message", "x")]);
        assert_eq!(read("event: a\nevent: b\ndata: x\n\n"), [event("b", "x")]);
    }

    #[test]
    fn only_one_blank_before_a_value_belongs_to_the_form() {
        assert_eq!(read("data:  x: y\ndata\nevent:a\n\n"), [event("a", " x: y\n")]);
    }

    /// Breaks after its bytes.
    struct Broken(&'static [u8]);

    impl Read for Broken {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(std::io::Error::other("the cable is out")),
                count => Ok(count),
            }
        }
    }

    #[test]
    fn a_broken_connection_is_no_end_of_the_events() {
        let mut events = ServerEvents::new("http://h".to_owned(), Broken(b"data: x\n\ndata: y\n"));
        assert_eq!(events.next().unwrap().unwrap().data, "x");
        let error = events.next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "no answer from http://h: the cable is out");
        assert!(error.is_passing());
    }
}
