//! Lists, page by page.

use holdout_client::{Call, Method, segment};
use holdout_protocol::Page;
use serde::de::DeserializeOwned;

use super::{Client, ClientError};

/// Items a page: the most that the server gives.
const PAGE: usize = 200;

impl Client {
    /// Returns all items of a list, or the first `most`.
    pub(crate) fn list<T: DeserializeOwned>(&self, path: &str, most: Option<usize>) -> Result<Vec<T>, ClientError> {
        let mut items: Vec<T> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let room = most.map_or(PAGE, |most| most.saturating_sub(items.len()).min(PAGE));
            if room == 0 {
                return Ok(items);
            }
            let after = cursor.map(|cursor| format!("&cursor={}", segment(&cursor))).unwrap_or_default();
            let joint = if path.contains('?') { '&' } else { '?' };
            let call = Call::new(Method::GET, format!("{path}{joint}limit={room}{after}"));
            let page: Page<T> = self.send(&call)?.json()?;
            let empty = page.items.is_empty();
            items.extend(page.items);
            match page.next_cursor {
                Some(next) if !empty => cursor = Some(next),
                _ => return Ok(items),
            }
        }
    }
}
