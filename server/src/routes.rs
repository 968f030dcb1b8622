//! The operations of the API, each named once. Its address, its method and its description are at
//! its handler; who may call it follows from what the handler takes. The router and the document of
//! the API are both made from this list.

use actix_web::dev::Handler;
use actix_web::{FromRequest, Responder, Route, web};
use utoipa::OpenApi;

use crate::api::{
    accounts, bans, citations, exports, extensions, invitations, judging, leaderboard, log, messages, news, operations,
    organizer, organizer_invitations, organizers, passwords, readiness, registration, rescoring, scorer,
    season_organizers, seasons, submissions, teams, test_sets, uploads, webhooks,
};
use crate::auth::access::{Access, Arguments};

/// The handler of an operation.
pub struct Operation {
    /// Its name: the handler's.
    pub id: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Makes a route that calls it, for any method.
    pub route: fn() -> Route,
}

/// The operations of one area.
pub struct Area {
    /// What the document says of them.
    pub document: utoipa::openapi::OpenApi,
    /// Their handlers.
    pub operations: Vec<Operation>,
}

/// Returns who may call a handler.
fn access_of<F, Args>(_: F) -> Access
where
    F: Handler<Args>,
    Args: FromRequest + Arguments + 'static,
    F::Output: Responder + 'static,
{
    Args::ACCESS
}

macro_rules! areas {
    ($($area:ident { $($module:ident::$handler:ident,)* })*) => {
        $(
            #[derive(OpenApi)]
            #[openapi(paths($($module::$handler,)*))]
            struct $area;
        )*

        /// All areas of the API.
        pub fn areas() -> Vec<Area> {
            vec![$(Area {
                document: $area::openapi(),
                operations: vec![$(Operation {
                    id: stringify!($handler),
                    access: access_of($module::$handler),
                    route: || web::to($module::$handler),
                },)*],
            },)*]
        }
    };
}

areas! {
    Accounts {
        accounts::create_account,
        accounts::create_api_token,
        accounts::create_session,
        accounts::delete_account,
        accounts::delete_api_token,
        accounts::delete_other_sessions,
        accounts::delete_own_session,
        accounts::delete_session,
        accounts::get_me,
        accounts::get_own_data,
        accounts::list_api_tokens,
        accounts::list_sessions,
        accounts::refresh_session,
        accounts::update_me,
        organizer_invitations::accept_organizer_invitation,
        organizer_invitations::get_organizer_invitation,
        organizers::get_setup_link,
        organizers::set_up_organizer,
        passwords::change_password,
        messages::create_email_verification,
        messages::get_mail_settings,
        messages::get_unsubscription,
        messages::list_my_messages,
        messages::put_email,
        messages::put_mail_settings,
        messages::unsubscribe,
        messages::verify_email,
        passwords::get_password_reset,
        passwords::request_password_reset,
        passwords::reset_password,
    }
    Seasons {
        seasons::create_season,
        seasons::create_task,
        citations::get_bibtex,
        citations::get_citation_file,
        test_sets::get_image_archive,
        test_sets::get_labels,
        seasons::get_season,
        seasons::get_task,
        test_sets::list_classes,
        test_sets::list_images,
        seasons::list_seasons,
        seasons::list_tasks,
        test_sets::put_test_set,
        seasons::update_season,
        seasons::update_task,
    }
    News {
        news::answer_question,
        news::create_announcement,
        news::create_question,
        news::get_feed,
        news::list_announcements,
        news::list_events,
        news::list_questions,
        news::mark_news_seen,
        news::update_announcement,
    }
    Teams {
        invitations::accept_invitation,
        invitations::create_invitation,
        teams::create_team,
        invitations::delete_invitation,
        teams::delete_member,
        invitations::get_invitation,
        teams::get_registration,
        teams::get_team,
        invitations::list_invitations,
        teams::list_teams,
        teams::update_member,
        teams::update_team,
        teams::use_registration_code,
    }
    Uploads {
        uploads::create_upload,
        uploads::delete_upload,
        uploads::discover_uploads,
        uploads::get_upload,
        uploads::head_upload,
        uploads::override_upload,
        uploads::patch_upload,
    }
    Submissions {
        submissions::cancel_submission,
        submissions::create_submission,
        submissions::get_quota,
        submissions::get_submission,
        submissions::list_submissions,
        submissions::preflight_submission,
        submissions::stream_submission,
        submissions::update_submission,
        submissions::withdraw_submission,
    }
    Boards {
        leaderboard::get_comparison,
        leaderboard::get_entry,
        leaderboard::get_leaderboard,
        leaderboard::get_leaderboard_csv,
        leaderboard::watch_leaderboard,
    }
    Log {
        log::create_log_key,
        log::get_checkpoint,
        log::get_consistency_proof,
        log::get_inclusion_proof,
        log::get_log_key,
        log::get_receipts,
        log::list_log_entries,
        log::list_log_keys,
    }
    Scorers {
        scorer::create_claim,
        scorer::create_heartbeat,
        scorer::create_outcome,
        scorer::get_blob,
    }
    Organizers {
        bans::create_ban,
        bans::delete_ban,
        bans::list_bans,
        exports::export_audit,
        exports::export_season,
        log::get_season_log,
        extensions::create_extension,
        extensions::delete_extension,
        extensions::list_extensions,
        judging::create_judgement,
        judging::get_identical_submissions,
        judging::get_similar_submissions,
        judging::get_submission_file,
        messages::list_messages,
        messages::list_season_messages,
        messages::send_message,
        messages::send_season_message,
        organizer::create_password_reset,
        organizer::create_scorer_token,
        organizer::delete_scorer_token,
        organizer::get_commitment,
        organizer::get_open_matters,
        organizer::get_queue,
        organizer::list_audit_entries,
        organizer::list_evaluations,
        organizer::list_scorer_tokens,
        organizer::list_scorers,
        organizer::requeue_submission,
        organizer_invitations::create_organizer_invitation,
        season_organizers::create_season_invitation,
        organizers::create_setup_link,
        organizers::delete_organizer,
        organizer_invitations::delete_organizer_invitation,
        season_organizers::delete_season_invitation,
        season_organizers::delete_season_organizer,
        organizer_invitations::list_organizer_invitations,
        organizers::list_organizers,
        season_organizers::list_season_invitations,
        season_organizers::list_season_organizers,
        organizers::transfer_ownership,
        season_organizers::transfer_season_ownership,
        organizers::update_organizer,
        season_organizers::update_season_organizer,
        registration::create_registration_code,
        registration::decide_team,
        registration::delete_registration_code,
        registration::list_registration_codes,
        registration::list_team_changes,
        registration::merge_team,
        rescoring::apply_rescoring,
        rescoring::create_rescoring,
        rescoring::delete_rescoring,
        rescoring::get_rescoring,
    }
    Webhooks {
        webhooks::create_webhook,
        webhooks::delete_webhook,
        webhooks::list_webhook_deliveries,
        webhooks::list_webhooks,
        webhooks::replace_webhook_secret,
        webhooks::send_webhook_delivery,
        webhooks::test_webhook,
        webhooks::update_webhook,
    }
    Operations {
        operations::get_health,
        operations::get_metrics,
        operations::get_openapi,
        readiness::get_readiness,
    }
}
