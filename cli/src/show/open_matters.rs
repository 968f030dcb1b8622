//! What is not settled in a season, in words.

use holdout_protocol::{OpenMatters, Slug};

use crate::show::figures::{grouped, time};

/// Returns what waits for the organizers of a season, a sentence each, with the command that shows
/// it.
pub(crate) fn waiting(season: &Slug, open: &OpenMatters) -> Vec<String> {
    let OpenMatters { pending_teams, held_results, open_questions, stalled, disabled_webhooks, .. } = open;
    let mut lines = Vec::new();
    let mut add = |count: u64, one: &str, many: &str, command: String| {
        if count > 0 {
            let what = if count == 1 { one } else { many };
            lines.push(format!("{} {what}: {command}", grouped(count)));
        }
    };
    let command = format!("holdout evaluations --season {season} --state stalled");
    add(*stalled, "evaluation has stalled", "evaluations have stalled", command);
    let command = format!("holdout season approve {season} TEAM");
    add(*pending_teams, "team waits for approval", "teams wait for approval", command);
    let command = format!("holdout judge approve --season {season} --dry-run");
    add(*held_results, "result waits for approval", "results wait for approval", command);
    let command = format!("holdout questions {season} --open");
    add(*open_questions, "question has no answer", "questions have no answer", command);
    let command = format!("holdout webhook list {season}");
    add(*disabled_webhooks, "webhook was disabled by the server", "webhooks were disabled by the server", command);
    for task in &open.rescorings {
        let command = format!("holdout season rescore {season} --task {task}");
        add(1, &format!("re-scoring of {task} waits to be applied or dropped"), "", command);
    }
    lines
}

/// Lists everything that is not settled, and what closing or publishing the season would cut off.
pub(crate) fn unsettled(season: &Slug, open: &OpenMatters) -> Vec<String> {
    let mut lines = waiting(season, open);
    let counts = [
        (open.queued, "evaluation waits for a scorer", "evaluations wait for a scorer"),
        (open.running, "evaluation runs", "evaluations run"),
        (open.uploads, "upload of a team member is not complete", "uploads of team members are not complete"),
    ];
    for (count, one, many) in counts.into_iter().filter(|(count, ..)| *count > 0) {
        lines.push(format!("{} {}", grouped(count), if count == 1 { one } else { many }));
    }
    if let Some(end) = open.choices_until {
        lines.push(format!(
            "until {}, uploads begun before the close may become submissions, and teams choose finals and withdraw results; \
             publishing ends that",
            time(end)
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_matter_is_said_with_its_number_and_its_command() {
        let season: Slug = "s".parse().unwrap();
        let nothing = OpenMatters {
            pending_teams: 0,
            held_results: 0,
            open_questions: 0,
            rescorings: Vec::new(),
            stalled: 0,
            disabled_webhooks: 0,
            queued: 0,
            running: 0,
            uploads: 0,
            choices_until: None,
        };
        assert!(unsettled(&season, &nothing).is_empty());
        let some = OpenMatters { pending_teams: 1, held_results: 2, disabled_webhooks: 1, running: 1, ..nothing };
        let said = unsettled(&season, &some);
        let expected = [
            "1 team waits for approval: holdout season approve s TEAM",
            "2 results wait for approval: holdout judge approve --season s --dry-run",
            "1 webhook was disabled by the server: holdout webhook list s",
            "1 evaluation runs",
        ];
        assert_eq!(said, expected);
        assert_eq!(waiting(&season, &some), expected[..3]);
    }

    fn matters(changes: &serde_json::Value) -> OpenMatters {
        let mut fields = serde_json::json!({
            "pending_teams": 0, "held_results": 0, "open_questions": 0, "rescorings": [], "stalled": 0, "queued": 0,
            "running": 0, "uploads": 0,
        });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn each_rescoring_is_said_with_its_own_task() {
        let open = matters(&serde_json::json!({ "rescorings": ["images", "sketches"] }));
        let expected = ["images", "sketches"].map(|task| {
            format!("1 re-scoring of {task} waits to be applied or dropped: holdout season rescore s --task {task}")
        });
        assert_eq!(waiting(&"s".parse().unwrap(), &open), expected);
    }

    #[test]
    fn stalled_evaluations_come_first_and_what_still_runs_last() {
        let open = matters(&serde_json::json!({
            "open_questions": 1234, "stalled": 1, "queued": 1, "running": 2, "uploads": 1,
        }));
        let expected = [
            "1 evaluation has stalled: holdout evaluations --season s --state stalled",
            "1,234 questions have no answer: holdout questions s --open",
            "1 evaluation waits for a scorer",
            "2 evaluations run",
            "1 upload of a team member is not complete",
        ];
        assert_eq!(unsettled(&"s".parse().unwrap(), &open), expected);
    }
}
