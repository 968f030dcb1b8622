//! What it changes that a team becomes part of another one, in words.

use holdout_protocol::{MergedQuota, TeamMergeReply};

use crate::show::figures::counted;
use crate::text::visible;

pub(crate) fn described(reply: &TeamMergeReply) -> String {
    let (from, into) = (visible(reply.from.as_str()), visible(reply.into.as_str()));
    let mut lines = vec![format!("{from} becomes part of {into}.")];
    match reply.members.as_slice() {
        [] => lines.push(format!("  Nobody is in {from}.")),
        members => {
            let names: Vec<String> = members.iter().map(|member| visible(&member.name)).collect();
            lines.push(format!("  Into the team: {}", names.join(", ")));
        }
    }
    lines.push(format!("  Submissions that become its own: {}", reply.submissions));
    lines.extend(reply.quotas.iter().map(|quota| quota_line(quota, [&from, &into])));
    if !reply.finals_given_up.is_empty() {
        let count = counted(u64::try_from(reply.finals_given_up.len()).unwrap_or(u64::MAX), "final");
        lines.push(format!("  {from} gives up {count}, because both chose more than one team may."));
    }
    if reply.boards.is_empty() {
        lines.push("  No board changes.".to_owned());
    }
    lines.join("\n")
}

fn quota_line(quota: &MergedQuota, [from, into]: [&str; 2]) -> String {
    let MergedQuota { task, limit, from: by_from, into: by_into, together, remaining } = quota;
    format!(
        "  {task}: {from} has used {by_from} and {into} {by_into} of {limit}; together {together}, {remaining} left"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reply(changes: &serde_json::Value) -> TeamMergeReply {
        let id = "0190a5d0-0000-7000-8000-000000000001";
        let mut fields = json!({ "from": "Beta", "into": "Alpha", "submissions": 3, "finals_given_up": [id], "boards": [],
            "members": [{ "account": id, "name": "Bo\u{7}b", "role": "captain", "joined_at": "2026-01-01T00:00:00Z" }],
            "quotas": [{ "task": "dogs", "limit": 5, "from": 2, "into": 4, "together": 6, "remaining": 0 }],
            "dry_run": true });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn people_submissions_quotas_and_finals_are_counted() {
        let lines = [
            "Beta becomes part of Alpha.",
            "  Into the team: Bo\u{fffd}b",
            "  Submissions that become its own: 3",
            "  dogs: Beta has used 2 and Alpha 4 of 5; together 6, 0 left",
            "  Beta gives up 1 final, because both chose more than one team may.",
            "  No board changes.",
        ];
        assert_eq!(described(&reply(&json!({}))), lines.join("\n"));
    }

    #[test]
    fn a_team_without_people_and_choices_brings_none() {
        let bare = described(&reply(&json!({ "members": [], "quotas": [], "finals_given_up": [] })));
        let lines = [
            "Beta becomes part of Alpha.",
            "  Nobody is in Beta.",
            "  Submissions that become its own: 3",
            "  No board changes.",
        ];
        assert_eq!(bare, lines.join("\n"));
    }
}
