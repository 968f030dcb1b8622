//! Teams whose answers agree too much, as text.

use holdout_protocol::{SimilarGroup, SimilarPair, SimilarSubmissions, SubmissionId, format_p_value};

use super::figures::{counted, grouped};
use super::table::Table;
use crate::text::{visible, wrapped};

/// Returns what was compared, and each group with its strongest pairs.
pub(crate) fn render_similar(found: &SimilarSubmissions, columns: usize) -> String {
    let compared = format!(
        "{} of {} were compared, {} of different teams.",
        counted(found.submissions.into(), "submission"),
        counted(found.teams.into(), "team"),
        counted(found.pairs, "pair")
    );
    let mut parts = vec![wrapped(&compared, columns)];
    if found.without_answers > 0 {
        let count = counted(found.without_answers.into(), "submission");
        parts.push(wrapped(&format!("{count} could not be compared: the answers are not kept."), columns));
    }
    if found.groups.is_empty() {
        parts.push(wrapped("No two teams agree beyond what teams reach that work on their own.", columns));
    }
    parts.extend(found.groups.iter().map(|group| group_lines(group, columns)));
    parts.join("\n")
}

fn group_lines(group: &SimilarGroup, columns: usize) -> String {
    let teams: Vec<String> = group.teams.iter().map(|team| visible(team.as_str())).collect();
    let heading =
        format!("\n{}: {}", counted(u64::try_from(teams.len()).unwrap_or(u64::MAX), "team"), teams.join(", "));
    let mut table = Table::new(&["same lists", "same wrong labels", "chance", "submissions"]);
    for pair in &group.pairs {
        let SimilarPair { first, second, lists, same_lists, either_wrong, same_wrong, p_value: p, .. } = pair;
        let share = |part: &u32, of: &u32| format!("{} of {}", grouped((*part).into()), grouped((*of).into()));
        let team = |id: &SubmissionId| {
            let found = group.submissions.iter().find(|it| it.submission == *id);
            found.map_or_else(String::new, |it| visible(it.team.as_str()))
        };
        table.row(&[
            share(same_lists, lists),
            share(same_wrong, either_wrong),
            format_p_value(*p),
            format!("{first} ({}), {second} ({})", team(first), team(second)),
        ]);
    }
    format!("{}\n{}", wrapped(&heading, columns), table.render(usize::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_group_is_named_with_its_pairs() {
        let [a, b] = [SubmissionId::new(), SubmissionId::new()];
        let one = |id, team: &str| json!({ "submission": id, "team": team, "created_at": "2026-01-01T00:00:00Z" });
        let found = json!({ "season": "s", "task": "t", "submissions": 4, "teams": 3, "pairs": 5, "images": 1000,
            "without_answers": 1, "complete": true, "groups": [{ "teams": ["A", "B"], "submissions": [one(a, "A"), one(b, "B")],
            "pairs": [{ "first": a, "second": b, "lists": 1000, "same_lists": 990, "either_wrong": 250, "both_wrong": 240,
            "same_wrong": 238, "p_value": 1e-9 }] }] });
        let shown = render_similar(&serde_json::from_value(found).unwrap(), 200);
        assert!(shown.starts_with("4 submissions of 3 teams were compared, 5 pairs of different teams."), "{shown}");
        assert!(shown.contains("1 submission could not be compared") && shown.contains("2 teams: A, B"), "{shown}");
        let line = shown.lines().find(|line| line.contains("990 of 1,000")).unwrap();
        assert!(line.contains("238 of 250") && line.contains(&format!("{a} (A), {b} (B)")), "{line}");
    }

    #[test]
    fn nothing_is_said_to_be_nothing() {
        let found = json!({ "season": "s", "task": "t", "submissions": 0, "teams": 0, "pairs": 0, "images": 0,
            "without_answers": 0, "complete": true, "groups": [] });
        let shown = render_similar(&serde_json::from_value(found).unwrap(), 200);
        assert!(shown.ends_with("No two teams agree beyond what teams reach that work on their own."), "{shown}");
    }
}
