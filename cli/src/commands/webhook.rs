//! `webhook`: where the server sends what happens in a season.

use clap::{ArgGroup, Args, Subcommand};
use holdout_protocol::{
    CreatedWebhook, NewWebhook, NewWebhookSecret, Slug, Webhook, WebhookChanges, WebhookDelivery, WebhookDeliveryId,
    WebhookDeliveryState, WebhookDisabledReason, WebhookEventKind, WebhookId,
};

use super::context::Context;
use crate::console::Console;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// `webhook`.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Make a webhook; its secret is printed this once.
    Add {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// Where to send, for example <https://hooks.example.org/holdout>.
        url: String,
        /// What to send, with commas between; everything without it.
        #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
        kinds: Option<Vec<WebhookEventKind>>,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
    },
    /// The webhooks of a season, oldest first.
    List {
        /// The season, by its short name.
        season: Slug,
    },
    /// Change, disable or enable a webhook.
    Edit(EditWebhookArguments),
    /// Delete a webhook with the log of its deliveries.
    Remove {
        #[command(flatten)]
        webhook: WebhookArguments,
        /// Do it without asking first.
        #[arg(long, short)]
        yes: bool,
    },
    /// Send a test now, and say what the receiver answered.
    Test {
        #[command(flatten)]
        webhook: WebhookArguments,
    },
    /// What was sent and what waits, newest first.
    Deliveries {
        #[command(flatten)]
        webhook: WebhookArguments,
        /// Largest number of deliveries to show.
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: usize,
    },
    /// Send a delivery again, with the same id.
    Resend {
        #[command(flatten)]
        webhook: WebhookArguments,
        /// Its id, as `holdout webhook deliveries` shows it.
        delivery: WebhookDeliveryId,
    },
    /// Replace the secret; the new one is printed this once.
    RotateSecret {
        #[command(flatten)]
        webhook: WebhookArguments,
        /// Hours in which deliveries are signed with both secrets, 0 to 168 [default: 24].
        #[arg(long, value_name = "NUMBER")]
        overlap_hours: Option<u32>,
    },
}

/// Which webhook.
#[derive(Debug, Args)]
pub(crate) struct WebhookArguments {
    /// The season, by its short name.
    season: Slug,
    /// The webhook's id, as `holdout webhook list` shows it.
    id: WebhookId,
}

/// `webhook edit`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("changes").required(true).multiple(true)
    .args(["url", "kinds", "description", "enable", "disable"]))]
pub(crate) struct EditWebhookArguments {
    #[command(flatten)]
    webhook: WebhookArguments,
    /// Where to send.
    #[arg(long, value_name = "ADDRESS")]
    url: Option<String>,
    /// What to send, with commas between.
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    kinds: Option<Vec<WebhookEventKind>>,
    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Send what happens from now on.
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Send nothing from now on, not even what waits.
    #[arg(long)]
    disable: bool,
}

fn kind(word: &str) -> Result<WebhookEventKind, String> {
    let known = || WebhookEventKind::chosen();
    known().find(|kind| kind.as_str() == word).ok_or_else(|| {
        let names: Vec<&str> = known().map(WebhookEventKind::as_str).collect();
        format!("there are {}", names.join(", "))
    })
}

pub(crate) fn run(context: &Context, command: WebhookCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        WebhookCommand::Add { season, url, kinds, description } => {
            say_secret(console, &client.create_webhook(&season, &NewWebhook { url, kinds, description })?)
        }
        WebhookCommand::List { season } => list(console, &client.webhooks(&season)?),
        WebhookCommand::Edit(arguments) => edit(context, arguments),
        WebhookCommand::Remove { webhook, yes } => remove(context, &webhook, yes),
        WebhookCommand::Test { webhook } => {
            let tested = client.test_webhook(&webhook.season, webhook.id)?;
            console.data(&tested)?;
            let became = described(&tested);
            if tested.state != WebhookDeliveryState::Delivered {
                return Err(Failure::refused("webhook_test_failed", format!("the test {became}")));
            }
            console.say(format!("The test {became}."))
        }
        WebhookCommand::Deliveries { webhook, limit } => {
            log(console, &client.webhook_deliveries(&webhook.season, webhook.id, limit)?)
        }
        WebhookCommand::Resend { webhook, delivery } => {
            console.data(&client.send_webhook_delivery(&webhook.season, webhook.id, delivery)?)?;
            console.say("It will be sent again within seconds.")
        }
        WebhookCommand::RotateSecret { webhook, overlap_hours } => {
            let request = NewWebhookSecret { overlap_hours };
            say_secret(console, &client.replace_webhook_secret(&webhook.season, webhook.id, &request)?)
        }
    }
}

fn say_secret(console: Console, created: &CreatedWebhook) -> Result<(), Failure> {
    console.data(created)?;
    if let Some(until) = created.webhook.old_secret_until {
        console.remark(format!("Until {} deliveries are signed with the one before, too.", time(until)));
    }
    console.remark(format!("Webhook {}. Its secret is shown only this once:", created.webhook.id));
    console.say(&created.secret)
}

fn list(console: Console, webhooks: &Vec<Webhook>) -> Result<(), Failure> {
    console.data(webhooks)?;
    let mut table = Table::new(&["id", "state", "waiting", "address", "description", "kinds"]);
    for webhook in webhooks {
        let kinds: Vec<&str> = webhook.kinds.iter().map(|kind| kind.as_str()).collect();
        table.row(&[
            webhook.id.to_string(),
            state(webhook),
            webhook.waiting.to_string(),
            visible(&webhook.url),
            visible(&webhook.description),
            kinds.join(", "),
        ]);
    }
    console.say(if table.is_empty() { "No webhooks.".to_owned() } else { table.render(console.columns()) })
}

/// Returns whether a webhook works, and why not.
fn state(webhook: &Webhook) -> String {
    match (webhook.disabled_reason, webhook.failing_since) {
        (Some(WebhookDisabledReason::Organizer), _) => "disabled".to_owned(),
        (Some(WebhookDisabledReason::Failing), _) => "disabled: nothing arrived for days".to_owned(),
        (Some(WebhookDisabledReason::Backlog), _) => "disabled: too many waited".to_owned(),
        (None, Some(since)) => format!("fails since {}", time(since)),
        (None, None) => "enabled".to_owned(),
    }
}

fn edit(context: &Context, arguments: EditWebhookArguments) -> Result<(), Failure> {
    let EditWebhookArguments { webhook, url, kinds, description, enable, disable } = arguments;
    let enabled = (enable || disable).then_some(enable);
    let changes = WebhookChanges { url, kinds, description, enabled };
    let changed = context.client()?.change_webhook(&webhook.season, webhook.id, &changes)?;
    context.console.data(&changed)?;
    context.console.say(format!("{}: {}.", visible(&changed.url), state(&changed)))
}

fn remove(context: &Context, webhook: &WebhookArguments, yes: bool) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let WebhookArguments { season, id } = webhook;
    let question = format!("Delete webhook {id} with the log of its deliveries?");
    if !console.agree(
        yes,
        &question,
        ("there is nobody to ask whether to delete the webhook", "Run it with `--yes`."),
    )? {
        return console.say("Nothing was changed.");
    }
    client.delete_webhook(season, *id)?;
    console.data(&serde_json::json!({ "id": id, "deleted": true }))?;
    console.say("Deleted.")
}

fn log(console: Console, deliveries: &Vec<WebhookDelivery>) -> Result<(), Failure> {
    console.data(deliveries)?;
    let mut table = Table::new(&["id", "when", "kind", "what became of it"]);
    for delivery in deliveries {
        let (id, kind) = (delivery.id.to_string(), delivery.kind.as_str().to_owned());
        table.row(&[id, time(delivery.at), kind, described(delivery)]);
    }
    console.say(if table.is_empty() { "Nothing yet.".to_owned() } else { table.render(console.columns()) })
}

/// Returns what became of a delivery.
fn described(delivery: &WebhookDelivery) -> String {
    let status = delivery.status.map_or_else(String::new, |status| format!(" ({status})"));
    let fault = delivery.fault.map_or_else(String::new, |fault| format!(": {}", fault.as_str()));
    let error = delivery.error.as_ref().map_or_else(String::new, |error| format!(", {}", visible(error)));
    match delivery.state {
        WebhookDeliveryState::Delivered => format!("was delivered{status}"),
        WebhookDeliveryState::Failed => format!("failed{fault}{error}"),
        WebhookDeliveryState::Dropped => format!("was not sent{error}"),
        WebhookDeliveryState::Waiting if delivery.attempts > 0 => {
            let again = delivery.next_try_at.map_or_else(String::new, |at| format!("; again at {}", time(at)));
            format!("tried {} times{fault}{error}{again}", delivery.attempts)
        }
        WebhookDeliveryState::Waiting => "waits".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_one_that_a_webhook_can_choose() {
        assert_eq!(kind("leader"), Ok(WebhookEventKind::Leader));
        for wrong in ["test", "Leader", ""] {
            assert!(kind(wrong).unwrap_err().starts_with("there are opened, closed,"), "{wrong}");
        }
    }

    #[test]
    fn a_delivery_says_what_became_of_it() {
        let said = |fields: serde_json::Value| {
            let mut delivery = serde_json::json!({
                "id": "0190a5d0-0000-7000-8000-000000000001", "kind": "leader", "at": "2026-01-01T00:00:00Z",
                "state": "waiting", "attempts": 0,
            });
            delivery.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            described(&serde_json::from_value(delivery).unwrap())
        };
        assert_eq!(said(serde_json::json!({})), "waits");
        assert_eq!(said(serde_json::json!({ "state": "delivered", "status": 204 })), "was delivered (204)");
        let failed = serde_json::json!({
            "attempts": 2, "status": 500, "fault": "status", "error": "the receiver answered 500",
            "next_try_at": "2026-01-02T00:00:00Z",
        });
        let told = "tried 2 times: status, the receiver answered 500; again at 2026-01-02 00:00:00 UTC";
        assert_eq!(said(failed), told);
        let dropped = serde_json::json!({ "state": "dropped", "error": "the webhook was disabled" });
        assert_eq!(said(dropped), "was not sent, the webhook was disabled");
    }

    #[test]
    fn a_webhook_says_whether_it_works() {
        let said = |fields: serde_json::Value| {
            let mut webhook = serde_json::json!({
                "id": "0190a5d0-0000-7000-8000-000000000001", "url": "https://a.example/", "kinds": [], "description": "",
                "created_at": "2026-01-01T00:00:00Z", "waiting": 0,
            });
            webhook.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            state(&serde_json::from_value(webhook).unwrap())
        };
        assert_eq!(said(serde_json::json!({})), "enabled");
        let failing = serde_json::json!({ "failing_since": "2026-01-02T00:00:00Z" });
        assert_eq!(said(failing), "fails since 2026-01-02 00:00:00 UTC");
        for (reason, told) in [
            ("organizer", "disabled"),
            ("failing", "disabled: nothing arrived for days"),
            ("backlog", "disabled: too many waited"),
        ] {
            assert_eq!(said(serde_json::json!({ "disabled_reason": reason })), told);
        }
    }
}
