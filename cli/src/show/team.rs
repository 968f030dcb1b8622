//! A team, in words.

use holdout_protocol::{MemberRole, Team, TeamStatus};

use crate::show::figures::{counted, time};
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
    let submissions = counted(team.submissions, "submission");
    lines.push(format!("  id {}, since {}, {submissions}", team.id, time(team.created_at)));
    if team.status != TeamStatus::Approved {
        lines.push(format!("  {}", standing(team)));
    }
    if let Some(note) = &team.status_note {
        lines.push(format!("  note from an organizer: {}", visible(note)));
    }
    for was in &team.merged {
        let reason = was.reason.as_ref().map(|reason| format!(": {}", visible(reason))).unwrap_or_default();
        lines.push(format!("  {} became part of it on {}{reason}", visible(was.name.as_str()), time(was.at)));
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn team(changes: &Value) -> Team {
        let mut fields = json!({
            "id": "0190a5d0-0000-7000-8000-000000000001", "season": "demo", "name": "Alpha", "affiliation": null,
            "created_at": "2026-01-01T00:00:00Z", "submissions": 0, "status": "approved", "status_note": null,
            "members": null,
        });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    fn member(name: &str, role: &str) -> Value {
        json!({
            "account": "0190a5d0-0000-7000-8000-000000000002", "name": name, "role": role,
            "joined_at": "2026-01-01T00:00:00Z",
        })
    }

    #[test]
    fn who_leaves_is_told_the_way_back() {
        let alone =
            |submissions: u32| team(&json!({ "members": [member("Ada", "captain")], "submissions": submissions }));
        let two = team(&json!({ "members": [member("Ada", "captain"), member("Bob", "member")] }));
        assert!(after_leaving(&two).contains("invitation"), "{}", after_leaving(&two));
        assert!(after_leaving(&alone(0)).contains("deleted"), "{}", after_leaving(&alone(0)));
        assert!(after_leaving(&alone(3)).contains("same name"), "{}", after_leaving(&alone(3)));
        // The members of another team are not known, so it need not be the last one.
        assert!(after_leaving(&team(&json!({}))).contains("invitation"));
    }

    #[test]
    fn a_team_that_waits_says_so() {
        let waits = described(&team(&json!({ "status": "pending", "status_note": "send\u{7} a proof" })));
        assert!(waits.contains("  waits for an organizer of demo to approve it"), "{waits}");
        assert!(waits.contains("note from an organizer: send") && !waits.contains('\u{7}'), "{waits:?}");
        assert!(!described(&team(&json!({}))).contains("takes part"));
    }

    #[test]
    fn teams_that_became_part_of_it_are_named() {
        let merged = json!([{ "name": "Beta", "at": "2026-01-02T00:00:00Z", "reason": "One\u{7} group" }]);
        let text = described(&team(&json!({ "merged": merged })));
        assert!(text.contains("  Beta became part of it on 2026-01-02"), "{text}");
        assert!(text.contains(": One") && !text.contains('\u{7}'), "{text:?}");
    }

    #[test]
    fn members_are_listed_with_their_roles() {
        let text = described(&team(&json!({ "members": [member("Ada", "captain"), member("Bob", "member")] })));
        let roles: Vec<&str> = text.lines().skip(2).filter_map(|line| line.trim().split(" (").next()).collect();
        assert_eq!(roles, ["captain: Ada", "member: Bob"]);
    }

    #[test]
    fn a_team_is_told_where_it_stands() {
        let standing = |status: &str| standing(&team(&json!({ "status": status })));
        assert_eq!(standing("approved"), "takes part in demo");
        assert_eq!(standing("pending"), "waits for an organizer of demo to approve it");
        assert_eq!(standing("declined"), "was declined by an organizer of demo");
    }

    #[test]
    fn a_team_is_described_line_by_line() {
        let changes = json!({ "affiliation": "Uni\u{7}", "submissions": 1, "status": "declined" });
        let id = "0190a5d0-0000-7000-8000-000000000001";
        let expected = [
            "Alpha (demo)".to_owned(),
            "  Uni\u{fffd}".to_owned(),
            format!("  id {id}, since 2026-01-01 00:00:00 UTC, 1 submission"),
            "  was declined by an organizer of demo".to_owned(),
        ];
        assert_eq!(described(&team(&changes)).lines().collect::<Vec<_>>(), expected);
    }
}
