//! Who may call a handler, as the types that it takes say: the document of the API is written from
//! this.

use actix_web::{HttpRequest, web};

use holdout_protocol::OrganizerRole;

use super::callers::{Account, Caller, Captain, LeastRole, Member, Organizer, Participant, Scorer};
use super::extractors::After;
use crate::client_address::ClientAddress;
use crate::error::Error;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::rates::Registering;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone; a login that is sent anyway has to be valid.
    Anyone,
    /// Those who are logged in, if not fewer.
    Account,
    /// Organizers with this role or a higher one.
    Organizer(OrganizerRole),
    Scorer,
}

/// What a handler takes from a request.
pub trait Argument {
    /// Who may call a handler that takes this.
    const ACCESS: Access = Access::Anyone;
}

macro_rules! arguments {
    ($access:ident: $($name:ty),*) => { $(impl Argument for $name { const ACCESS: Access = Access::$access; })* };
}
arguments!(Account: Account, Captain, Member, Participant, Result<Account, Error>);
arguments!(Scorer: Scorer);
arguments!(Anyone: Caller, ClientAddress, HttpRequest, IdempotencyKey, Registering, web::Payload);
arguments!(Anyone: Result<web::Bytes, actix_web::Error>);

impl<Least: LeastRole> Argument for Organizer<Least> {
    const ACCESS: Access = Access::Organizer(Least::ROLE);
}

impl<T: ?Sized> Argument for web::Data<T> {}
impl<T, const OPEN: bool> Argument for JsonBody<T, OPEN> {}
impl<T> Argument for web::Path<T> {}
impl<T> Argument for Query<T> {}

impl<A: Argument, B> Argument for After<A, B> {
    const ACCESS: Access = A::ACCESS;
}

/// All that a handler takes.
pub trait Arguments {
    /// Who may call the handler: whom its strictest argument lets in.
    const ACCESS: Access;
}

impl Arguments for () {
    const ACCESS: Access = Access::Anyone;
}

const fn stricter(one: Access, other: Access) -> Access {
    match one {
        Access::Anyone => other,
        Access::Account | Access::Organizer(_) | Access::Scorer => one,
    }
}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<$first: Argument, $($rest: Argument),*> Arguments for ($first, $($rest,)*) {
            const ACCESS: Access = stricter($first::ACCESS, <($($rest,)*) as Arguments>::ACCESS);
        }
        tuples!($($rest)*);
    };
    () => {};
}
tuples!(A B C D E F);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_argument_decides() {
        assert_eq!(<() as Arguments>::ACCESS, Access::Anyone);
        assert_eq!(<(Query<u8>, Caller) as Arguments>::ACCESS, Access::Anyone);
        assert_eq!(<(Query<u8>, After<Captain, JsonBody<u8>>) as Arguments>::ACCESS, Access::Account);
        assert_eq!(<(Scorer, HttpRequest) as Arguments>::ACCESS, Access::Scorer);
    }
}
