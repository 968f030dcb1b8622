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
            .advise(KEEP_CLOSED));
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

/// What to do about a folder that would reopen a published season.
const KEEP_CLOSED: &str = "Put the time at which the season closed on the server into `closes`; `holdout season list` shows it. To open the \
     season again nevertheless, hide its results first, on the season's page.";
