//! The routes of the API as methods, a file an audience.

mod accounts;
mod bans;
mod exports;
mod extensions;
mod log;
mod messages;
mod news;
mod organizer;
mod organizers;
mod registration;
mod rescoring;
mod seasons;
mod submissions;
mod teams;
mod webhooks;

use std::fmt;

use holdout_client::{Call, Method, json_call};
use holdout_protocol::Slug;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub(crate) use self::seasons::StoredTestSet;
use super::exchange::to_json;
use super::{Client, ClientError};

/// A task of a season, as addresses name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TaskPath {
    pub(crate) season: Slug,
    pub(crate) task: Slug,
}

impl TaskPath {
    fn path(&self, rest: &str) -> String {
        format!("/seasons/{}/tasks/{}{rest}", self.season, self.task)
    }
}

impl fmt::Display for TaskPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.season, self.task)
    }
}

impl Client {
    fn get<T: DeserializeOwned>(&self, path: impl Into<String>) -> Result<T, ClientError> {
        self.send_json(&Call::new(Method::GET, path))
    }

    fn get_bytes(&self, path: impl Into<String>) -> Result<Vec<u8>, ClientError> {
        Ok(self.send(&Call::new(Method::GET, path))?.bytes()?)
    }

    fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let bytes = to_json(body)?;
        self.send_json(&json_call(method, path, &bytes).repeatable(true))
    }

    /// Sends a change that is answered with nothing.
    fn change_only(&self, method: Method, path: String, body: &impl Serialize) -> Result<(), ClientError> {
        let bytes = to_json(body)?;
        self.send(&json_call(method, path, &bytes).repeatable(true)).map(drop)
    }

    fn create<T: DeserializeOwned>(&self, path: impl Into<String>, body: &impl Serialize) -> Result<T, ClientError> {
        self.create_under(path, body, &fresh_key())
    }

    fn create_under<T: DeserializeOwned>(
        &self,
        path: impl Into<String>,
        body: &impl Serialize,
        key: &str,
    ) -> Result<T, ClientError> {
        let bytes = to_json(body)?;
        self.send_json(&json_call(Method::POST, path, &bytes).key(key))
    }

    fn delete(&self, path: String) -> Result<(), ClientError> {
        self.send(&Call::new(Method::DELETE, path)).map(drop)
    }
}

/// Returns a key under which one thing is created once.
pub(crate) fn fresh_key() -> String {
    Uuid::now_v7().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_an_address_and_a_name() {
        let task = TaskPath { season: "demo".parse().unwrap(), task: "images".parse().unwrap() };
        assert_eq!(task.path("/quota"), "/seasons/demo/tasks/images/quota");
        assert_eq!(task.to_string(), "demo/images");
        assert_ne!(fresh_key(), fresh_key());
    }
}
