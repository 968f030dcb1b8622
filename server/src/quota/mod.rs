//! Quotas: so many submissions of a team in a task within a rolling window.
//!
//! A submission holds its slot from its reservation until the window has passed, unless the slot
//! was given back. It counts for its team and for everybody who was in the team when it was made,
//! in whichever team they are later: [`holders`]. One that used an extra attempt holds no slot, and
//! the attempt is used for good: extra attempts are as many in all as were given, however often the
//! window passes and whoever joins or leaves.

pub mod holders;

use std::time::Duration;

use holdout_protocol::{AccountId, ErrorCode, ExtensionId, Quota, QuotaRule, Reason, TeamId, Timestamp, plural};
use serde_json::json;

use crate::app::App;
use crate::auth::Member;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::extensions;
use crate::paths::TaskPath;

/// Extra attempts of one extension of a team that are left and can be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtraAttempts {
    pub extension: ExtensionId,
    /// At least 1.
    pub left: u32,
    pub until: Timestamp,
}

/// How one holder of slots, a team or one of its members, stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Holding {
    used: usize,
    next_slot: Timestamp,
}

impl Holding {
    /// Counts from the times at which the slots in the window before `now` were reserved, oldest
    /// first.
    fn new(rule: &QuotaRule, slots: &[Timestamp], now: Timestamp) -> Self {
        Self { used: slots.len(), next_slot: next_slot(rule, slots, now) }
    }

    fn remaining(&self, rule: &QuotaRule) -> u32 {
        rule.submissions.saturating_sub(u32::try_from(self.used).unwrap_or(u32::MAX))
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
    /// Slots of the quota that are left.
    slots_left: u32,
    /// Extra attempts that are left, those that end first before the others; part of `remaining`.
    extras: Vec<ExtraAttempts>,
    next_slot: Timestamp,
}

impl QuotaStatus {
    /// Computes the status at `now` from the slots of the team and of each of its members, by name:
    /// when these were reserved, oldest first, within the window. The one who has used most
    /// decides: for example, if the team has used 1 slot and a member 3 in an earlier team, 3 are
    /// used, and 2 of them are carried.
    fn new(
        rule: &QuotaRule,
        extras: Vec<ExtraAttempts>,
        team: &[Timestamp],
        members: &[(String, Vec<Timestamp>)],
        now: Timestamp,
    ) -> Self {
        let own = Holding::new(rule, team, now);
        let of_members: Vec<(&String, Holding)> =
            members.iter().map(|(name, slots)| (name, Holding::new(rule, slots, now))).collect();
        let all = || std::iter::once(&own).chain(of_members.iter().map(|(_, holding)| holding));
        let used = all().map(|holding| holding.used).max().unwrap_or(0);
        let ahead = of_members.iter().filter(|(_, holding)| holding.used > own.used);
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Self {
            rule: rule.clone(),
            used: count(used),
            carried: count(used.saturating_sub(own.used)),
            carried_by: ahead.map(|(name, _)| (*name).clone()).collect(),
            slots_left: all().map(|holding| holding.remaining(rule)).min().unwrap_or(0),
            next_slot: if extras.is_empty() {
                all().map(|holding| holding.next_slot).max().unwrap_or(now)
            } else {
                now
            },
            extras,
        }
    }

    /// Slots of the quota that are used.
    pub const fn used(&self) -> u32 {
        self.used
    }

    fn extra(&self) -> u32 {
        self.extras.iter().fold(0, |sum, extra| sum.saturating_add(extra.left))
    }

    /// Submissions left.
    pub fn remaining(&self) -> u32 {
        self.slots_left.saturating_add(self.extra())
    }

    /// What the next submission uses: a slot of the quota (`None`), or an attempt of this
    /// extension, if the team or one of its members has no slot left. Refuses if nothing is left.
    ///
    /// # Errors
    /// `quota_exhausted`, with the time of the next slot.
    pub fn check_remaining(&self, now: Timestamp) -> Result<Option<ExtensionId>> {
        if self.slots_left > 0 {
            return Ok(None);
        }
        if let Some(extra) = self.extras.first() {
            return Ok(Some(extra.extension));
        }
        let (limit, used, next_slot) = (self.rule.submissions, self.used, self.next_slot);
        let window = in_words(self.rule.per_seconds);
        let carried = self.explanation().map(|why| format!(": {why}")).unwrap_or_default();
        let message = format!(
            "the quota of {limit} in {window} is used up ({used} used{carried}); the next slot opens at {}",
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

    /// Returns why more is used than the team used itself.
    fn explanation(&self) -> Option<String> {
        let (carried, names) = (self.carried, self.carried_by.join(", "));
        (carried > 0).then(|| {
            format!(
                "{carried} of them by {names} in another team; what a person has used counts in every team they join"
            )
        })
    }

    /// Returns it as the API shows it. `season` has the team's own deadline, if there is one.
    pub fn into_quota(self, season: &db::seasons::Season, task: &db::tasks::Task, team: &db::teams::Team) -> Quota {
        let (remaining, extra) = (self.remaining(), self.extra());
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
            extra,
            extra_until: self.extras.last().map(|extra| extra.until),
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

/// Returns when a holder has a slot again; `now` if one is open.
fn next_slot(rule: &QuotaRule, charged: &[Timestamp], now: Timestamp) -> Timestamp {
    let limit = usize::try_from(rule.submissions).unwrap_or(usize::MAX);
    // A slot opens when so many have left the window that fewer than the limit remain; after a rule
    // was made stricter, more than one has to leave.
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
    format!("{count} {}", plural(count, unit))
}

/// Returns how a team stands at `now`, with the members it has now.
pub fn status(conn: &mut Conn, task: &db::tasks::Task, team: TeamId, now: Timestamp) -> Result<QuotaStatus> {
    status_of_all(conn, task, &[team], now)
}

/// Returns how one team would stand at `now` that had all that these teams have.
pub fn status_of_all(conn: &mut Conn, task: &db::tasks::Task, teams: &[TeamId], now: Timestamp) -> Result<QuotaStatus> {
    let rule = &task.settings.quota;
    let start = now.minus(Duration::from_secs(rule.per_seconds));
    let (mut extras, mut own) = (Vec::new(), Vec::new());
    for team in teams {
        let used = db::quota::used_extras(conn, task.id, *team)?;
        let given = db::extensions::attempts_of(conn, *team, task.id, now)?.into_iter();
        extras.extend(given.filter_map(|(extension, attempts, until)| {
            let left = attempts.saturating_sub(used.get(&extension).copied().unwrap_or(0));
            (left > 0).then_some(ExtraAttempts { extension, left, until })
        }));
        own.extend(db::quota::slots_since(conn, task.id, *team, start)?);
    }
    extras.sort_by_key(|extra| (extra.until, extra.extension));
    own.sort_unstable();
    let members: Vec<_> = db::memberships::members_of(conn, teams)?.into_values().flatten().collect();
    let accounts: Vec<AccountId> = members.iter().map(|member| member.account).collect();
    let mut slots = db::submission_members::slots_since(conn, task.id, &accounts, start)?;
    let of_members = members.into_iter().map(|member| {
        let slots = slots.remove(&member.account).unwrap_or_default();
        (member.name, slots)
    });
    Ok(QuotaStatus::new(rule, extras, &own, &of_members.collect::<Vec<_>>(), now))
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
mod tests;
