//! Who may found and join the teams of a season.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{RegistrationCodeId, Timestamp};

/// What a person needs before they found or join a team.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Nothing but an account.
    #[default]
    Open,
    /// A registration code from an organizer.
    Code,
    /// The consent of an organizer: a team is `pending` when it is founded and whenever somebody
    /// joins it, and cannot submit until an organizer approves it.
    Approval,
}

impl RegistrationMode {
    /// Returns the mode as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Code => "code",
            Self::Approval => "approval",
        }
    }
}

/// Who may found and join the teams of a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Registration {
    /// What a person needs.
    pub mode: RegistrationMode,
    /// Only people whose e-mail address is in one of these domains: `example.org` stands for
    /// itself, `*.example.org` for every domain below it. Everybody if empty; at most 100. An
    /// address need not be confirmed, so it may be somebody else's: use it together with
    /// `approval`.
    pub domains: Vec<String>,
    /// Teams that one person may found in the season, 1 to 100.
    pub teams_per_account: u32,
}

impl Registration {
    /// What `teams_per_account` may be.
    pub const TEAMS_PER_ACCOUNT: RangeInclusive<u32> = 1..=100;
}

impl Default for Registration {
    /// Open to everybody; three teams allow for two false starts.
    fn default() -> Self {
        Self { mode: RegistrationMode::Open, domains: Vec::new(), teams_per_account: 3 }
    }
}

impl Registration {
    /// Returns whether an e-mail address is in one of the allowed domains.
    #[must_use]
    pub fn allows_email(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain).to_lowercase();
        let fits = |allowed: &String| {
            let allowed = allowed.to_lowercase();
            match allowed.strip_prefix("*.") {
                Some(parent) => domain.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
                None => domain == allowed,
            }
        };
        self.domains.is_empty() || self.domains.iter().any(fits)
    }
}

/// How the caller stands with the registration of a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistrationStatus {
    /// What a person needs.
    pub mode: RegistrationMode,
    /// Whether the caller still has to send a code: `POST /seasons/{season}/registration`.
    pub needs_code: bool,
    /// Whether the caller's e-mail address is in one of the allowed domains.
    pub email_allowed: bool,
    /// Teams that the caller has founded in the season, including those that are gone.
    pub teams_founded: u32,
    /// Teams that one person may found.
    pub teams_per_account: u32,
}

/// A code that an organizer gave out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UseRegistrationCode {
    /// The code.
    pub code: String,
}

/// A request for a registration code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewRegistrationCode {
    /// For whom it is, at most 200 characters; only organizers see it.
    pub label: String,
    /// How many people may use it, 1 to 10,000; 1 if omitted.
    pub uses: u32,
    /// Days until it ends, 1 to 366; 30 if omitted.
    pub days: u32,
}

impl Default for NewRegistrationCode {
    fn default() -> Self {
        Self { label: String::new(), uses: 1, days: 30 }
    }
}

/// A registration code, without the code itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegistrationCode {
    /// The id of the code, as addresses name it.
    pub id: RegistrationCodeId,
    /// For whom it is.
    pub label: String,
    /// How many people may use it.
    pub max_uses: u32,
    /// How many have used it.
    pub uses: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends. It cannot be used after that.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A new registration code with its text, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedRegistrationCode {
    /// The code's facts.
    pub registration_code: RegistrationCode,
    /// The code to give away: `POST /seasons/{season}/registration`.
    pub code: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_exact_or_below_a_parent() {
        let of = |domains: &[&str]| Registration {
            domains: domains.iter().map(ToString::to_string).collect(),
            ..Registration::default()
        };
        assert!(of(&[]).allows_email("a@anything.example"));
        let gate = of(&["uni.example", "*.Lab.example"]);
        for (email, allowed) in [
            ("a@uni.example", true),
            ("a@UNI.example", true),
            ("a@cs.uni.example", false),
            ("a@evil-uni.example", false),
            ("a@lab.example", false),
            ("a@x.lab.example", true),
            ("a@y.x.lab.example", true),
            ("a@xlab.example", false),
            ("a@.lab.example", false),
            ("uni.example", false),
        ] {
            assert_eq!(gate.allows_email(email), allowed, "{email}");
        }
    }
}
