//! What is limited, for whom, and how much of it.

use holdout_protocol::{AccountId, MessageKind, SubmissionId};

use crate::client_address::ClientAddress;
use crate::config::RateConfig;
use crate::secret;

/// Length of a minute, microseconds.
const MINUTE: i64 = 60_000_000;
/// Length of an hour, microseconds.
const HOUR: i64 = 60 * MINUTE;

/// Failed logins of all addresses together are limited to this multiple of the limit for one
/// address.
const FAILED_FROM_ALL: u32 = 20;

/// What is limited, and for whom.
#[derive(Debug, Clone)]
pub enum Rate {
    /// Registrations from an address.
    Registrations(ClientAddress),
    /// Logins from an address.
    Logins(ClientAddress),
    /// Logins for an e-mail address from one address, because somebody who guesses must not lock
    /// the owner out.
    LoginsFor(String, ClientAddress),
    /// Failed logins for an e-mail address, wherever from: a bound on guesses that many addresses
    /// make together.
    FailedLogins(String),
    /// Looks at what a code is for, from an address.
    Codes(ClientAddress),
    /// Submissions of an account.
    Submissions(AccountId),
    /// Questions of an account whether it could submit.
    Preflights(AccountId),
    /// Uploads that an account begins.
    Uploads(AccountId),
    /// Files of an account that are refused at no charge, by the check or by a scorer.
    Refusals(AccountId),
    /// Changes to a submission.
    Edits(SubmissionId),
    /// API tokens and invitations that an account makes.
    Secrets(AccountId),
    /// Names of the own account or team that an account changes.
    Names(AccountId),
    /// Times that an account says what it has seen of the news.
    NewsSeen(AccountId),
    /// Questions that an account asks organizers.
    Questions(AccountId),
    /// Announcements that an organizer makes or changes.
    Announcements(AccountId),
    /// Webhooks that an organizer makes, their secrets, tests, and deliveries sent again.
    Webhooks(AccountId),
    /// Links with codes that are sent to an e-mail address in messages of one kind, whoever asks.
    /// Each kind counts for itself, so that nobody is kept from a new password by being invited
    /// often.
    Links(MessageKind, String),
    /// Links with codes that are sent to addresses because of an account.
    LinksBy(AccountId),
}

impl Rate {
    pub(super) fn bucket(&self) -> String {
        match self {
            Self::Registrations(address) => format!("registrations:{}", address.bucket()),
            Self::Logins(address) => format!("logins:{}", address.bucket()),
            // The digest bounds the length of the key, whatever somebody sends as an address.
            Self::LoginsFor(email, address) => format!("logins-for:{}:{}", secret::digest(email), address.bucket()),
            Self::FailedLogins(email) => format!("failed-logins:{}", secret::digest(email)),
            Self::Codes(address) => format!("codes:{}", address.bucket()),
            Self::Submissions(account) => format!("submissions:{account}"),
            Self::Preflights(account) => format!("preflights:{account}"),
            Self::Uploads(account) => format!("uploads:{account}"),
            Self::Refusals(account) => format!("refusals:{account}"),
            Self::Edits(submission) => format!("edits:{submission}"),
            Self::Secrets(account) => format!("secrets:{account}"),
            Self::Names(account) => format!("names:{account}"),
            Self::NewsSeen(account) => format!("news-seen:{account}"),
            Self::Questions(account) => format!("questions:{account}"),
            Self::Announcements(account) => format!("announcements:{account}"),
            Self::Webhooks(account) => format!("webhooks:{account}"),
            Self::Links(kind, email) => format!("links:{}:{}", kind.as_str(), secret::digest(email)),
            Self::LinksBy(account) => format!("links-by:{account}"),
        }
    }

    pub(super) const fn limit(&self, config: &RateConfig) -> u32 {
        match self {
            Self::Registrations(_) => config.registrations_per_minute,
            Self::Logins(_) | Self::LoginsFor(..) | Self::Codes(_) => config.logins_per_minute,
            Self::FailedLogins(_) => config.logins_per_minute.saturating_mul(FAILED_FROM_ALL),
            Self::Submissions(_) => config.submissions_per_minute,
            Self::Preflights(_) => config.preflights_per_minute,
            Self::Uploads(_) => config.uploads_per_minute,
            Self::Refusals(_) => config.refusals_per_hour,
            Self::Edits(_) | Self::Names(_) => config.edits_per_hour,
            Self::Secrets(_) | Self::Webhooks(_) => config.secrets_per_hour,
            Self::NewsSeen(_) => config.news_seen_per_minute,
            Self::Questions(_) => config.questions_per_hour,
            Self::Announcements(_) => config.announcements_per_hour,
            Self::Links(..) => config.links_per_address_per_hour,
            Self::LinksBy(_) => config.links_per_account_per_hour,
        }
    }

    /// The length of its window, microseconds, and what that is called.
    pub(super) const fn window(&self) -> (i64, &'static str) {
        match self {
            Self::Refusals(_)
            | Self::Edits(_)
            | Self::Secrets(_)
            | Self::Names(_)
            | Self::Questions(_)
            | Self::Announcements(_)
            | Self::Webhooks(_)
            | Self::Links(..)
            | Self::LinksBy(_) => (HOUR, "an hour"),
            _ => (MINUTE, "a minute"),
        }
    }

    pub(super) const fn things(&self) -> &'static str {
        match self {
            Self::Registrations(_) => "registrations from this address",
            Self::Logins(_) => "logins from this address",
            Self::LoginsFor(..) => "logins for this e-mail address from yours",
            Self::FailedLogins(_) => "failed logins for this e-mail address",
            Self::Codes(_) => "codes looked up from this address",
            Self::Submissions(_) => "submissions of this account",
            Self::Preflights(_) => "questions of this account whether it could submit",
            Self::Uploads(_) => "uploads begun by this account",
            Self::Refusals(_) => {
                "files of this account refused at no charge (one that kept a scorer busy counts as several)"
            }
            Self::Edits(_) => "changes to this submission",
            Self::Secrets(_) => "API tokens and invitations made by this account",
            Self::Names(_) => "changes of names by this account",
            Self::NewsSeen(_) => "marks of this account on what it has seen",
            Self::Questions(_) => "questions of this account to organizers",
            Self::Announcements(_) => "announcements made or changed by this account",
            Self::Webhooks(_) => "webhooks, secrets, tests and repeated deliveries of this account",
            Self::Links(..) => "links sent to this e-mail address",
            Self::LinksBy(_) => "links that this account had sent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: ClientAddress = ClientAddress(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const EMAIL: &str = "ada@example.org";

    /// Every rate, for one account, one address and one submission.
    fn all(account: AccountId, submission: SubmissionId) -> [Rate; 17] {
        let email = || EMAIL.to_owned();
        [
            Rate::Registrations(ADDRESS),
            Rate::Logins(ADDRESS),
            Rate::LoginsFor(email(), ADDRESS),
            Rate::FailedLogins(email()),
            Rate::Codes(ADDRESS),
            Rate::Submissions(account),
            Rate::Preflights(account),
            Rate::Uploads(account),
            Rate::Refusals(account),
            Rate::Edits(submission),
            Rate::Secrets(account),
            Rate::Names(account),
            Rate::NewsSeen(account),
            Rate::Questions(account),
            Rate::Announcements(account),
            Rate::Links(MessageKind::Invitation, email()),
            Rate::LinksBy(account),
        ]
    }

    #[test]
    fn no_two_rates_share_a_bucket() {
        let account = AccountId::new();
        let mut buckets: Vec<String> = all(account, SubmissionId::new())
            .iter()
            .chain(&all(account, SubmissionId::new()))
            .map(Rate::bucket)
            .collect();
        buckets.sort_unstable();
        buckets.dedup();
        assert_eq!(buckets.len(), 17 + 1, "another submission has another bucket, and all else is the same");
    }

    #[test]
    fn a_bucket_names_no_address_of_a_person_and_is_short_whatever_was_sent() {
        let (known, long) = (EMAIL.to_owned(), "x".repeat(100_000));
        let of = |email: &String| {
            let email = || email.clone();
            let links = Rate::Links(MessageKind::PasswordReset, email());
            [Rate::LoginsFor(email(), ADDRESS), Rate::FailedLogins(email()), links].map(|rate| rate.bucket())
        };
        for (one, other) in of(&known).iter().zip(of(&long)) {
            assert!(!one.contains("ada") && !one.contains('@'), "{one}");
            assert!(*one != other && other.len() < 120, "{other}");
        }
    }

    #[test]
    fn links_of_each_kind_count_for_themselves() {
        let bucket = |kind| Rate::Links(kind, EMAIL.to_owned()).bucket();
        assert_ne!(bucket(MessageKind::Invitation), bucket(MessageKind::PasswordReset));
    }

    #[test]
    fn each_rate_has_the_limit_that_bears_its_name() {
        let config = RateConfig {
            registrations_per_minute: 1,
            logins_per_minute: 2,
            submissions_per_minute: 3,
            preflights_per_minute: 4,
            news_seen_per_minute: 5,
            uploads_per_minute: 6,
            refusals_per_hour: 7,
            edits_per_hour: 8,
            secrets_per_hour: 9,
            questions_per_hour: 10,
            announcements_per_hour: 11,
            links_per_address_per_hour: 12,
            links_per_account_per_hour: 13,
            ..RateConfig::default()
        };
        let limits = all(AccountId::new(), SubmissionId::new()).map(|rate| rate.limit(&config));
        assert_eq!(limits, [1, 2, 2, 40, 2, 3, 4, 6, 7, 8, 9, 8, 5, 10, 11, 12, 13]);
        let most = RateConfig { logins_per_minute: u32::MAX, ..config };
        assert_eq!(Rate::FailedLogins(EMAIL.to_owned()).limit(&most), u32::MAX);
    }

    #[test]
    fn what_is_set_for_an_hour_is_counted_by_the_hour() {
        let hourly = all(AccountId::new(), SubmissionId::new()).map(|rate| rate.window() == (HOUR, "an hour"));
        let (f, t) = (false, true);
        assert_eq!(hourly, [f, f, f, f, f, f, f, f, t, t, t, t, f, t, t, t, t]);
        assert_eq!(Rate::Logins(ADDRESS).window(), (60_000_000, "a minute"));
    }

    #[test]
    fn a_refusal_says_what_there_was_too_much_of() {
        let mut things = all(AccountId::new(), SubmissionId::new()).map(|rate| rate.things()).to_vec();
        things.sort_unstable();
        things.dedup();
        assert_eq!(things.len(), 17, "{things:?}");
    }
}
