//! What the addresses of requests name.

use std::fmt;

use holdout_protocol::Slug;
use serde::Deserialize;

/// A task in an address, by the names of its season and its own.
#[derive(Debug, Clone, Deserialize)]
pub struct TaskPath {
    pub season: Slug,
    pub task: Slug,
}

/// As the audit log names a task, for example `ilsvrc-2012/classification`.
impl fmt::Display for TaskPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.season, self.task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_named_as_the_audit_log_names_it() {
        let path = TaskPath { season: "ilsvrc-2012".parse().unwrap(), task: "classification".parse().unwrap() };
        assert_eq!(path.to_string(), "ilsvrc-2012/classification");
    }
}
