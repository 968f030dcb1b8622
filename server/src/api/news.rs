//! What is said in a season: announcements, questions and answers.

use actix_web::{HttpRequest, HttpResponse, web};
use holdout_protocol::{
    Announcement, AnnouncementChanges, AnnouncementId, ErrorBody, NewAnnouncement, NewAnswer, NewQuestion, NewsSeen,
    Page, PageQuery, Question, QuestionId, QuestionQuery, SeasonEventQuery, SeasonEvents, Slug,
};

use super::refusals::{Forbidden, InvalidQuery, InvalidValue, NotFound, RateLimited};
use crate::app::App;
use crate::auth::{Account, After, Caller, Judges, Member, Organizer};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::news::{self, announcements, events, questions};
use crate::origin::origin;

/// The announcements of a season, newest first. Of one that was withdrawn, only that it was.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/announcements", tag = "news",
    params(("season" = Slug, Path), PageQuery), responses(
    (status = 200, description = "announcements", body = Page<Announcement>),
    NotFound,
))]
pub async fn list_announcements(
    app: web::Data<App>,
    caller: Caller,
    season: web::Path<Slug>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Announcement>>> {
    announcements::list_announcements(&app, caller, season.into_inner(), query.into_inner()).await.map(web::Json)
}

/// Announce something to everybody who sees the season.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/announcements", tag = "news",
    request_body = NewAnnouncement, params(("season" = Slug, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
    (status = 201, description = "the announcement", body = Announcement),
    NotFound,
    (status = 409, description = "`idempotency_mismatch`", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn create_announcement(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewAnnouncement>>,
    key: IdempotencyKey,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    let created = announcements::create(&app, organizer.0.id, key, season.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Change an announcement, or withdraw it; what is omitted stays.
#[utoipa::path(patch, path = "/api/v1/organizer/seasons/{season}/announcements/{id}", tag = "news",
    request_body = AnnouncementChanges, params(("season" = Slug, Path), ("id" = AnnouncementId, Path)), responses(
    (status = 200, description = "the announcement", body = Announcement),
    NotFound,
    InvalidValue,
    RateLimited,
))]
pub async fn update_announcement(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<AnnouncementChanges>>,
    path: web::Path<(Slug, AnnouncementId)>,
) -> Result<web::Json<Announcement>> {
    let (season, id) = path.into_inner();
    announcements::change(&app, organizer.0.id, season, id, body.into_inner()).await.map(web::Json)
}

/// The questions of a season, newest first: those with a public answer and those of the own team;
/// all to organizers. A question with a public answer does not name its team to others.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/questions", tag = "news",
    params(("season" = Slug, Path), QuestionQuery), responses(
    (status = 200, description = "questions", body = Page<Question>),
    NotFound,
    InvalidQuery,
))]
pub async fn list_questions(
    app: web::Data<App>,
    caller: Caller,
    season: web::Path<Slug>,
    query: Query<QuestionQuery>,
) -> Result<web::Json<Page<Question>>> {
    questions::list_questions(&app, caller, season.into_inner(), query.into_inner()).await.map(web::Json)
}

/// Ask the organizers, as a member of a team of the season.
#[utoipa::path(post, path = "/api/v1/seasons/{season}/questions", tag = "news", request_body = NewQuestion,
    params(("season" = Slug, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, description = "the question", body = Question),
    Forbidden,
    NotFound,
    (status = 409, description = "`idempotency_mismatch`", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn create_question(
    app: web::Data<App>,
    After(member, body): After<Member, JsonBody<NewQuestion>>,
    key: IdempotencyKey,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    let asked = questions::ask(&app, member, key, season.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(asked))
}

/// Answer a question, to the team alone or to everybody. A later answer replaces the one before.
#[utoipa::path(put, path = "/api/v1/organizer/seasons/{season}/questions/{id}/answer", tag = "news",
    request_body = NewAnswer, params(("season" = Slug, Path), ("id" = QuestionId, Path)), responses(
    (status = 200, description = "the question with its answer", body = Question),
    NotFound,
    InvalidValue,
))]
pub async fn answer_question(
    app: web::Data<App>,
    After(judge, body): After<Organizer<Judges>, JsonBody<NewAnswer>>,
    path: web::Path<(Slug, QuestionId)>,
) -> Result<web::Json<Question>> {
    let (season, id) = path.into_inner();
    questions::answer(&app, judge.0.id, season, id, body.into_inner()).await.map(web::Json)
}

/// Remember that you have seen announcements and answers: they are not `unread` from now on.
#[utoipa::path(put, path = "/api/v1/seasons/{season}/news-seen", tag = "news", request_body = NewsSeen,
    params(("season" = Slug, Path)), responses(
    (status = 204, description = "remembered"),
    NotFound,
    InvalidValue,
    RateLimited,
))]
pub async fn mark_news_seen(
    app: web::Data<App>,
    After(account, body): After<Account, JsonBody<NewsSeen>>,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    news::mark_seen(&app, account, season.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What happened in a season, oldest first, in an order that never changes: it opened, closed, was
/// published; another team leads a board; announcements and public answers. Send `next` as `after`
/// to get what came later. The same for everybody.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/events", tag = "news",
    params(("season" = Slug, Path), SeasonEventQuery), responses(
    (status = 200, description = "events", body = SeasonEvents),
    NotFound,
    InvalidQuery,
))]
pub async fn list_events(
    app: web::Data<App>,
    caller: Caller,
    season: web::Path<Slug>,
    query: Query<SeasonEventQuery>,
) -> Result<web::Json<SeasonEvents>> {
    events::list_events(&app, caller, season.into_inner(), query.into_inner()).await.map(web::Json)
}

/// The last events of a season as an Atom feed, for feed readers: fifty, or fewer if they are long.
#[utoipa::path(get, path = "/seasons/{season}/feed.atom", tag = "news", params(("season" = Slug, Path)), responses(
    (status = 200, description = "the feed", body = String, content_type = "application/atom+xml"),
    NotFound,
))]
pub async fn get_feed(app: web::Data<App>, season: web::Path<Slug>, request: HttpRequest) -> Result<HttpResponse> {
    let feed = events::atom(&app, season.into_inner(), origin(&app, &request)).await?;
    Ok(HttpResponse::Ok().content_type("application/atom+xml; charset=utf-8").body(feed))
}
