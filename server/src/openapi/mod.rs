//! The OpenAPI document: the operations of [`routes`], and what is the same for all of them.

mod all_of;
mod closed;
pub(crate) mod examples;
pub(crate) mod items;
mod links;
mod parameters;
mod rules;

use std::collections::HashMap;

use holdout_protocol::{ErrorBody, ErrorCode, ExportFormat, ExportTable, VerdictCode};
use utoipa::OpenApi;
use utoipa::openapi::Components;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};

use self::items::operations;
use crate::api::refusals::refusal;
use crate::auth::ACCESS_COOKIE;
use crate::auth::access::Access;
use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Holdout",
        description = "An evaluation server for prediction competitions. Errors are \
            `{\"error\":{\"code\",\"reason\",\"message\",\"detail\"}}` with a code and a reason of closed lists. Lists page by `cursor` and `limit`. \
            A whole number may be written as `191.0` or `1e3`, too. \
            A POST that creates takes an `Idempotency-Key`: sent again, it gives its first answer again.",
    ),
    tags(
        (name = "accounts", description = "Accounts, sessions and personal API tokens"),
        (name = "seasons", description = "Seasons, tasks and test sets"),
        (name = "news", description = "Announcements of a season, questions and answers"),
        (name = "teams", description = "Teams and invitations"),
        (name = "uploads", description = "Resumable uploads by the tus 1.0 protocol"),
        (name = "submissions", description = "Submissions, their evaluation and the quota"),
        (name = "boards", description = "Leaderboards, public"),
        (name = "log", description = "The transparency log: receipts of results and the proofs that verify them"),
        (name = "scorers", description = "For scorers, with a scorer token"),
        (name = "organizers", description = "For organizers"),
        (name = "webhooks", description = "What happens in a season, sent to addresses of its organizers"),
        (name = "operations", description = "For operators"),
    ),
    components(schemas(ErrorBody, ErrorCode, VerdictCode, ExportFormat, ExportTable)),
)]
struct Document;

/// The OpenAPI document of the API.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let areas = routes::areas();
    let access: HashMap<&str, Access> =
        areas.iter().flat_map(|area| &area.operations).map(|it| (it.id, it.access)).collect();
    let mut document =
        areas.into_iter().map(|area| area.document).fold(Document::openapi(), utoipa::openapi::OpenApi::merge_from);
    document.servers = None;
    add_security_schemes(document.components.get_or_insert_default());
    all_of::merge(&mut document);
    rules::write(document.components.get_or_insert_default());
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let access = operation.operation_id.as_deref().and_then(|id| access.get(id)).copied();
        complete(operation, access.unwrap_or(Access::Account));
    }
    closed::close(&mut document);
    links::add(&mut document);
    examples::add(&mut document);
    document
}

fn add_security_schemes(components: &mut Components) {
    let bearer = |format: &str, about: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
        SecurityScheme::Http(scheme.description(Some(about)).build())
    };
    let cookie = ApiKeyValue::with_description(ACCESS_COOKIE, "The access token of a browser's session");
    components.add_security_scheme(
        "bearer",
        bearer("JWT or hp_…", "The access token of a session, or a personal API token (`hp_…`)"),
    );
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.add_security_scheme("scorer", bearer("hs_…", "A scorer token (`hs_…`)"));
}

/// Writes what follows from who may call the operation, and what is the same for all.
fn complete(operation: &mut Operation, access: Access) {
    let requirement = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    operation.security = Some(match access {
        Access::Anyone => vec![SecurityRequirement::default(), requirement("bearer"), requirement("cookie")],
        Access::Account | Access::Organizer(_) => vec![requirement("bearer"), requirement("cookie")],
        Access::Scorer => vec![requirement("scorer")],
    });
    operation.parameters.iter_mut().flatten().for_each(parameters::complete);
    let responses = &mut operation.responses.responses;
    if access != Access::Anyone {
        responses.entry("401".to_owned()).or_insert_with(|| refusal("`unauthenticated`"));
    }
    if let Access::Organizer(least) = access {
        let text = format!("`forbidden`: for organizers with the role `{least}` or a higher one");
        responses.insert("403".to_owned(), refusal(&text));
    }
    responses.entry("default".to_owned()).or_insert_with(|| refusal("A refusal, by its code"));
}
