//! Quotas: so many submissions of a team in a task within a rolling window.
//!
//! A submission holds its slot from its reservation until the window has passed, unless the slot was given back. It counts
//! for its team and for everybody who was in the team when it was made, in whichever team they are later: [`holders`].

pub mod holders;

use std::time::Duration;

use holdout_protocol::{AccountId, ErrorCode, Quota, QuotaRule, Reason, TeamId, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::auth::Member;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::extensions;
use crate::paths::TaskPath;

/// Extra attempts that organizers gave a team, to be used from one time until another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtraAttempts {
    pub attempts: u32,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// How one holder of slots, a team or one of its members, stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Holding {
    /// Slots of the quota that are used.
    used: usize,
    /// Extra attempts that are left.
    extra: u32,
    /// When the last of them ends.
    extra_until: Option<Timestamp>,
    next_slot: Timestamp,
}

impl Holding {
    /// Goes through what was charged, oldest first: a submission uses an extra attempt if the window before it had no slot left.
    /// So extra attempts are as many in all as were given, however often the window passes.
    fn new(rule: &QuotaRule, extras: &[ExtraAttempts], charged: &[Timestamp], now: Timestamp) -> Self {
        let window = Duration::from_secs(rule.per_seconds);
        let limit = usize::try_from(rule.submissions).unwrap_or(usize::MAX);
        let mut extras = extras.to_vec();
        let mut counted: Vec<Timestamp> = Vec::with_capacity(charged.len());
        for at in charged {
            let start = at.minus(window);
            let full = counted.iter().rev().take_while(|earlier| **earlier > start).count() >= limit;
            let usable = |extra: &&mut ExtraAttempts| extra.attempts > 0 && (extra.from..extra.until).contains(at);
            match extras.iter_mut().find(usable).filter(|_| full) {
                Some(extra) => extra.attempts -= 1,
                None => counted.push(*at),
            }
        }
        let start = now.minus(window);
        counted.retain(|at| *at > start);
        let left = || extras.iter().filter(|extra| extra.attempts > 0 && (extra.from..extra.until).contains(&now));
        let extra = left().map(|extra| extra.attempts).sum();
        let next_slot = if extra > 0 { now } else { next_slot(rule, &counted, now) };
        Self { used: counted.len(), extra, extra_until: left().map(|extra| extra.until).max(), next_slot }
    }

    fn remaining(&self, rule: &QuotaRule) -> u32 {
        let used = u32::try_from(self.used).unwrap_or(u32::MAX);
        rule.submissions.saturating_sub(used).saturating_add(self.extra)
    }
}

/// How a team stands with its quota at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaStatus {
    rule: QuotaRule,
    used: u32,
    /// Of `used`, what members used in other teams beyond what this team used.
    carried: u32,
    carried_by: Vec<String>,
    remaining: u32,
    /// Of `remaining`, extra attempts.
    extra: u32,
    extra_until: Option<Timestamp>,
    next_slot: Timestamp,
}

impl QuotaStatus {
    /// Computes the status at `now` from what the team and each of its members, by name, were charged: when these submissions
    /// were reserved, oldest first, as far back as they matter for the window and for the team's extra attempts.
    /// The one who has used most decides: for example, if the team has used 1 slot and a member 3 in an earlier team, 3 are
    /// used, and 2 of them are carried.
    fn new(
        rule: &QuotaRule,
        extras: &[ExtraAttempts],
        team: &[Timestamp],
        members: &[(String, Vec<Timestamp>)],
        now: Timestamp,
    ) -> Self {
        let own = Holding::new(rule, extras, team, now);
        let of_members: Vec<(&String, Holding)> =
            members.iter().map(|(name, charged)| (name, Holding::new(rule, extras, charged, now))).collect();
        let all = || std::iter::once(&own).chain(of_members.iter().map(|(_, holding)| holding));
        let used = all().map(|holding| holding.used).max().unwrap_or(0);
        let ahead = of_members.iter().filter(|(_, holding)| holding.used > own.used);
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let extra = all().map(|holding| holding.extra).min().unwrap_or(0);
        Self {
            rule: rule.clone(),
            used: count(used),
            carried: count(used.saturating_sub(own.used)),
            carried_by: ahead.map(|(name, _)| (*name).clone()).collect(),
            remaining: all().map(|holding| holding.remaining(rule)).min().unwrap_or(0),
            extra,
            extra_until: own.extra_until.filter(|_| extra > 0),
            next_slot: all().map(|holding| holding.next_slot).max().unwrap_or(now),
        }
    }

    /// Submissions left.
    pub const fn remaining(&self) -> u32 {
        self.remaining
    }

    /// Refuses if nothing is left.
    ///
    /// # Errors
    /// `quota_exhausted`, with the time of the next slot.
    pub fn check_remaining(&self, now: Timestamp) -> Result<()> {
        if self.remaining() > 0 {
            return Ok(());
        }
        let (limit, used, next_slot) = (self.rule.submissions, self.used, self.next_slot);
        let window = in_words(self.rule.per_seconds);
        let carried = self.explanation().map(|why| format!(": {why}")).unwrap_or_default();
        let message = format!(
            "the quota of {limit} in {window} is used up ({used} charged{carried}); the next slot opens at {}",
            to_the_second(next_slot)
        );
        let detail = json!({
            "limit": limit,
            "per_seconds": self.rule.per_seconds,
            "remaining": 0,
            "carried": self.carried,
            "carried_by": self.carried_by,
            "next_slot": next_slot,
            "retry_after_seconds": next_slot.since(now).as_micros().div_ceil(1_000_000).max(1),
        });
        Err(Error::refused(ErrorCode::QuotaExhausted, message).because(Reason::QuotaUsed, detail))
    }

    /// Why more is used than the team used itself.
    fn explanation(&self) -> Option<String> {
        let (carried, names) = (self.carried, self.carried_by.join(", "));
        (carried > 0).then(|| {
            format!(
                "{carried} of them by {names} in another team; what a person has used counts in every team they join"
            )
        })
    }

    /// As the API shows it; `season` is as it is for the team.
    pub fn into_quota(self, season: &db::seasons::Season, task: &db::tasks::Task, team: &db::teams::Team) -> Quota {
        let remaining = self.remaining();
        Quota {
            season: season.slug.clone(),
            task: task.slug.clone(),
            team: team.name.clone(),
            limit: self.rule.submissions,
            per_seconds: self.rule.per_seconds,
            used: self.used,
            carried: self.carried,
            carried_by: self.carried_by,
            remaining,
            extra: self.extra.min(remaining),
            extra_until: self.extra_until,
            closes_at: season.closes_at,
            next_slot: self.next_slot,
        }
    }
}

/// A time in a message, to the second: the next one, so that nobody comes too early.
fn to_the_second(at: Timestamp) -> Timestamp {
    let micros = at.as_micros();
    Timestamp::from_micros(micros.saturating_add(999_999).div_euclid(1_000_000).saturating_mul(1_000_000))
}

/// When a holder has a slot again; `now` if one is open.
fn next_slot(rule: &QuotaRule, charged: &[Timestamp], now: Timestamp) -> Timestamp {
    let limit = usize::try_from(rule.submissions).unwrap_or(usize::MAX);
    // A slot opens when so many have left the window that fewer than the limit remain; after a rule was made stricter, more
    // than one has to leave.
    match charged.len().checked_sub(limit).and_then(|surplus| charged.get(surplus)) {
        Some(reserved) => reserved.plus(Duration::from_secs(rule.per_seconds)),
        None => now,
    }
}

/// A window in the largest unit that fits: `7 days`.
fn in_words(seconds: u64) -> String {
    let units = [(24 * 3600, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds.is_multiple_of(*length)).unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// How a team stands at `now`, with the members it has now.
pub fn status(conn: &mut Conn, task: &db::tasks::Task, team: TeamId, now: Timestamp) -> Result<QuotaStatus> {
    let rule = &task.settings.quota;
    let extras: Vec<ExtraAttempts> = db::extensions::attempts_of(conn, team, task.id)?
        .into_iter()
        .map(|(attempts, from, until)| ExtraAttempts { attempts, from, until })
        .collect();
    // What used extra attempts is told apart by the window before them.
    let oldest = extras.iter().map(|extra| extra.from).min().unwrap_or(now).min(now);
    let start = oldest.minus(Duration::from_secs(rule.per_seconds));
    let own = db::quota::charged_since(conn, task.id, team, start)?;
    let members = db::memberships::members_of(conn, &[team])?.remove(&team).unwrap_or_default();
    let accounts: Vec<AccountId> = members.iter().map(|member| member.account).collect();
    let mut charged = db::submission_members::charged_since(conn, task.id, &accounts, start)?;
    let of_members = members.into_iter().map(|member| {
        let charged = charged.remove(&member.account).unwrap_or_default();
        (member.name, charged)
    });
    Ok(QuotaStatus::new(rule, &extras, &own, &of_members.collect::<Vec<_>>(), now))
}

/// The quota of the caller's team in a task.
///
/// # Errors
/// `not_found` if there is no such task.
pub async fn of_member(app: &App, member: Member, path: TaskPath) -> Result<Quota> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, path.season.as_str())?;
            let task = db::tasks::find(conn, season.id, path.task.as_str())?;
            let team = db::teams::find(conn, member.team)?;
            let team = team.ok_or_else(|| Error::not_found("team", member.team))?;
            let season = extensions::season_for(conn, &season, team.id)?;
            Ok(status(conn, &task, team.id, Timestamp::now())?.into_quota(&season, &task, &team))
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
        let status = QuotaStatus::new(&RULE, &[], &[at(100)], &[], at(110));
        assert_eq!((status.used, status.remaining(), status.next_slot), (1, 1, at(110)));
        status.check_remaining(at(110)).unwrap();
    }

    #[test]
    fn the_next_slot_opens_when_the_oldest_leaves_the_window() {
        let status = QuotaStatus::new(&RULE, &[], &[at(100), at(105)], &[], at(110));
        assert_eq!((status.used, status.remaining(), status.next_slot), (2, 0, at(160)));
        let body = status.check_remaining(at(110)).unwrap_err().body().error;
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
        let status = QuotaStatus::new(&RULE, &[], &[at(100), at(105), at(107)], &[], at(110));
        assert_eq!((status.remaining(), status.next_slot), (0, at(165)));
    }

    #[test]
    fn the_one_who_used_most_decides() {
        let member = |name: &str, seconds: &[i64]| (name.to_owned(), seconds.iter().copied().map(at).collect());
        let members = [member("Ada", &[90]), member("Bob", &[101, 103]), member("Cy", &[])];
        let status = QuotaStatus::new(&RULE, &[], &[at(90)], &members, at(110));
        assert_eq!((status.used, status.carried, status.next_slot), (2, 1, at(161)));
        assert_eq!(status.carried_by, ["Bob"], "Ada used no more than the team");
        let body = status.check_remaining(at(110)).unwrap_err().body().error;
        assert!(body.message.contains("2 charged: 1 of them by Bob in another team"), "{}", body.message);
        assert_eq!((&body.detail["carried"], &body.detail["carried_by"][0]), (&json!(1), &json!("Bob")));

        // Not the sum: joining never costs more than the larger of both.
        let apart = QuotaStatus::new(&RULE, &[], &[at(90)], &[member("Dee", &[91])], at(110));
        assert_eq!((apart.used, apart.carried, apart.remaining()), (1, 0, 1));
    }

    #[test]
    fn nothing_used_leaves_all_at_once() {
        let status = QuotaStatus::new(&RULE, &[], &[], &[("Ada".to_owned(), Vec::new())], at(110));
        assert_eq!((status.used, status.carried, status.remaining(), status.next_slot), (0, 0, 2, at(110)));
        assert_eq!(status.explanation(), None);
    }

    #[test]
    fn all_members_who_are_ahead_of_the_team_are_named() {
        let member = |name: &str, count: i64| (name.to_owned(), (0..count).map(|i| at(100 + i)).collect());
        let status =
            QuotaStatus::new(&RULE, &[], &[at(100)], &[member("Ada", 2), member("Bob", 1), member("Cy", 3)], at(110));
        assert_eq!((status.used, status.carried, status.remaining()), (3, 2, 0));
        assert_eq!(status.carried_by, ["Ada", "Cy"]);
        assert!(status.explanation().unwrap().starts_with("2 of them by Ada, Cy in another team"));
    }

    /// A client that waits as long as it is told has to find the slot open.
    #[test]
    fn the_wait_is_rounded_up_and_never_zero() {
        let status = QuotaStatus::new(&RULE, &[], &[at(100), at(105)], &[], at(110));
        let wait = |micros| {
            let refused = status.check_remaining(Timestamp::from_micros(micros)).unwrap_err();
            refused.body().error.detail["retry_after_seconds"].clone()
        };
        assert_eq!([wait(158_000_000), wait(158_000_001), wait(159_999_999), wait(160_000_000)], [2, 2, 1, 1]);
    }

    /// What is left and when the next slot opens, after submissions at these times and with these extra attempts: how many,
    /// from when, until when.
    #[test]
    fn extra_attempts_are_used_when_the_window_is_full_and_only_once() {
        type Row<'a> = (&'a [(u32, i64, i64)], &'a [i64], i64, (u32, u32, u32, i64));
        let table: &[Row<'_>] = &[
            // Extras, charged, now: used, remaining, extra, next slot.
            (&[], &[100, 105], 110, (2, 0, 0, 160)),
            (&[(1, 107, 500)], &[100, 105], 110, (2, 1, 1, 110)),
            // The third used the extra one.
            (&[(1, 107, 500)], &[100, 105, 108], 110, (2, 0, 0, 160)),
            // It is not there again in the next window.
            (&[(1, 107, 500)], &[100, 105, 108, 161, 166], 170, (2, 0, 0, 221)),
            (&[(2, 107, 500)], &[100, 105, 108, 161, 166], 170, (2, 1, 1, 170)),
            // While slots are left, extra attempts are not touched.
            (&[(3, 50, 500)], &[100], 110, (1, 4, 3, 110)),
            // Before its time, and from its end on, it is of no use.
            (&[(1, 120, 500)], &[100, 105], 110, (2, 0, 0, 160)),
            (&[(1, 100, 110)], &[100, 105], 110, (2, 0, 0, 160)),
            // What it was used for does not count after its end either.
            (&[(1, 100, 109)], &[100, 105, 108], 110, (2, 0, 0, 160)),
            // Of several, the one that ends first is used first.
            (&[(1, 100, 120), (1, 100, 500)], &[100, 105, 108], 130, (2, 1, 1, 130)),
        ];
        for (extras, charged, now, expected) in table {
            let extras: Vec<ExtraAttempts> = extras
                .iter()
                .map(|(attempts, from, until)| ExtraAttempts {
                    attempts: *attempts,
                    from: at(*from),
                    until: at(*until),
                })
                .collect();
            let charged: Vec<Timestamp> = charged.iter().copied().map(at).collect();
            let status = QuotaStatus::new(&RULE, &extras, &charged, &[], at(*now));
            let (used, remaining, extra, next) = *expected;
            let found = (status.used, status.remaining(), status.extra, status.next_slot);
            assert_eq!(found, (used, remaining, extra, at(next)), "{extras:?} {charged:?} at {now}");
        }
        // What a member used elsewhere counts with extra attempts, too.
        let extras = [ExtraAttempts { attempts: 1, from: at(50), until: at(500) }];
        let status = QuotaStatus::new(&RULE, &extras, &[], &[("Bob".to_owned(), vec![at(100), at(101)])], at(110));
        assert_eq!((status.used, status.carried, status.remaining(), status.extra), (2, 2, 1, 1));
    }

    #[test]
    fn windows_are_named_in_their_largest_unit() {
        let words = [60, 3600, 7 * 24 * 3600, 90].map(in_words);
        assert_eq!(words, ["1 minute", "1 hour", "7 days", "90 seconds"]);
    }
}
