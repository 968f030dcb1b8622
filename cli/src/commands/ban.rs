//! `ban`: who may not take part.

use clap::{Args, Subcommand};
use holdout_protocol::{Ban, BanId, BanQuery, NewBan, Slug, Timestamp};

use super::context::Context;
use crate::failure::Failure;
use crate::show::figures::{grouped, time};
use crate::show::table::Table;
use crate::text::visible;

/// `ban`.
#[derive(Debug, Subcommand)]
pub(crate) enum BanCommand {
    /// Ban a person, or a team with everybody who is in it; results stay on the board.
    Add(AddArguments),
    /// The bans that are in force.
    List {
        /// Only those that are in force in this season.
        #[arg(long, value_name = "SEASON")]
        season: Option<Slug>,
        /// Those that have ended or were lifted as well.
        #[arg(long)]
        all: bool,
    },
    /// Lift a ban.
    Lift {
        /// Its id, as `ban list` shows it.
        ban: BanId,
    },
}

/// `ban add`.
#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// E-mail address of the person's account.
    #[arg(required_unless_present = "team")]
    email: Option<String>,
    /// A team of `--season` instead of one person.
    #[arg(long, value_name = "TEAM", requires = "season", conflicts_with = "email")]
    team: Option<String>,
    /// The season.
    #[arg(long, value_name = "SEASON", required_unless_present = "everywhere")]
    season: Option<Slug>,
    /// The whole server, not only one season.
    #[arg(long)]
    everywhere: bool,
    /// Why; those who are banned read it.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// When the ban ends, for example 2027-01-01T00:00:00Z; without it, the ban holds until it is
    /// lifted.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Show whom it is about, and ban nobody.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do it without asking first.
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(context: &Context, command: BanCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        BanCommand::Add(arguments) => add(context, arguments),
        BanCommand::List { season, all } => {
            let bans = client.bans(&BanQuery { season, all, ..BanQuery::default() })?;
            console.data(&bans)?;
            let mut table = Table::new(&["id", "from", "until", "who", "reason"]);
            for ban in &bans {
                table.row(&[
                    ban.id.to_string(),
                    ban.season.as_ref().map_or("the server".to_owned(), ToString::to_string),
                    end(ban),
                    who(ban),
                    visible(&ban.reason),
                ]);
            }
            console.say(if table.is_empty() { "No bans.".to_owned() } else { table.render(console.columns()) })
        }
        BanCommand::Lift { ban } => {
            client.lift_ban(ban)?;
            console.data(&serde_json::json!({ "id": ban, "lifted": true }))?;
            console.say("Lifted.")
        }
    }
}

fn add(context: &Context, arguments: AddArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let AddArguments { email, team, season, everywhere, reason, until, dry_run, yes } = arguments;
    let wanted = NewBan { season, everywhere, team, email, reason, until, dry_run: true };
    let preview = client.ban(&wanted)?;
    let names: Vec<String> = preview.people.iter().map(|person| visible(&person.name)).collect();
    console.say(format!("It is about {}.", names.join(", ")))?;
    if preview.waiting > 0 {
        console.say(format!(
            "Submissions of theirs that wait or run, and are still scored: {}. Cancel them with `holdout cancel ID`.",
            grouped(preview.waiting)
        ))?;
    }
    if dry_run {
        return console.data(&preview);
    }
    let advice = "Run it with `--yes`; with `--dry-run` it only shows whom it is about.";
    if !console.agree(yes, "Ban them?", ("there is nobody to ask whether to ban them", advice))? {
        return console.say("Nothing was changed.");
    }
    let done = client.ban(&NewBan { dry_run: false, ..wanted })?;
    console.data(&done)?;
    console.say(match done.id {
        Some(id) => format!("Banned. `holdout ban lift {id}` lifts it."),
        None => "Banned.".to_owned(),
    })
}

fn end(ban: &Ban) -> String {
    match (ban.lifted_at, ban.until) {
        (Some(at), _) => format!("lifted {}", time(at)),
        (None, Some(until)) => time(until),
        (None, None) => "it is lifted".to_owned(),
    }
}

fn who(ban: &Ban) -> String {
    let names: Vec<String> = ban.people.iter().map(|person| visible(&person.name)).collect();
    match &ban.team {
        Some(team) => format!("team {} ({})", visible(team.as_str()), names.join(", ")),
        None => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(changes: &serde_json::Value) -> Ban {
        let id = "0190a5d0-0000-7000-8000-000000000001";
        let mut fields = serde_json::json!({
            "id": id, "season": null, "team": null, "reason": "r", "until": null, "lifted_at": null,
            "people": [{ "account": id, "name": "Ada" }, { "account": id, "name": "Bo\u{7}b" }],
            "created_at": "2026-01-01T00:00:00Z",
        });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn a_ban_ends_when_it_is_lifted_or_its_time_is_over() {
        let until = serde_json::json!({ "until": "2027-01-01T00:00:00Z" });
        assert_eq!(end(&ban(&until)), "2027-01-01 00:00:00 UTC");
        let lifted = serde_json::json!({ "until": "2027-01-01T00:00:00Z", "lifted_at": "2026-02-01T00:00:00Z" });
        assert_eq!(end(&ban(&lifted)), "lifted 2026-02-01 00:00:00 UTC");
        assert_eq!(end(&ban(&serde_json::json!({}))), "it is lifted");
    }

    #[test]
    fn a_ban_names_the_people_and_the_team_if_it_is_one() {
        assert_eq!(who(&ban(&serde_json::json!({}))), "Ada, Bo\u{fffd}b");
        assert_eq!(who(&ban(&serde_json::json!({ "team": "Alpha" }))), "team Alpha (Ada, Bo\u{fffd}b)");
    }
}
