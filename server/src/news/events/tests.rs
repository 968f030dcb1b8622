use holdout_protocol::{SeasonState, TaskId, TeamId};

use super::*;
use crate::samples::{at, settings};

#[test]
fn what_xml_cannot_hold_is_left_out() {
    assert_eq!(clean("a\u{0}b\u{1b}c\u{fffe}d\n\te é \u{1f4be}"), "abcd\n\te é \u{1f4be}");
}

fn event(kind: SeasonEventKind, about: About) -> Event {
    Event { id: SeasonEventId::new(), number: 7, at: at(100), kind, about }
}

/// That this submission leads, and was taken off the board at a time.
fn led(submission: SubmissionId, gone_at: Option<Timestamp>) -> (Subjects, Event) {
    let lead = Lead {
        task: "classification".parse().unwrap(),
        settings: settings(),
        team: TeamId::new(),
        team_name: "Team".parse().unwrap(),
        finished_at: None,
        gone_at,
    };
    let subjects = Subjects { leads: HashMap::from([(submission, lead)]), ..subjects() };
    (subjects, event(SeasonEventKind::Leader, About::Board(TaskId::new(), submission, 0.125)))
}

fn subjects() -> Subjects {
    Subjects { leads: HashMap::new(), led_in: HashMap::new(), announcements: HashMap::new(), questions: HashMap::new() }
}

fn said(view: &View) -> (String, String) {
    words(&view.event, view.task.as_ref())
}

#[test]
fn a_leader_is_told_with_its_error() {
    let id = SubmissionId::new();
    let (subjects, event) = led(id, None);
    let view = view(&subjects, &event).unwrap().unwrap();
    assert_eq!((view.event.submission, view.event.error, view.event.retracted), (Some(id), Some(0.125), false));
    assert_eq!((view.event.cursor, view.updated), (7, at(100)));
    let text = "Team leads the public board with a top-5 error of 12.500 %.";
    assert_eq!(said(&view), ("Team leads: Classification".to_owned(), text.to_owned()));
}

#[test]
fn a_leader_that_was_taken_off_the_board_is_named_no_more() {
    for (gone, updated) in [(150, 150), (50, 100)] {
        let (subjects, event) = led(SubmissionId::new(), Some(at(gone)));
        let view = view(&subjects, &event).unwrap().unwrap();
        assert!(view.event.retracted && view.event.team.is_none() && view.event.task.is_some());
        assert_eq!((view.event.submission, view.event.error), (None, None));
        assert_eq!(view.updated, at(updated), "no entry is older than its event");
        assert_eq!(said(&view).0, "Result taken back: Classification");
    }
}

#[test]
fn what_is_taken_back_names_the_event_that_told_of_the_lead() {
    let (id, told) = (SubmissionId::new(), SeasonEventId::new());
    let (mut subjects, _) = led(id, Some(at(150)));
    subjects.led_in.insert(id, told);
    let event = event(SeasonEventKind::Retracted, About::Retracted(TaskId::new(), id));
    let view = view(&subjects, &event).unwrap().unwrap();
    assert_eq!((view.event.retracts, view.event.team), (Some(told), None));
}

#[test]
fn a_withdrawn_announcement_says_nothing_and_another_one_all() {
    let id = AnnouncementId::new();
    let found = |withdrawn_at: Option<i64>| {
        let announcement = Announcement {
            id,
            season: SeasonId::new(),
            by: holdout_protocol::AccountId::new(),
            created_at: at(100),
            title: "Title".to_owned(),
            text: "Text".to_owned(),
            edited_at: None,
            withdrawn_at: withdrawn_at.map(at),
            updated_at: at(120),
        };
        let subjects = Subjects { announcements: HashMap::from([(id, announcement)]), ..subjects() };
        view(&subjects, &event(SeasonEventKind::Announced, About::Announcement(id))).unwrap().unwrap()
    };
    assert_eq!(said(&found(None)), ("Title".to_owned(), "Text".to_owned()));
    let withdrawn = found(Some(120));
    assert_eq!((withdrawn.updated, withdrawn.event.title.as_ref()), (at(120), None));
    let words = ("Withdrawn announcement".to_owned(), "This announcement was withdrawn.".to_owned());
    assert_eq!(said(&withdrawn), words);
}

#[test]
fn an_answer_is_an_event_as_long_as_it_is_public_and_names_no_team() {
    let id = QuestionId::new();
    let found = |answer: Option<bool>| {
        let question = Question {
            id,
            task: Some("classification".parse().unwrap()),
            team: TeamId::new(),
            team_name: Some("Team".parse().unwrap()),
            text: format!("Why? {}\nReally?", "x".repeat(200)),
            asked_at: at(90),
            answer: answer.map(|public| crate::db::questions::Answer {
                text: "Because.".to_owned(),
                public,
                at: at(130),
            }),
        };
        let subjects = Subjects { questions: HashMap::from([(id, question)]), ..subjects() };
        view(&subjects, &event(SeasonEventKind::Answered, About::Question(id))).unwrap()
    };
    assert!(found(None).is_none() && found(Some(false)).is_none());
    let public = found(Some(true)).unwrap();
    assert_eq!((public.updated, public.event.team.as_ref(), public.event.task.is_some()), (at(130), None, true));
    let (title, text) = said(&public);
    assert_eq!((title.len(), title.lines().count()), ("Answer: ".len() + 100, 1));
    assert!(text.starts_with("Why?") && text.ends_with("Really?\n\nBecause."), "{text}");
}

#[test]
fn an_event_about_what_is_not_there_is_a_fault_of_ours() {
    let board = About::Board(TaskId::new(), SubmissionId::new(), 0.5);
    for about in [board, About::Announcement(AnnouncementId::new()), About::Question(QuestionId::new())] {
        assert!(view(&subjects(), &event(SeasonEventKind::Leader, about)).is_err(), "{about:?}");
    }
}

/// The season of the feeds.
fn shown_season() -> Season {
    Season {
        season: "demo".parse().unwrap(),
        title: "Demo & more".to_owned(),
        rules: String::new(),
        opens: at(50),
        closes: None,
        draft: false,
        paused: false,
        frozen_at: None,
        published_at: None,
        registration: holdout_protocol::Registration::default(),
        state: SeasonState::Open,
        tasks: Vec::new(),
    }
}

fn feed(entries: &[View]) -> atom_syndication::Feed {
    let id = SeasonId::new();
    let text = write(&shown_season(), id, "https://holdout.example.org", entries);
    let feed: atom_syndication::Feed = text.parse().unwrap();
    assert_eq!(feed.id(), format!("urn:uuid:{id}"));
    feed
}

#[test]
fn a_feed_is_as_new_as_its_newest_entry_and_without_any_as_its_season() {
    let of =
        |second| View { event: blank(&event(SeasonEventKind::Opened, About::Season)), updated: at(second), task: None };
    assert_eq!(feed(&[of(110), of(130), of(120)]).updated().to_rfc3339(), "1970-01-01T00:02:10+00:00");
    let empty = feed(&[]);
    assert_eq!(
        (empty.title().as_str(), empty.updated().to_rfc3339().as_str()),
        ("Demo & more", "1970-01-01T00:00:50+00:00")
    );
}

#[test]
fn an_entry_leads_to_its_board_if_it_is_about_one_and_else_to_the_season() {
    let (subjects, event_of_board) = led(SubmissionId::new(), None);
    let board = view(&subjects, &event_of_board).unwrap().unwrap();
    let opened = View { event: blank(&event(SeasonEventKind::Opened, About::Season)), updated: at(100), task: None };
    let feed = feed(&[board, opened]);
    let links: Vec<&str> = feed.entries().iter().map(|entry| entry.links()[0].href()).collect();
    assert_eq!(
        links,
        ["https://holdout.example.org/seasons/demo/classification", "https://holdout.example.org/seasons/demo"]
    );
    assert_eq!(feed.entries()[0].id(), format!("urn:uuid:{}", event_of_board.id));
}
