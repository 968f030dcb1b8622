//! `season open`, `close`, `publish`, `unpublish`: what changes the state of a season.

use clap::Args;
use holdout_protocol::{ErrorCode, Season, SeasonChanges, SeasonState, Slug, Timestamp};

use super::context::Context;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::open_matters::unsettled;
use crate::show::season::standing;

/// `season close`, `season publish` and `season unpublish`.
#[derive(Debug, Args)]
pub(crate) struct EndArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// Do it without asking first.
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn open(context: &Context, season: &Slug) -> Result<(), Failure> {
    let present = context.client()?.season(season)?;
    if present.state == SeasonState::Published {
        let refused = Failure::refused(ErrorCode::WrongState.as_str(), format!("{season} is published"));
        return Err(
            refused.advise(format!(
                "To open it again, hide its results first, with `holdout season unpublish {season}`, and then set a later `closes` in \
                 its `season.yaml` or on the season's page."
            ))
        );
    }
    change(context, season, &opening(&present))
}

pub(super) fn close(context: &Context, arguments: &EndArguments) -> Result<(), Failure> {
    let season = &arguments.season;
    let (present, now) = (context.client()?.season(season)?, Timestamp::now());
    if let Some(closes) = present.closes.filter(|closes| *closes <= now) {
        // A later deadline would let in what was announced in between.
        context.console.data(&present)?;
        let message = format!("{season} is closed already, since {}; nothing was changed.", time(closes));
        return context.console.say(message);
    }
    if !agree(context, arguments, "Close it now?", "close")? {
        return context.console.say("Nothing was changed.");
    }
    change(context, season, &SeasonChanges { closes: Some(Some(Timestamp::now())), ..SeasonChanges::default() })
}

pub(super) fn publish(context: &Context, arguments: &EndArguments) -> Result<(), Failure> {
    let season = &arguments.season;
    let present = context.client()?.season(season)?;
    if let Some(at) = present.published_at {
        context.console.data(&present)?;
        return context.console.say(format!("{season} is published already, since {}; nothing was changed.", time(at)));
    }
    if !agree(context, arguments, "Publish the private scores?", "publish")? {
        return context.console.say("Nothing was changed.");
    }
    change(context, season, &SeasonChanges { published: Some(true), ..SeasonChanges::default() })
}

pub(super) fn unpublish(context: &Context, arguments: &EndArguments) -> Result<(), Failure> {
    let season = &arguments.season;
    let present = context.client()?.season(season)?;
    if present.published_at.is_none() {
        context.console.data(&present)?;
        return context.console.say(format!("{season} is not published; nothing was changed."));
    }
    context.console.remark(
        "Whoever has seen the private scores knows them. Teams do not choose finals, withdraw results or correct texts any \
         more, unless you set a later `closes`.",
    );
    if !ask(context, arguments, "Hide the private scores again?", "hide the private scores of")? {
        return context.console.say("Nothing was changed.");
    }
    change(context, season, &SeasonChanges { published: Some(false), ..SeasonChanges::default() })
}

/// Shows what is not settled, and asks.
fn agree(context: &Context, arguments: &EndArguments, question: &str, verb: &str) -> Result<bool, Failure> {
    let (season, console) = (&arguments.season, context.console);
    let open = unsettled(season, &context.client()?.open_matters(season)?);
    for matter in &open {
        console.remark(matter);
    }
    if open.is_empty() {
        console.remark(format!("Nothing waits for you in {season}, and nothing runs."));
    }
    ask(context, arguments, question, verb)
}

fn ask(context: &Context, arguments: &EndArguments, question: &str, verb: &str) -> Result<bool, Failure> {
    let (season, console) = (&arguments.season, context.console);
    let alone = format!("there is nobody to ask whether to {verb} {season}");
    console.agree(arguments.yes, question, (alone.as_str(), "Run it with `--yes`."))
}

/// Returns what makes a season open now.
fn opening(season: &Season) -> SeasonChanges {
    let now = Timestamp::now();
    SeasonChanges { draft: Some(false), opens: (season.opens > now).then_some(now), ..SeasonChanges::default() }
}

pub(super) fn change(context: &Context, season: &Slug, changes: &SeasonChanges) -> Result<(), Failure> {
    let changed = context.client()?.change_season(season, changes)?;
    context.console.data(&changed)?;
    context.console.say(format!("{season} is {}.", standing(&changed)))?;
    if changed.state == SeasonState::Closed && changes.draft == Some(false) {
        context.console.remark(format!("note: {season} has closed already; a later `closes` opens it again"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_that_opens_later_is_opened_now_and_another_keeps_its_beginning() {
        let season = |opens: Timestamp| -> Season {
            serde_json::from_value(serde_json::json!({
                "season": "demo", "title": "Demo", "rules": "", "opens": opens, "closes": null, "draft": true,
                "paused": false, "frozen_at": null, "published_at": null, "state": "draft", "tasks": [],
                "registration": { "mode": "open", "domains": [], "teams_per_account": 1 },
            }))
            .unwrap()
        };
        let (now, hour) = (Timestamp::now(), std::time::Duration::from_secs(3600));
        let later = opening(&season(now.plus(hour)));
        assert_eq!(later.draft, Some(false));
        assert!(later.opens.is_some_and(|opens| opens >= now && opens < now.plus(hour)), "{:?}", later.opens);
        let begun = opening(&season(now.minus(hour)));
        assert_eq!(begun, SeasonChanges { draft: Some(false), ..SeasonChanges::default() });
    }
}
