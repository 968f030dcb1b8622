//! Quotas: so many submissions of a team in a task within a rolling window.
//!
//! A submission holds its slot from its reservation until the window has passed, unless the slot was given back.

use std::time::Duration;

use holdout_protocol::{ErrorCode, Quota, QuotaRule, Slug, TeamId, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::auth::Member;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// How a team stands with its quota at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    rule: QuotaRule,
    used: u32,
    next_slot: Timestamp,
}

impl Standing {
    /// By the rule and the reservations that are charged and lie in the window that ends `now`, oldest first.
    fn new(rule: &QuotaRule, charged: &[Timestamp], now: Timestamp) -> Self {
        let limit = usize::try_from(rule.submissions).unwrap_or(usize::MAX);
        // A slot opens when so many have left the window that fewer than the limit remain; after a rule was made
        // stricter, more than one has to leave.
        let next_slot = match charged.len().checked_sub(limit).and_then(|surplus| charged.get(surplus)) {
            Some(reserved) => reserved.plus(Duration::from_secs(rule.per_seconds)),
            None => now,
        };
        Self { rule: rule.clone(), used: u32::try_from(charged.len()).unwrap_or(u32::MAX), next_slot }
    }

    /// Submissions left.
    pub const fn remaining(&self) -> u32 {
        self.rule.submissions.saturating_sub(self.used)
    }

    /// Refuses where nothing is left.
    ///
    /// # Errors
    /// `quota_exhausted`, with the time of the next slot.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        if self.remaining() > 0 {
            return Ok(());
        }
        let (limit, next_slot) = (self.rule.submissions, self.next_slot);
        let window = in_words(self.rule.per_seconds);
        let message = format!(
            "the quota of {limit} in {window} is used up ({} charged); the next slot opens at {next_slot}",
            self.used
        );
        let detail = json!({
            "limit": limit,
            "per_seconds": self.rule.per_seconds,
            "remaining": 0,
            "next_slot": next_slot,
            "retry_after_seconds": next_slot.since(now).as_micros().div_ceil(1_000_000).max(1),
        });
        Err(Error::refused(ErrorCode::QuotaExhausted, message).with(detail))
    }

    /// As the API shows it.
    pub fn into_quota(self, season: &db::seasons::Season, task: &db::tasks::Task, team: &db::teams::Team) -> Quota {
        let remaining = self.remaining();
        Quota {
            season: season.slug.clone(),
            task: task.slug.clone(),
            team: team.name.clone(),
            limit: self.rule.submissions,
            per_seconds: self.rule.per_seconds,
            used: self.used,
            remaining,
            next_slot: self.next_slot,
        }
    }
}

/// A window in the largest unit that fits: `7 days`.
fn in_words(seconds: u64) -> String {
    let units = [(24 * 3600, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds.is_multiple_of(*length)).unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// How a team stands at `now`.
///
/// # Errors
/// Where the database fails.
pub fn standing(conn: &mut Conn, task: &db::tasks::Task, team: TeamId, now: Timestamp) -> Result<Standing> {
    let rule = &task.settings.quota;
    let start = now.minus(Duration::from_secs(rule.per_seconds));
    let charged = db::quota::charged_since(conn, task.id, team, start)?;
    Ok(Standing::new(rule, &charged, now))
}

/// The quota of the caller's team in a task.
///
/// # Errors
/// `not_found` where there is no such task.
pub async fn of_member(app: &App, member: Member, season: Slug, task: Slug) -> Result<Quota> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, season.as_str())?;
            let task = db::tasks::find(conn, season.id, task.as_str())?;
            let team = db::teams::find(conn, member.team)?;
            let team = team.ok_or_else(|| Error::not_found("team", member.team))?;
            Ok(standing(conn, &task, team.id, Timestamp::now())?.into_quota(&season, &task, &team))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: QuotaRule = QuotaRule { submissions: 2, per_seconds: 60 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_slot_is_open_until_the_limit_is_reached() {
        let standing = Standing::new(&RULE, &[at(100)], at(110));
        assert_eq!((standing.used, standing.remaining(), standing.next_slot), (1, 1, at(110)));
        standing.check(at(110)).unwrap();
    }

    #[test]
    fn the_next_slot_opens_when_the_oldest_leaves_the_window() {
        let standing = Standing::new(&RULE, &[at(100), at(105)], at(110));
        assert_eq!((standing.used, standing.remaining(), standing.next_slot), (2, 0, at(160)));
        let body = standing.check(at(110)).unwrap_err().body().error;
        assert_eq!(body.code, ErrorCode::QuotaExhausted);
        assert!(
            body.message.contains("2 in 1 minute") && body.message.contains("1970-01-01T00:02:40Z"),
            "{}",
            body.message
        );
        assert_eq!(body.detail["retry_after_seconds"], 50);
        assert_eq!(body.detail["next_slot"], "1970-01-01T00:02:40Z");
    }

    #[test]
    fn after_a_stricter_rule_several_have_to_leave() {
        let standing = Standing::new(&RULE, &[at(100), at(105), at(107)], at(110));
        assert_eq!((standing.remaining(), standing.next_slot), (0, at(165)));
    }

    #[test]
    fn windows_are_named_in_their_largest_unit() {
        let words = [60, 3600, 7 * 24 * 3600, 90].map(in_words);
        assert_eq!(words, ["1 minute", "1 hour", "7 days", "90 seconds"]);
    }
}
