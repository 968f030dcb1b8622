//! How long texts and lists, and how large numbers may be. The server checks them, and the API's
//! schemas state them.

use std::ops::RangeInclusive;

/// Name of a person or token, characters.
pub const NAME: usize = 100;
/// Name of a season or task in addresses, characters.
pub const SLUG: usize = 64;
/// Name of a team, characters.
pub const TEAM_NAME: usize = 64;
/// E-mail address, bytes.
pub const EMAIL: usize = 254;
/// Shortest password, characters.
pub const PASSWORD_LEAST: usize = 10;
/// Longest password, characters.
pub const PASSWORD_MOST: usize = 200;
/// University or company of a team, characters.
pub const AFFILIATION: usize = 200;
/// What a registration code is for, characters.
pub const CODE_LABEL: usize = 200;
/// What an organizer tells a team with a decision, characters.
pub const DECISION_NOTE: usize = 500;
/// Domains whose addresses may register, entries.
pub const DOMAINS: usize = 100;
/// Title of a season or task, characters.
pub const TITLE: usize = 200;
/// Rules of a season, bytes.
pub const RULES: usize = 256 << 10;
/// Name of a submission's method, characters.
pub const METHOD: usize = 200;
/// Description of a submission, characters.
pub const DESCRIPTION: usize = 20_000;
/// A note by the organizers beside a submission, characters.
pub const NOTE: usize = 500;
/// Title of an announcement, characters.
pub const ANNOUNCEMENT_TITLE: usize = 200;
/// An announcement, characters.
pub const ANNOUNCEMENT: usize = 10_000;
/// A question to organizers, characters.
pub const QUESTION: usize = 2_000;
/// An answer to a question, characters.
pub const ANSWER: usize = 10_000;
/// Links of a submission, entries.
pub const LINKS: usize = 10;
/// A link, characters.
pub const LINK: usize = 500;
/// What a list is searched for, characters.
pub const SEARCH: usize = 200;
/// `Idempotency-Key`, characters.
pub const IDEMPOTENCY_KEY: usize = 200;
/// Name, version or device of a scorer, characters.
pub const SCORER_TEXT: usize = 200;
/// Why a scorer takes no work, characters.
pub const SCORER_TROUBLE: usize = 500;
/// Days that a personal API token may live.
pub const TOKEN_DAYS: RangeInclusive<u32> = 1..=365;
/// Days that an invitation to a team may live.
pub const INVITATION_DAYS: RangeInclusive<u32> = 1..=90;
/// Days that an invitation of an organizer may live.
pub const ORGANIZER_INVITATION_DAYS: RangeInclusive<u32> = 1..=30;
/// Days that a registration code may live.
pub const CODE_DAYS: RangeInclusive<u32> = 1..=366;
/// Teams that a registration code may admit.
pub const CODE_USES: RangeInclusive<u32> = 1..=10_000;
/// Webhooks of a season, entries.
pub const WEBHOOKS: usize = 10;
/// Address of a webhook, bytes.
pub const WEBHOOK_URL: usize = 2_000;
/// What a webhook is for, characters.
pub const WEBHOOK_DESCRIPTION: usize = 200;
/// Hours in which deliveries are signed with a new secret of a webhook and the one before.
pub const WEBHOOK_OVERLAP: RangeInclusive<u32> = 0..=168;
/// Further submissions that an extension may give.
pub const EXTENSION_ATTEMPTS: RangeInclusive<u32> = 1..=1000;
