//! What comes back.

use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http::{HeaderMap, Response};

use crate::error::TransportError;

/// Largest answer that is read into memory, bytes: the list of ten million image names.
const MAX_ANSWER: u64 = 1 << 30;

/// A success.
#[derive(Debug)]
pub struct Answer {
    pub(crate) server: String,
    pub(crate) response: Response<Body>,
}

impl Answer {
    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Returns a header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        text_header(self.response.headers(), name)
    }

    /// Returns the body, read whole.
    ///
    /// # Errors
    ///
    /// If the connection breaks or the body is larger than 1 GiB.
    pub fn bytes(mut self) -> Result<Vec<u8>, TransportError> {
        let read = self.response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        read.map_err(|error| TransportError::of_call(&self.server, &error))
    }

    /// Returns the body as JSON.
    ///
    /// # Errors
    ///
    /// As [`Answer::bytes`], and if it is not what was expected.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, TransportError> {
        let server = self.server.clone();
        let bytes = self.bytes()?;
        serde_json::from_slice(&bytes).map_err(|error| TransportError::NotHoldout { server, cause: error.to_string() })
    }

    /// Returns the body, to be read as it comes.
    #[must_use]
    pub fn reader(self) -> impl std::io::Read + Send + use<> {
        self.response.into_body().into_reader()
    }
}

/// Returns a header's value, if it is text.
pub(crate) fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        let response = Response::builder().status(201).header("Upload-Offset", "7").header("Odd", &b"\xff"[..]);
        Answer { server: "http://h".to_owned(), response: response.body(Body::builder().data(body)).unwrap() }
    }

    #[test]
    fn a_header_is_found_in_any_case_and_is_text() {
        let answer = answer("");
        assert_eq!((answer.status(), answer.header("upload-offset")), (201, Some("7")));
        assert_eq!((answer.header("Odd"), answer.header("None")), (None, None));
    }

    #[test]
    fn an_answer_of_another_form_is_not_that_of_holdout() {
        assert_eq!(answer("[1, 2]").json::<Vec<u32>>(), Ok(vec![1, 2]));
        for body in ["<html>", "", "{\"a\": 1}"] {
            let error = answer(body).json::<Vec<u32>>().unwrap_err();
            assert!(matches!(&error, TransportError::NotHoldout { server, .. } if server == "http://h"), "{error:?}");
        }
    }
}
