//! Refusals that many operations share, for the document of the API. `openapi` adds those that
//! follow from who may call.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// The response of a refusal with this description.
pub fn refusal(description: &str) -> RefOr<Response> {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    ResponseBuilder::new().description(description).content("application/json", body).build().into()
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $description:literal;)*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    BTreeMap::from([($status.to_owned(), refusal($description))])
                }
            }
        )*
    };
}

refusals! {
    /// The caller may not do this.
    Forbidden = "403", "`forbidden`";
    /// There is no such thing, or none that the caller may see.
    NotFound = "404", "`not_found`";
    /// A value is not allowed.
    InvalidValue = "422", "`invalid_value`";
    /// The query has a value that is not allowed.
    InvalidQuery = "422", "`invalid_value`: the query";
    /// The caller has done this too often.
    RateLimited = "429", "`rate_limited`";
}
