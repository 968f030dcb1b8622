//! What is said in a season: announcements, questions and answers.

use holdout_client::Method;
use holdout_protocol::{
    Announcement, AnnouncementChanges, AnnouncementId, NewAnnouncement, NewAnswer, NewQuestion, NewsSeen, Question,
    QuestionId, SeasonEvents, Slug,
};

use crate::client::{Client, ClientError};

impl Client {
    /// The announcements of a season, newest first.
    pub(crate) fn announcements(&self, season: &Slug) -> Result<Vec<Announcement>, ClientError> {
        self.list(&format!("/seasons/{season}/announcements"), None)
    }

    pub(crate) fn announce(&self, season: &Slug, new: &NewAnnouncement) -> Result<Announcement, ClientError> {
        self.create(format!("/organizer/seasons/{season}/announcements"), new)
    }

    pub(crate) fn change_announcement(
        &self,
        season: &Slug,
        id: AnnouncementId,
        changes: &AnnouncementChanges,
    ) -> Result<Announcement, ClientError> {
        self.change(Method::PATCH, format!("/organizer/seasons/{season}/announcements/{id}"), changes)
    }

    /// Returns what happened in a season after a number, oldest first.
    pub(crate) fn season_events(&self, season: &Slug, after: u64) -> Result<SeasonEvents, ClientError> {
        self.get(format!("/seasons/{season}/events?after={after}&limit=200"))
    }

    /// The questions of a season that the caller may see, newest first.
    pub(crate) fn questions(&self, season: &Slug, open: bool) -> Result<Vec<Question>, ClientError> {
        let query = if open { "?open=true" } else { "" };
        self.list(&format!("/seasons/{season}/questions{query}"), None)
    }

    pub(crate) fn ask(&self, season: &Slug, new: &NewQuestion) -> Result<Question, ClientError> {
        self.create(format!("/seasons/{season}/questions"), new)
    }

    pub(crate) fn answer(&self, season: &Slug, id: QuestionId, new: &NewAnswer) -> Result<Question, ClientError> {
        self.change(Method::PUT, format!("/organizer/seasons/{season}/questions/{id}/answer"), new)
    }

    /// Remembers up to when announcements and answers were seen.
    pub(crate) fn mark_news_seen(&self, season: &Slug, seen: NewsSeen) -> Result<(), ClientError> {
        self.change_only(Method::PUT, format!("/seasons/{season}/news-seen"), &seen)
    }
}
