//! A season and its tasks, in words.

use holdout_protocol::{
    InputTransform, Limits, Precision, Registration, RegistrationMode, Season, SeasonState, SubmissionKind, Task,
    format_bytes, format_duration,
};

use crate::commands::registration;
use crate::show::figures::{grouped, time};
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

/// Who may found and join teams, in words.
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
    format!("{needs}{domains}; one person may found {} teams", registration.teams_per_account)
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
            "{} classes, {} images{public}; test set {} with commitment {}",
            grouped(set.classes.into()),
            grouped(set.images.into()),
            set.version,
            set.commitment
        )
    });
    let quota = std::time::Duration::from_secs(settings.quota.per_seconds);
    let mut lines = vec![
        format!("  {}: {}", task.task, visible(&settings.title)),
        format!(
            "    accepts {}; {} submissions per {}",
            kinds.join(", "),
            settings.quota.submissions,
            format_duration(quota)
        ),
        format!("    prediction files up to {}", format_bytes(settings.limits.predictions_bytes)),
    ];
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
