//! Whose work is done: that of an account, or of an address as long as nobody has said who they
//! are. What the server does by itself is nobody's, and what a scorer asks for counts as that.

use std::cell::RefCell;
use std::future::Future;

use holdout_protocol::AccountId;

use crate::client_address::ClientAddress;

tokio::task_local! {
    static CALLER: RefCell<Option<String>>;
}

/// Does the work of a request that comes from this address.
pub async fn serve<T>(from: ClientAddress, work: impl Future<Output = T>) -> T {
    CALLER.scope(RefCell::new(Some(from.bucket())), work).await
}

/// Does work that others wait for, too: it is the server's own, because they must not wait for the
/// turns of whoever asked first.
pub async fn serve_all<T>(work: impl Future<Output = T>) -> T {
    CALLER.scope(RefCell::default(), work).await
}

/// Says that the rest of the request's work is that of this account.
pub fn is_account(id: AccountId) {
    name(Some(id.to_string()));
}

/// Says that the rest of the request's work is the server's own.
pub fn is_server() {
    name(None);
}

fn name(caller: Option<String>) {
    // Outside a request there is nobody to name.
    CALLER.try_with(|known| known.replace(caller)).ok();
}

/// Under what the work that is done now counts: an account or an address, or nothing.
pub fn keys() -> Vec<String> {
    CALLER.try_with(|known| known.borrow().iter().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn work_is_of_the_address_until_somebody_says_who_they_are() {
        assert_eq!(keys(), Vec::<String>::new());
        is_server();
        let (from, account) = (ClientAddress([192, 0, 2, 1].into()), AccountId::new());
        let seen = serve(from, async {
            let first = keys();
            is_account(account);
            assert_eq!(serve_all(async { keys() }).await, Vec::<String>::new());
            let second = keys();
            is_server();
            (first, second, keys())
        });
        let expected = (vec!["192.0.2.1".to_owned()], vec![account.to_string()], Vec::new());
        assert_eq!(seen.await, expected);
    }
}
