//! A team, in words.

use holdout_protocol::{Member, MemberRole, Team, TeamStatus};

use crate::show::figures::time;
use crate::text::visible;

/// Returns what it takes to come back into a team that the caller leaves.
pub(crate) fn after_leaving(team: &Team) -> String {
    let is_last = team.members.as_ref().is_some_and(|members| members.len() == 1);
    match (is_last, team.submissions) {
        (false, _) => "To come back, you need an invitation from its captain.".to_owned(),
        (true, 0) => "It has no other member and has submitted nothing, so it is deleted.".to_owned(),
        (true, _) => "It has no other member: to come back, create a team of the same name.".to_owned(),
    }
}

/// Returns whether a team takes part, as the end of a sentence.
pub(crate) fn standing(team: &Team) -> String {
    match team.status {
        TeamStatus::Approved => format!("takes part in {}", team.season),
        TeamStatus::Pending => format!("waits for an organizer of {} to approve it", team.season),
        TeamStatus::Declined => format!("was declined by an organizer of {}", team.season),
    }
}

pub(crate) fn described(team: &Team) -> String {
    let mut lines = vec![format!("{} ({})", visible(team.name.as_str()), team.season)];
    if let Some(affiliation) = &team.affiliation {
        lines.push(format!("  {}", visible(affiliation)));
    }
    lines.push(format!("  id {}, since {}, {} submissions", team.id, time(team.created_at), team.submissions));
    if team.status != TeamStatus::Approved {
        lines.push(format!("  {}", standing(team)));
    }
    if let Some(note) = &team.status_note {
        lines.push(format!("  note from an organizer: {}", visible(note)));
    }
    for member in team.members.iter().flatten() {
        let role = match member.role {
            MemberRole::Captain => "captain",
            MemberRole::Member => "member",
        };
        lines.push(format!(
            "  {role}: {} ({}), since {}",
            visible(&member.name),
            member.account,
            time(member.joined_at)
        ));
    }
    lines.join("\n")
}
