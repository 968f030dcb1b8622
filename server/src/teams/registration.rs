//! The gate of a season: who may found and join its teams.
//!
//! Organizers of the season do neither, because they see what is hidden. Everybody else needs an
//! allowed e-mail address and, if the season says so, a registration code or an organizer's consent
//! to the team.

use std::time::Duration;

use holdout_protocol::limits::{CODE_DAYS, CODE_LABEL, CODE_USES, DECISION_NOTE};
use holdout_protocol::{
    AccountId, CreatedRegistrationCode, ErrorCode, NewRegistrationCode, Page, PageQuery, Reason, RegistrationCode,
    RegistrationCodeId, RegistrationMode, RegistrationStatus, Slug, Team, TeamDecision, TeamStatus, Timestamp,
    check_line, check_lines,
};
use serde_json::json;

use super::{Viewer, view};
use crate::app::App;
use crate::auth::Account;
use crate::db::registration_codes::NewCode;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::{audit, bans, organizers, seasons, secret};

/// Codes begin so, never with a `-` that a command line would take for a flag.
const CODE_PREFIX: &str = "hr_";

/// Refuses a person whom the season's registration does not let in.
///
/// # Errors
/// `forbidden`, whose `detail` has the allowed `domains`, or `field: "code"` if a registration code
/// is missing; also for a person who is banned or organizes the season.
pub(super) fn check_may_register(conn: &mut Conn, season: &Season, account: &Account) -> Result<()> {
    organizers::check_does_not_organize(season, account)?;
    bans::check_person(conn, season, account)?;
    organizers::check_did_not_know(conn, season, account.id)?;
    check_email(season, account)?;
    if season.registration.mode == RegistrationMode::Code
        && !db::registrations::is_registered(conn, season.id, account.id)?
    {
        let message =
            format!("season `{}` takes people with a registration code only; ask an organizer for one", season.slug);
        return Err(Error::forbidden(message).because(Reason::CodeNeeded, json!({ "field": "code" })));
    }
    Ok(())
}

fn check_email(season: &Season, account: &Account) -> Result<()> {
    if season.registration.allows_email(&account.email) {
        return Ok(());
    }
    let domains = &season.registration.domains;
    let message = format!(
        "season `{}` takes people with an e-mail address in {} only, and yours is `{}`; register with another address",
        season.slug,
        domains.join(", "),
        account.email
    );
    let facts = json!({ "field": "email", "email": account.email, "domains": domains });
    Err(Error::forbidden(message).because(Reason::EmailDomain, facts))
}

/// Returns what a team is after it was founded or somebody joined it: without approval, what it was
/// before.
pub(super) fn status_after(season: &Season, before: TeamStatus) -> TeamStatus {
    let waits = season.registration.mode == RegistrationMode::Approval;
    if waits && before == TeamStatus::Approved { TeamStatus::Pending } else { before }
}

/// Returns how the caller stands with a season's registration.
///
/// # Errors
/// `not_found` if there is no season that the caller may see.
pub async fn status(app: &App, account: Account, slug: Slug) -> Result<RegistrationStatus> {
    app.db
        .read(move |conn| {
            let season = seasons::visible(conn, &slug, account.organizer)?;
            let registration = &season.registration;
            let needs_code = registration.mode == RegistrationMode::Code
                && !db::registrations::is_registered(conn, season.id, account.id)?;
            Ok(RegistrationStatus {
                mode: registration.mode,
                needs_code,
                email_allowed: registration.allows_email(&account.email),
                teams_founded: db::team_changes::founded(conn, season.id, account.id)?,
                teams_per_account: registration.teams_per_account,
            })
        })
        .await
}

/// Lets the caller into a season by a code. A person uses one code in a season: later ones change
/// nothing.
///
/// # Errors
/// `not_found`; `forbidden` for an e-mail address that is not allowed, before the code is used;
/// `invalid_value` for a code that is unknown, used up, expired or revoked.
pub async fn use_code(app: &App, account: Account, slug: Slug, code: &str) -> Result<()> {
    let hash = secret::digest(code.trim());
    app.db
        .write(move |conn| {
            let season = seasons::visible(conn, &slug, account.organizer)?;
            db::lock(conn, Lock::Season(&season.id.to_string()))?;
            if db::registrations::is_registered(conn, season.id, account.id)? {
                return Ok(());
            }
            check_email(&season, &account)?;
            let now = Timestamp::now();
            let Some(code) = db::registration_codes::spend(conn, season.id, hash, now)? else {
                let message = format!(
                    "this code does not let you into season `{slug}`: it is mistyped, used up, expired or revoked; ask an \
                     organizer for another"
                );
                return Err(Error::invalid("code", message).because(Reason::CodeUseless, json!({})));
            };
            db::registrations::insert(conn, season.id, account.id, code, now)?;
            let detail = json!({ "registration_code": code });
            audit::record(conn, Some(account.id), "season.register", slug.as_str(), &detail)
        })
        .await
}

/// Makes a registration code; its text is in the answer only. A repetition of the request gives the
/// same code a new text.
///
/// # Errors
/// `not_found`, `invalid_value`, `idempotency_mismatch`; `wrong_state` if the code was revoked
/// since.
pub async fn create_code(
    app: &App,
    organizer: AccountId,
    key: IdempotencyKey,
    slug: Slug,
    request: NewRegistrationCode,
) -> Result<CreatedRegistrationCode> {
    check_new(&request)?;
    let once = IdempotentRequest::new(Some(organizer), key, "create_registration_code", &(&slug, &request))?;
    let (code, now) = (format!("{CODE_PREFIX}{}", secret::random()), Timestamp::now());
    let (hash, id) = (secret::digest(&code), RegistrationCodeId::new());
    let new = RegistrationCode {
        id,
        label: request.label,
        max_uses: request.uses,
        uses: 0,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(u64::from(request.days) * 24 * 3600)),
        revoked_at: None,
    };
    let registration_code = write_once(&app.db, once, move |conn| {
        let season = db::seasons::find(conn, slug.as_str())?;
        db::registration_codes::insert(conn, &NewCode { season: season.id, by: organizer, hash, code: &new })?;
        let detail = json!({ "registration_code": new.id, "label": new.label, "uses": new.max_uses });
        audit::record(conn, Some(organizer), "registration_code.create", slug.as_str(), &detail)?;
        Ok(new)
    })
    .await?;
    let old = registration_code.id;
    if old != id && !app.db.write(move |conn| db::registration_codes::replace_code(conn, old, hash)).await? {
        return Err(Error::refused(ErrorCode::WrongState, "the code that this request made was revoked since")
            .because(Reason::UsedSince, json!({})));
    }
    Ok(CreatedRegistrationCode { registration_code, code })
}

fn check_new(request: &NewRegistrationCode) -> Result<()> {
    check_line("label", Some(&request.label), CODE_LABEL)?;
    for (field, value, allowed) in [("uses", request.uses, CODE_USES), ("days", request.days, CODE_DAYS)] {
        if !allowed.contains(&value) {
            let (least, most) = (allowed.start(), allowed.end());
            let message = format!("`{field}` is {value}; {least} to {most} is allowed");
            let facts = json!({ "value": value, "least": least, "most": most });
            return Err(Error::invalid(field, message).because(Reason::NumberRange, facts));
        }
    }
    Ok(())
}

/// A page of a season's registration codes, newest first.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn list_codes(app: &App, slug: Slug, query: PageQuery) -> Result<Page<RegistrationCode>> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::registration_codes::page(conn, season.id, &query)
        })
        .await
}

/// Revokes a code: nobody comes in by it any more, and whoever did stays.
///
/// # Errors
/// `not_found` if there is no such code, or it was revoked before.
pub async fn revoke_code(app: &App, organizer: AccountId, slug: Slug, id: RegistrationCodeId) -> Result<()> {
    app.db
        .write(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            if !db::registration_codes::revoke(conn, season.id, id, Timestamp::now())? {
                return Err(Error::not_found("registration code", id));
            }
            let detail = json!({ "registration_code": id });
            audit::record(conn, Some(organizer), "registration_code.revoke", slug.as_str(), &detail)
        })
        .await
}

/// Approves or declines a team, also one that was let in before; the team sees decision and note.
///
/// # Errors
/// `not_found`; `invalid_value` if the status is not a decision.
pub async fn decide(
    app: &App,
    organizer: AccountId,
    slug: Slug,
    reference: String,
    decision: TeamDecision,
) -> Result<Team> {
    let action = match decision.status {
        TeamStatus::Approved => "team.approve",
        TeamStatus::Declined => "team.decline",
        TeamStatus::Pending => {
            return Err(Error::invalid("status", "`status` is `pending`; decide for `approved` or `declined`")
                .because(Reason::RequestUnfit, json!({})));
        }
    };
    check_lines("note", decision.note.as_deref(), DECISION_NOTE)?;
    let note = decision.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    app.db
        .write(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::lock(conn, Lock::Season(&season.id.to_string()))?;
            let team = db::teams::by_reference(conn, season.id, &reference)?;
            let mut team = team.ok_or_else(|| Error::not_found("team", &reference))?;
            if (team.status, &team.status_note) != (decision.status, &note) {
                db::teams::set_status(conn, team.id, decision.status, note.as_deref())?;
                let object = format!("{slug}/{}", team.id);
                audit::record(conn, Some(organizer), action, &object, &json!({ "name": team.name, "note": note }))?;
                (team.status, team.status_note) = (decision.status, note);
            }
            view(conn, &season, team, &Viewer::Organizer)
        })
        .await
}

#[cfg(test)]
mod tests {
    use holdout_protocol::Registration;

    use super::*;
    use crate::samples::{account, field, refusal, season};

    fn with(registration: Registration) -> Season {
        Season { registration, ..season() }
    }

    #[test]
    fn an_address_of_another_domain_is_refused_with_those_that_are_taken() {
        let gated = |domains: &[&str]| {
            let domains = domains.iter().map(ToString::to_string).collect();
            with(Registration { domains, ..Registration::default() })
        };
        check_email(&gated(&[]), &account(&[])).unwrap();
        check_email(&gated(&["uni.example", "example.org"]), &account(&[])).unwrap();
        let refused = check_email(&gated(&["uni.example", "*.lab.example"]), &account(&[])).unwrap_err();
        let told = refused.body().error;
        assert_eq!((told.code, told.reason), (ErrorCode::Forbidden, Some(Reason::EmailDomain)));
        assert!(told.message.contains("in uni.example, *.lab.example only, and yours is `ada@example.org`"));
        let domains = ["uni.example", "*.lab.example"];
        assert_eq!(told.detail, json!({ "field": "email", "email": "ada@example.org", "domains": domains }));
    }

    #[test]
    fn a_team_that_was_let_in_waits_again_only_where_teams_are_approved() {
        use TeamStatus::{Approved, Declined, Pending};
        let after = |mode, before| status_after(&with(Registration { mode, ..Registration::default() }), before);
        for mode in [RegistrationMode::Open, RegistrationMode::Code] {
            assert_eq!([Approved, Pending, Declined].map(|before| after(mode, before)), [Approved, Pending, Declined]);
        }
        let found = [Approved, Pending, Declined].map(|before| after(RegistrationMode::Approval, before));
        assert_eq!(found, [Pending, Pending, Declined], "nobody gets in by letting somebody join");
    }

    #[test]
    fn a_registration_code_has_a_number_of_uses_and_days() {
        let new = |uses, days| NewRegistrationCode { label: String::new(), uses, days };
        for good in [new(1, 1), new(10_000, 366)] {
            check_new(&good).unwrap();
        }
        for (bad, at_fault, said) in [
            (new(0, 1), "uses", "`uses` is 0; 1 to 10000 is allowed"),
            (new(10_001, 1), "uses", "`uses` is 10001; 1 to 10000 is allowed"),
            (new(1, 0), "days", "`days` is 0; 1 to 366 is allowed"),
            (new(1, 367), "days", "`days` is 367; 1 to 366 is allowed"),
        ] {
            assert_eq!(field(&check_new(&bad).unwrap_err()), at_fault);
            assert_eq!(refusal(check_new(&bad)), (Some(Reason::NumberRange), said.to_owned()));
        }
        let labelled = NewRegistrationCode { label: "x".repeat(201), ..new(1, 1) };
        assert_eq!(field(&check_new(&labelled).unwrap_err()), "label");
    }
}
