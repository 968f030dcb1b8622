//! A season and its tasks, in words.

use holdout_protocol::{
    InputTransform, Limits, Precision, Registration, RegistrationMode, Season, SeasonState, SubmissionKind, Task,
    format_bytes, format_duration,
};

use crate::show::figures::{counted, grouped, time};
use crate::text::visible;

pub(crate) const fn state(season: &Season) -> &'static str {
    match season.state {
        SeasonState::Draft => "draft",
        SeasonState::Open => "open",
        SeasonState::Closed => "closed",
        SeasonState::Published => "published",
    }
}

pub(crate) fn standing(season: &Season) -> String {
    let mut text = state(season).to_owned();
    if season.paused {
        text.push_str(", paused");
    }
    if let Some(at) = season.frozen_at {
        text.push_str(&format!(", its board frozen at {}", time(at)));
    }
    text
}

/// Says who may found and join teams.
pub(crate) fn gate(registration: &Registration) -> String {
    let needs = match registration.mode {
        RegistrationMode::Open => "registration is open",
        RegistrationMode::Code => "registration needs a code",
        RegistrationMode::Approval => "teams need an organizer's approval",
    };
    let domains = match registration.domains.as_slice() {
        [] => String::new(),
        domains => format!(", for e-mail addresses in {}", domains.join(", ")),
    };
    let teams = match registration.teams_per_account {
        1 => "1 team".to_owned(),
        many => format!("{many} teams"),
    };
    format!("{needs}{domains}; one person may found {teams}")
}

pub(crate) fn described(task: &Task) -> String {
    let settings = &task.settings;
    let kinds: Vec<&str> = settings.accepts.iter().map(|kind| kind.as_str()).collect();
    let test_set = task.test_set.as_ref().map_or("no test set yet".to_owned(), |set| {
        let public = if set.public_images < set.images {
            format!(", {} of them public", grouped(set.public_images.into()))
        } else {
            String::new()
        };
        format!(
            "{} classes, {}{public}; test set {} with commitment {}",
            grouped(set.classes.into()),
            counted(set.images.into(), "image"),
            set.version,
            set.commitment
        )
    });
    let quota = std::time::Duration::from_secs(settings.quota.per_seconds);
    let mut lines = vec![
        format!("  {}: {}", task.task, visible(&settings.title)),
        format!(
            "    accepts {}; {} per {}",
            kinds.join(", "),
            counted(settings.quota.submissions.into(), "submission"),
            format_duration(quota)
        ),
        match settings.finals {
            0 => "    no finals: a team's best submission stands for it".to_owned(),
            most => {
                format!("    finals: at most {most} of a team; without a choice, its best submission stands for it")
            }
        },
        format!("    prediction files up to {}", format_bytes(settings.limits.predictions_bytes)),
    ];
    if settings.approval {
        lines.push("    results are shown once an organizer has approved them".to_owned());
    }
    if settings.ladder {
        lines.push("    a team's public score is shown if it is clearly better than its best; the others, once the season is published".to_owned());
    }
    if !settings.required.is_empty() {
        let fields: Vec<_> = settings.required.iter().map(|field| field.as_str().replace('_', " ")).collect();
        lines.push(format!("    a submission has to say: {}", fields.join(", ")));
    }
    if let Some(input) = settings.input.as_ref().filter(|_| settings.accepts.contains(&SubmissionKind::Torchscript)) {
        let Limits { model_bytes, wall_seconds, memory_bytes, .. } = &settings.limits;
        let (wall, memory) =
            (format_duration(std::time::Duration::from_secs(*wall_seconds)), format_bytes(*memory_bytes));
        lines.push(format!("    models up to {}, in {wall} and {memory} of memory", format_bytes(*model_bytes)));
        lines.push(format!("    images: {}", prepared(input)));
    }
    lines.push(format!("    {test_set}"));
    lines.join("\n")
}

/// Returns how images become a model's input, in words.
pub(crate) fn prepared(input: &InputTransform) -> String {
    let resize = input.resize.map_or(String::new(), |side| format!("shorter side to {side}, "));
    let precision = match input.precision {
        Precision::Float32 => "float32",
        Precision::Tf32 => "TF32 on a GPU",
    };
    let InputTransform { crop, mean, std, .. } = input;
    format!("{resize}centre {crop} × {crop}, mean {mean:?}, std {std:?}, {precision}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn season(changes: &Value) -> Season {
        let mut fields = json!({
            "season": "demo", "title": "Demo", "rules": "", "opens": "2026-01-01T00:00:00Z", "closes": null,
            "draft": false, "paused": false, "frozen_at": null, "published_at": null, "state": "open", "tasks": [],
            "registration": { "mode": "open", "domains": [], "teams_per_account": 1 },
        });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn where_a_season_stands_is_said_with_what_holds_it_up() {
        assert_eq!(standing(&season(&json!({}))), "open");
        assert_eq!(standing(&season(&json!({ "state": "closed", "paused": true }))), "closed, paused");
        let frozen = season(&json!({ "paused": true, "frozen_at": "2026-02-01T00:00:00Z" }));
        assert!(standing(&frozen).starts_with("open, paused, its board frozen at 2026-02-0"), "{}", standing(&frozen));
    }

    #[test]
    fn a_registration_is_said_with_its_domains() {
        let open = Registration::default();
        assert!(gate(&open).starts_with("registration is open; one person may found"), "{}", gate(&open));
        let domains = vec!["example.org".to_owned(), "*.example.net".to_owned()];
        let by_code = Registration { mode: RegistrationMode::Code, domains, teams_per_account: 2 };
        assert_eq!(
            gate(&by_code),
            "registration needs a code, for e-mail addresses in example.org, *.example.net; one person may found 2 teams"
        );
    }

    fn task(changes: &Value) -> Task {
        let mut fields = json!({
            "season": "demo", "task": "images", "title": "Images\u{1b}[2J", "metric": "top5_error",
            "accepts": ["predictions"], "input": null, "split": null, "quota": { "submissions": 2, "per_seconds": 604_800 },
            "limits": {
                "predictions_bytes": 67_108_864, "model_bytes": 4_294_967_296_u64, "wall_seconds": 1800,
                "memory_bytes": 17_179_869_184_u64,
            },
            "finals": 1, "approval": false, "test_set": null, "versions": [], "staged": null,
        });
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn a_task_says_what_it_takes_and_hides_what_would_reach_the_terminal() {
        let text = described(&task(&json!({})));
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(text.contains("accepts predictions; 2 submissions per 7 d"), "{text}");
        assert!(text.ends_with("    no test set yet"), "{text}");
        assert!(!text.contains("models up to"), "{text}");
        assert!(text.contains("finals: at most 1 of a team") && !text.contains("approved"), "{text}");
        let approved = described(&task(&json!({ "finals": 2, "approval": true })));
        assert!(
            approved.contains("finals: at most 2 of a team") && approved.contains("once an organizer has approved")
        );
    }

    #[test]
    fn a_task_for_models_says_how_images_are_prepared() {
        let input = json!({
            "resize": 256, "crop": 224, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "precision": "tf32",
        });
        let text = described(&task(&json!({ "accepts": ["predictions", "torchscript"], "input": input })));
        assert!(text.contains("models up to 4 GiB, in 30 min and 16 GiB of memory"), "{text}");
        let images = "images: shorter side to 256, centre 224 × 224, mean [0.5, 0.5, 0.5], std [0.25, 0.25, 0.25], TF32 on a GPU";
        assert!(text.contains(images), "{text}");
    }

    #[test]
    fn each_state_of_a_season_has_its_word() {
        for state in ["draft", "open", "closed", "published"] {
            assert_eq!(self::state(&season(&json!({ "state": state }))), state);
        }
    }

    #[test]
    fn a_person_may_found_one_team_or_several() {
        let one = Registration { mode: RegistrationMode::Approval, domains: Vec::new(), teams_per_account: 1 };
        assert_eq!(gate(&one), "teams need an organizer's approval; one person may found 1 team");
    }

    fn test_set(public_images: u32) -> Value {
        json!({
            "id": "0190a5d0-0000-7000-8000-000000000001", "version": 3, "classes": 1000, "images": 50_000,
            "public_images": public_images, "typical_resolution": 0.01, "commitment": "ab".repeat(32),
            "created_at": "2026-01-01T00:00:00Z",
        })
    }

    #[test]
    fn a_test_set_is_said_with_its_public_part_if_that_is_not_all_of_it() {
        let split = described(&task(&json!({ "test_set": test_set(15_000) })));
        let expected = format!(
            "    1,000 classes, 50,000 images, 15,000 of them public; test set 3 with commitment {}",
            "ab".repeat(32)
        );
        assert!(split.ends_with(&expected), "{split}");
        let whole = described(&task(&json!({ "test_set": test_set(50_000) })));
        assert!(whole.contains("50,000 images; test set 3") && !whole.contains("public"), "{whole}");
    }

    #[test]
    fn a_task_for_predictions_alone_says_nothing_of_models() {
        let input = json!({ "resize": null, "crop": 28, "mean": [0.5, 0.5, 0.5], "std": [1.0, 1.0, 1.0], "precision": "float32" });
        let text = described(&task(&json!({ "input": input })));
        assert!(!text.contains("    images:") && text.contains("prediction files up to 64 MiB"), "{text}");
        let models = described(&task(&json!({ "accepts": ["torchscript"], "input": input })));
        let prepared = "images: centre 28 × 28, mean [0.5, 0.5, 0.5], std [1.0, 1.0, 1.0], float32";
        assert!(models.contains(prepared) && models.contains("accepts torchscript; 2"), "{models}");
    }
}
