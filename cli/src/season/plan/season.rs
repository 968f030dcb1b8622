//! What changes of the season itself.

use holdout_protocol::{ErrorCode, Season, SeasonChanges, Timestamp};

use super::lines::{Action, FieldChange, Plan, PlanLine, Sign};
use crate::failure::Failure;
use crate::season::differences::{self, Reopening};
use crate::season::files::CheckedSeason;
use crate::season::unfinished::Unfinished;

/// Plans the season itself. Returns whether it has to be shown at the end.
pub(super) fn plan_season(
    plan: &mut Plan<'_>,
    present: Option<&Season>,
    checked: &CheckedSeason,
    unfinished: &Unfinished,
) -> Result<bool, Failure> {
    let what = format!("season {}", checked.season.season);
    let Some(present) = present else {
        plan.create(format!("{what}: {}", checked.season.title), Action::CreateSeason);
        return Ok(!checked.season.draft);
    };
    let (mut changes, mut words) = differences::of_season(present, checked);
    if !present.draft {
        unfinished.end()?;
    } else if unfinished.is_known() && checked.draft.is_none() {
        words.push(FieldChange::new("draft", "true", "false"));
        changes.draft = Some(false);
    }
    let shows = changes.draft.take_if(|draft| !*draft).is_some();
    match differences::reopening(present.state, &changes, Timestamp::now()) {
        Reopening::No => {}
        Reopening::Closed => plan.remarks.push(format!("{what}: it is closed, and its new `closes` opens it again")),
        Reopening::Published => {
            return Err(Failure::refused(
                ErrorCode::WrongState.as_str(),
                format!(
                    "{what} is published, and the folder's `closes` would open it again: teams have seen private scores"
                ),
            )
            .advise(keep_closed(present)));
        }
    }
    if present.draft && !shows && checked.draft.is_none() {
        let season = &checked.season.season;
        plan.remarks.push(format!("{what}: it stays a draft; `holdout season open {season}` shows it"));
    }
    match (words.is_empty(), changes == SeasonChanges::default()) {
        (true, _) => plan.keep(what),
        (false, true) => plan.lines.push(PlanLine { sign: Sign::Change, what, fields: words }),
        (false, false) => plan.change(what, words, Action::ChangeSeason(changes)),
    }
    Ok(shows)
}

/// Returns what to do about a folder that would reopen a published season.
fn keep_closed(present: &Season) -> String {
    let (season, closes) = (&present.season, present.closes.map_or_else(|| "null".to_owned(), |at| at.to_string()));
    format!(
        "Write `closes: {closes}`, when the season closed, in `season.yaml`. To open the season again nevertheless, hide its results \
         first: `holdout season unpublish {season}`."
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::super::samples::{checked, season};
    use super::*;

    struct Planned {
        /// Whether it is shown at the end.
        shows: bool,
        text: String,
        actions: Vec<Option<SeasonChanges>>,
        remarks: Vec<String>,
        is_known: bool,
    }

    fn plan_with(present: Option<&Value>, checked: &CheckedSeason, begun: bool) -> Result<Planned, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = Unfinished::of(folder.path(), &"http://h".parse().unwrap(), &checked.season.season);
        if begun {
            unfinished.begin()?;
        }
        let mut plan = Plan::default();
        let shows = plan_season(&mut plan, present.map(season).as_ref(), checked, &unfinished)?;
        let actions = plan.actions.into_iter().map(|action| match action {
            Action::ChangeSeason(changes) => Some(changes),
            _ => None,
        });
        let text = plan.lines.iter().map(PlanLine::text).collect();
        Ok(Planned { shows, text, actions: actions.collect(), remarks: plan.remarks, is_known: unfinished.is_known() })
    }

    #[test]
    fn a_season_is_made_and_shown_unless_it_is_a_draft() {
        let mut folder = checked();
        let made = plan_with(None, &folder, false).unwrap();
        assert_eq!((made.text.as_str(), made.shows, made.actions), ("+ season demo: Demo", true, vec![None]));
        folder.season.draft = true;
        assert!(!plan_with(None, &folder, false).unwrap().shows);
    }

    #[test]
    fn a_season_that_is_the_same_is_kept_and_is_not_unfinished_any_more() {
        let kept = plan_with(Some(&json!({})), &checked(), true).unwrap();
        assert_eq!((kept.text.as_str(), kept.shows, kept.is_known), ("= season demo", false, false));
        assert!(kept.actions.is_empty() && kept.remarks.is_empty());
    }

    #[test]
    fn a_draft_that_a_run_left_behind_is_shown_and_one_of_the_organizers_is_not() {
        let draft = json!({ "draft": true, "state": "draft" });
        let left = plan_with(Some(&draft), &checked(), true).unwrap();
        assert_eq!((left.text.as_str(), left.shows), ("~ season demo\n    draft: true → false", true));
        assert!(left.actions.is_empty(), "it is shown at the very end");
        let wanted = plan_with(Some(&draft), &checked(), false).unwrap();
        assert_eq!((wanted.text.as_str(), wanted.shows), ("= season demo", false));
        assert!(
            wanted.remarks[0].contains("it stays a draft; `holdout season open demo` shows it"),
            "{:?}",
            wanted.remarks
        );
        let mut folder = checked();
        folder.draft = Some(true);
        let said = plan_with(Some(&draft), &folder, true).unwrap();
        assert_eq!((said.text.as_str(), said.shows, said.remarks.len()), ("= season demo", false, 0));
    }

    #[test]
    fn a_change_beside_the_draft_is_made_before_the_season_is_shown() {
        let mut folder = checked();
        (folder.draft, folder.season.title) = (Some(false), "Another".to_owned());
        let draft = json!({ "draft": true, "state": "draft" });
        let planned = plan_with(Some(&draft), &folder, false).unwrap();
        let title = SeasonChanges { title: Some("Another".to_owned()), ..SeasonChanges::default() };
        assert_eq!((planned.shows, planned.actions), (true, vec![Some(title)]));
    }

    #[test]
    fn a_season_that_is_over_is_opened_again_only_before_it_is_published() {
        let mut folder = checked();
        folder.season.closes = Some(Timestamp::now().plus(Duration::from_secs(3600)));
        let over = |state: &str| json!({ "state": state, "closes": "2026-02-01T00:00:00Z" });
        let closed = plan_with(Some(&over("closed")), &folder, false).unwrap();
        assert!(closed.remarks[0].contains("its new `closes` opens it again"), "{:?}", closed.remarks);
        let refused = plan_with(Some(&over("published")), &folder, false).map(|_| ()).unwrap_err();
        assert!(
            refused.to_text().contains("season demo is published, and the folder's `closes`"),
            "{}",
            refused.to_text()
        );
        for said in ["advice: Write `closes: 2026-02-01T00:00:00Z`", "holdout season unpublish demo"] {
            assert!(refused.to_text().contains(said), "{}", refused.to_text());
        }
    }
}
