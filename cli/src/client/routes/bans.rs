//! Bans, for organizers.

use holdout_client::{Method, segment};
use holdout_protocol::{Ban, BanId, BanQuery, BanReply, NewBan};

use crate::client::{Client, ClientError};

impl Client {
    /// Bans a person or a team, or shows whom that would be about.
    pub(crate) fn ban(&self, ban: &NewBan) -> Result<BanReply, ClientError> {
        self.change(Method::POST, "/organizer/bans".to_owned(), ban)
    }

    /// Returns bans, newest first.
    pub(crate) fn bans(&self, query: &BanQuery) -> Result<Vec<Ban>, ClientError> {
        let season = query.season.as_ref().map(|season| format!("season={season}"));
        let all = query.all.then(|| "all=true".to_owned());
        let parts: Vec<String> = [season, all].into_iter().flatten().collect();
        let query = if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) };
        self.list(&format!("/organizer/bans{query}"), None)
    }

    /// Lifts a ban.
    pub(crate) fn lift_ban(&self, id: BanId) -> Result<(), ClientError> {
        self.delete(format!("/organizer/bans/{}", segment(&id.to_string())))
    }
}
