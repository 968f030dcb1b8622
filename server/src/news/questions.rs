//! Questions of teams to the organizers. An answer is for the team alone, or for everybody: then
//! without the team's name.

use holdout_protocol::limits::{ANSWER, QUESTION};
use holdout_protocol::{
    AccountId, NewAnswer, NewQuestion, Page, Question, QuestionId, QuestionQuery, SeasonEventKind, Slug, Timestamp,
    required_lines,
};
use serde_json::json;

use super::seen_until;
use crate::app::App;
use crate::auth::{Caller, Member};
use crate::db::questions::{self, Seen};
use crate::db::season_events::{self, About};
use crate::db::{self, Conn, Lock};
use crate::error::Result;
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::messages::notices;
use crate::rates::{self, Rate};
use crate::{audit, seasons, webhooks};

/// A page of a season's questions, newest first: those with a public answer and those of the own
/// team, or all to organizers.
///
/// # Errors
/// `not_found` if there is no season that the caller may see.
pub async fn list_questions(app: &App, caller: Caller, slug: Slug, query: QuestionQuery) -> Result<Page<Question>> {
    app.db
        .read(move |conn| {
            let season = seasons::visible(conn, &slug, caller.is_organizer())?;
            let since = seen_until(conn, &caller, season.id)?;
            let own = match &caller.0 {
                Some(account) => db::memberships::find(conn, season.id, account.id)?.map(|place| place.team),
                None => None,
            };
            let seen = if caller.is_organizer() { Seen::All } else { Seen::PublicOr(own) };
            let page = questions::page(conn, season.id, seen, query.open == Some(true), &query.page())?;
            let shown = |row: questions::Question| {
                let named = caller.is_organizer() || own == Some(row.team);
                let answered = row.answer.as_ref().map(|answer| answer.at);
                let unread =
                    since.zip(answered).is_some_and(|(since, at)| since.answers < at) && !caller.is_organizer();
                view(&slug, row, named, unread)
            };
            Ok(Page { items: page.items.into_iter().map(shown).collect(), next_cursor: page.next_cursor })
        })
        .await
}

/// A question as it is shown; `named` with its team.
pub fn view(season: &Slug, row: questions::Question, named: bool, unread: bool) -> Question {
    let answer = |answer: questions::Answer| holdout_protocol::Answer {
        text: answer.text,
        public: answer.public,
        at: answer.at,
    };
    Question {
        id: row.id,
        season: season.clone(),
        task: row.task,
        team: row.team_name.filter(|_| named),
        text: row.text,
        asked_at: row.asked_at,
        answer: row.answer.map(answer),
        unread,
    }
}

/// Asks the organizers.
///
/// # Errors
/// `not_found` if the season has no such task; `invalid_value`, `idempotency_mismatch`,
/// `rate_limited`.
pub async fn ask(app: &App, by: Member, key: IdempotencyKey, slug: Slug, request: NewQuestion) -> Result<Question> {
    let Member { account, team } = by;
    let once = IdempotentRequest::new(Some(account.id), key, "create_question", &(&slug, &request))?;
    let text = required_lines("text", &request.text, QUESTION)?;
    let rates = app.config.rates.clone();
    let work = move |conn: &mut Conn| {
        let found = seasons::visible(conn, &slug, account.organizer)?;
        let season = found.id;
        let now = Timestamp::now();
        let task =
            request.task.map(|task| db::tasks::find(conn, season, task.as_str())).transpose()?.map(|task| task.id);
        rates::spend_in(conn, &rates, &Rate::Questions(account.id), now)?;
        let id = QuestionId::new();
        let new = questions::New { id, season, task, team, account: account.id, text, asked_at: now };
        questions::insert(conn, &new)?;
        webhooks::record::asked(conn, &found, id, now)?;
        let detail = json!({ "team": team });
        audit::record(conn, Some(account.id), "question.ask", &format!("{slug}/{id}"), &detail)?;
        Ok(view(&slug, questions::find(conn, season, id)?, true, false))
    };
    write_once(&app.db, once, work).await
}

/// Answers a question, or answers it again.
///
/// # Errors
/// `not_found`, `invalid_value`.
pub async fn answer(app: &App, by: AccountId, slug: Slug, id: QuestionId, request: NewAnswer) -> Result<Question> {
    let text = required_lines("text", &request.text, ANSWER)?;
    app.db
        .write(move |conn| {
            let found = db::seasons::find(conn, slug.as_str())?;
            let season = found.id;
            db::lock(conn, Lock::Season(&season.to_string()))?;
            let question = questions::find(conn, season, id)?;
            let before = question.answer.as_ref();
            let same = before.is_some_and(|before| before.text == text && before.public == request.public);
            if !same {
                let after = questions::Answer { text, public: request.public, at: Timestamp::now() };
                questions::answer(conn, id, by, &after)?;
                notices::answered(conn, &found, &question, (&after.text, after.at))?;
                if after.public {
                    season_events::append(conn, season, after.at, SeasonEventKind::Answered, About::Question(id))?;
                }
                let detail = json!({ "public": after.public, "again": before.is_some() });
                audit::record(conn, Some(by), "question.answer", &format!("{slug}/{id}"), &detail)?;
            }
            Ok(view(&slug, questions::find(conn, season, id)?, true, false))
        })
        .await
}

#[cfg(test)]
mod tests {
    use holdout_protocol::TeamId;

    use super::*;
    use crate::samples::at;

    #[test]
    fn a_question_names_its_team_only_to_those_who_may_know_it() {
        let row = || questions::Question {
            id: QuestionId::new(),
            task: None,
            team: TeamId::new(),
            team_name: Some("Team".parse().unwrap()),
            text: "Why?".to_owned(),
            asked_at: at(1),
            answer: Some(questions::Answer { text: "Because.".to_owned(), public: true, at: at(2) }),
        };
        let slug: Slug = "demo".parse().unwrap();
        let (named, unnamed) = (view(&slug, row(), true, false), view(&slug, row(), false, true));
        assert_eq!((named.team.is_some(), named.unread), (true, false));
        assert_eq!((unnamed.team, unnamed.unread), (None, true));
        let answer = unnamed.answer.unwrap();
        assert_eq!((answer.text.as_str(), answer.public, answer.at), ("Because.", true, at(2)));
    }
}
