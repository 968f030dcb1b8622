//! Which operations an answer leads to: with the names and codes in it, a client can continue
//! without knowing the addresses.

use serde_json::json;
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::{OpenApi, RefOr};

/// An operation, the status of its answer, and the operation that follows.
type Step = (&'static str, &'static str, &'static str);
/// A parameter of the operation that follows, and where its value is.
type Value = (&'static str, &'static str);

const SEASON: Value = ("season", "$response.body#/season");
const TASK: Value = ("task", "$response.body#/task");
const ID: Value = ("id", "$response.body#/id");
const CODE: Value = ("code", "$response.body#/code");
const TEAM: Value = ("team", "$response.body#/id");
const SAME_SEASON: Value = ("season", "$request.path.season");
const SAME_TASK: Value = ("task", "$request.path.task");
const SAME_TEAM: Value = ("team", "$request.path.team");
const FIRST_SEASON: Value = ("season", "$response.body#/items/0/season");
const FIRST_TASK: Value = ("task", "$response.body#/items/0/task");
const FIRST_ID: Value = ("id", "$response.body#/items/0/id");
const FIRST_TEAM: Value = ("team", "$response.body#/items/0/id");
const FIRST_ENTRY: Value = ("submission", "$response.body#/rows/0/submission");

const LINKS: &[(Step, &[Value])] = &[
    (("list_seasons", "200", "get_season"), &[FIRST_SEASON]),
    (("list_seasons", "200", "list_tasks"), &[FIRST_SEASON]),
    (("list_seasons", "200", "create_team"), &[FIRST_SEASON]),
    (("list_seasons", "200", "list_teams"), &[FIRST_SEASON]),
    (("create_season", "201", "get_season"), &[SEASON]),
    (("create_season", "201", "update_season"), &[SEASON]),
    (("create_season", "201", "create_task"), &[SEASON]),
    (("create_season", "201", "create_registration_code"), &[SEASON]),
    (("list_tasks", "200", "get_task"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "get_leaderboard"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "get_leaderboard_csv"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "list_classes"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "list_images"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "get_labels"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "get_commitment"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "get_quota"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "list_submissions"), &[FIRST_SEASON, FIRST_TASK]),
    (("list_tasks", "200", "preflight_submission"), &[FIRST_SEASON, FIRST_TASK]),
    (("create_task", "201", "get_task"), &[SEASON, TASK]),
    (("create_task", "201", "update_task"), &[SEASON, TASK]),
    (("create_task", "201", "put_test_set"), &[SEASON, TASK]),
    (("create_task", "201", "get_leaderboard"), &[SEASON, TASK]),
    (("get_leaderboard", "200", "get_entry"), &[SAME_SEASON, SAME_TASK, FIRST_ENTRY]),
    (("list_teams", "200", "get_team"), &[SAME_SEASON, FIRST_TEAM]),
    (("list_teams", "200", "decide_team"), &[SAME_SEASON, FIRST_TEAM]),
    (("create_team", "201", "get_team"), &[SAME_SEASON, TEAM]),
    (("create_team", "201", "update_team"), &[SAME_SEASON, TEAM]),
    (("create_team", "201", "create_invitation"), &[SAME_SEASON, TEAM]),
    (("create_team", "201", "list_invitations"), &[SAME_SEASON, TEAM]),
    (("create_invitation", "201", "get_invitation"), &[CODE]),
    (("create_invitation", "201", "accept_invitation"), &[CODE]),
    (("create_invitation", "201", "delete_invitation"), &[SAME_SEASON, SAME_TEAM, ID]),
    (("create_upload", "201", "get_upload"), &[ID]),
    (("create_upload", "201", "head_upload"), &[ID]),
    (("create_upload", "201", "patch_upload"), &[ID]),
    (("create_upload", "201", "delete_upload"), &[ID]),
    (("create_upload", "201", "create_submission"), &[]),
    (("create_submission", "201", "get_submission"), &[ID]),
    (("create_submission", "201", "update_submission"), &[ID]),
    (("create_submission", "201", "cancel_submission"), &[ID]),
    (("list_submissions", "200", "get_submission"), &[FIRST_ID]),
    (("list_submissions", "200", "update_submission"), &[FIRST_ID]),
    (("list_submissions", "200", "requeue_submission"), &[FIRST_ID]),
    (("create_organizer_invitation", "201", "get_organizer_invitation"), &[CODE]),
    (("create_organizer_invitation", "201", "accept_organizer_invitation"), &[CODE]),
    (("create_organizer_invitation", "201", "delete_organizer_invitation"), &[ID]),
    (("create_password_reset", "201", "get_password_reset"), &[CODE]),
    (("create_password_reset", "201", "reset_password"), &[CODE]),
    (("create_setup_link", "201", "get_setup_link"), &[CODE]),
    (("create_scorer_token", "201", "delete_scorer_token"), &[ID]),
    (("create_registration_code", "201", "delete_registration_code"), &[SAME_SEASON, ID]),
    (("create_registration_code", "201", "use_registration_code"), &[SAME_SEASON]),
];

/// What an operation that follows takes from the answer in its body.
const BODIES: &[(Step, &str, &str)] = &[
    (("create_upload", "201", "create_submission"), "upload", "$response.body#/id"),
    (("create_registration_code", "201", "use_registration_code"), "code", "$response.body#/code"),
];

/// Writes the links into the answers.
pub fn add(document: &mut OpenApi) {
    for operation in document.paths.paths.values_mut().flat_map(super::operations) {
        let id = operation.operation_id.clone().unwrap_or_default();
        for (step @ (from, status, to), values) in LINKS {
            let Some(RefOr::T(response)) = operation.responses.responses.get_mut(*status).filter(|_| id == *from)
            else {
                continue;
            };
            let mut link = LinkBuilder::new().operation_id(*to);
            for (parameter, place) in *values {
                link = link.parameter(*parameter, *place);
            }
            if let Some((_, field, place)) = BODIES.iter().find(|(known, ..)| known == step) {
                link = link.request_body(Some(json!({ *field: place })));
            }
            response.links.insert((*to).to_owned(), link.build().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn operations(document: &Value) -> impl Iterator<Item = &Value> {
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    }

    #[test]
    fn every_link_is_written_and_leads_to_an_operation_that_takes_its_values() {
        let document = serde_json::to_value(crate::openapi_document()).unwrap();
        let find = |id: &str| {
            operations(&document).find(|operation| operation["operationId"] == id).unwrap_or_else(|| panic!("{id}"))
        };
        for ((from, status, to), values) in LINKS {
            let link = &find(from)["responses"][status]["links"][to];
            assert_eq!(link["operationId"], *to, "{from} → {to}");
            let taken: Vec<&str> = find(to)["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            for (parameter, place) in *values {
                assert!(taken.contains(parameter), "{from} → {to}: {parameter}");
                assert_eq!(link["parameters"][parameter], *place, "{from} → {to}");
            }
        }
        for ((from, status, to), field, place) in BODIES {
            assert_eq!(find(from)["responses"][status]["links"][to]["requestBody"][field], *place, "{from} → {to}");
        }
    }
}
