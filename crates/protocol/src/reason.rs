//! Why a request was refused, more closely than its error code says: a closed list that clients put
//! into words of their own.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)+) => {
        /// Why a request was refused, more closely than the error code says. A client that shows
        /// another language than English says it with the facts that are in `detail`; each reason
        /// names them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[$doc])* $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the reason as it is written in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

reasons! {
    /// Nothing of this name is there, or the caller may not see it: `name`.
    Absent = "absent";
    /// The request can be read, but is not what the route takes.
    RequestUnfit = "request_unfit";
    /// The request does not have this field: `field`, and `nearest` if it is like one that it has.
    UnknownField = "unknown_field";
    /// A value is of another kind than the route takes, or larger than it can hold: `field`.
    ValueUnfit = "value_unfit";
    /// Not a team's name: `value`.
    BadTeamName = "bad_team_name";
    /// Not a name for addresses: `value`.
    BadSlug = "bad_slug";
    /// Not a time: `value`.
    BadTime = "bad_time";
    /// A number is outside its range: `field`, `value`, `least`, `most`.
    NumberRange = "number_range";
    /// A text is too long: `field`, `length`, `most`.
    TextTooLong = "text_too_long";
    /// A text is missing, too long, or has control characters: `field`, `most`.
    TextRequired = "text_required";
    /// A text has a control character: `field`, `value`.
    ControlCharacter = "control_character";
    /// Too many links: `count`, `most`.
    TooManyLinks = "too_many_links";
    /// Not a link: `value`.
    BadLink = "bad_link";
    /// The task requires teams to say this of a submission: `required`.
    FieldRequired = "field_required";
    /// Not an e-mail address: `value`.
    BadEmail = "bad_email";
    /// The address is the server's own: `email`.
    EmailReserved = "email_reserved";
    /// The address has an account: `email`.
    AccountTaken = "account_taken";
    /// A password is too short or too long: `length`, `least`, `most`.
    PasswordLength = "password_length";
    /// A password is the e-mail address of its account.
    PasswordIsEmail = "password_is_email";
    /// The address is that of a deleted account that submitted in `seasons`, which are not over.
    AddressWaits = "address_waits";
    /// The present password is another one.
    WrongPassword = "wrong_password";
    /// Somebody else changed it in the meantime: send the request again.
    ChangedMeanwhile = "changed_meanwhile";
    /// What this request made before was used, taken back or replaced since.
    UsedSince = "used_since";
    /// A link that sets a password is unknown.
    UnknownLink = "unknown_link";
    /// A link that sets a password was used or replaced, or has expired.
    LinkOver = "link_over";
    /// The server sends no e-mail.
    NoMail = "no_mail";
    /// The address of the account is confirmed already: `email`.
    EmailVerified = "email_verified";
    /// An e-mail about the account cannot be switched off: `value`.
    MailNeeded = "mail_needed";
    /// A link that stops e-mails is not valid.
    UnknownUnsubscription = "unknown_unsubscription";
    /// The message is waiting to be sent already.
    MessageWaits = "message_waits";
    /// The link in the message is not kept, so the message cannot be sent again.
    MessageLinkOver = "message_link_over";
    /// Too many API tokens: `count`, `limit`.
    TokensFull = "tokens_full";
    /// Only organizers may do this.
    OrganizersOnly = "organizers_only";
    /// Only organizers with a higher role may do this: `role` is the least one, in the season
    /// `season`, or on the server.
    RoleNeeded = "role_needed";
    /// Only the captain of the team may do this.
    CaptainOnly = "captain_only";
    /// Only members of a team of the season may do this.
    MembersOnly = "members_only";
    /// The person is in a team of the season already.
    InTeam = "in_team";
    /// The captain has to make another member the captain before leaving.
    CaptainStays = "captain_stays";
    /// A team's name looks like an id.
    NameIsId = "name_is_id";
    /// A team of the season has this name: `team`.
    TeamTaken = "team_taken";
    /// The name is taken, or the person is in a team already.
    TeamOrMembership = "team_or_membership";
    /// The season has no team of this name: `unknown_team`.
    UnknownTeam = "unknown_team";
    /// The person has founded as many teams as one may: `founded`, `limit`.
    TeamsFounded = "teams_founded";
    /// The team waits for an organizer's approval: `team`.
    TeamPending = "team_pending";
    /// An organizer declined the team: `team`, and `note` if they wrote one.
    TeamDeclined = "team_declined";
    /// Teams have a deadline of their own that is still to come, so that nothing can be published:
    /// `count`, `until`.
    ExtensionsRun = "extensions_run";
    /// A team's own deadline is after that of the season, and in the future: `at`, `closes`.
    ExtensionNotLater = "extension_not_later";
    /// The team has the same extension already: `team`.
    SameExtension = "same_extension";
    /// The extension has ended already.
    ExtensionOver = "extension_over";
    /// The person is banned: `until` if the ban ends by itself, and `why`.
    Banned = "banned";
    /// The team is banned: `team`, `until` if the ban ends by itself, and `why`.
    TeamBanned = "team_banned";
    /// A team cannot become part of itself: `team`.
    SameTeam = "same_team";
    /// A ban is of one team or one person, in a season or everywhere.
    BanUnclear = "ban_unclear";
    /// A ban would end in the past: `at`.
    BanInPast = "ban_in_past";
    /// Organizers cannot be banned: `name`.
    BanOfOrganizer = "ban_of_organizer";
    /// Nobody is in the team, so there is nobody to ban: `team`.
    BanOfNobody = "ban_of_nobody";
    /// The same person or team is banned from there until the same time already: `ban`.
    SameBan = "same_ban";
    /// The ban has ended or was lifted already.
    BanOver = "ban_over";
    /// The season takes people with a registration code only.
    CodeNeeded = "code_needed";
    /// A registration code is mistyped, used up, expired or revoked.
    CodeUseless = "code_useless";
    /// The season takes people with an address in certain domains only: `email`, `domains`.
    EmailDomain = "email_domain";
    /// There is no invitation with this code.
    UnknownInvitation = "unknown_invitation";
    /// The invitation was used or taken back, or has expired.
    InvitationOver = "invitation_over";
    /// The invitation was accepted already.
    InvitationUsed = "invitation_used";
    /// The invitation was taken back.
    InvitationRevoked = "invitation_revoked";
    /// The invitation has expired: `at`.
    InvitationExpired = "invitation_expired";
    /// The invitation is for another address.
    InvitationOfOther = "invitation_of_other";
    /// The team has as many open invitations as it may: `open`, `limit`.
    InvitationsFull = "invitations_full";
    /// The season is a draft.
    SeasonDraft = "season_draft";
    /// The season is not open yet: `at`.
    SeasonNotOpen = "season_not_open";
    /// The season is paused by its organizers.
    SeasonPaused = "season_paused";
    /// The season has closed: `at`.
    SeasonClosed = "season_closed";
    /// The season is over.
    SeasonOver = "season_over";
    /// The season closes later, so that nothing can be published: `at`.
    SeasonNotOver = "season_not_over";
    /// The season has no closing time, so that nothing can be published.
    SeasonEndless = "season_endless";
    /// The season is published, and the change would open it again.
    SeasonPublished = "season_published";
    /// The season is published, and another `field` (`metric` or `finals`) would change its final
    /// board.
    PublishedBoard = "published_board";
    /// The result waits for approval, so that it cannot be taken off the board.
    ResultWaits = "result_waits";
    /// The address of a season is taken: `season`.
    SeasonTaken = "season_taken";
    /// The address of a task is taken: `task`.
    TaskTaken = "task_taken";
    /// The task has no test set yet.
    NoTestSet = "no_test_set";
    /// The test set has no images that a model could run on yet.
    NoImages = "no_images";
    /// The task does not take this kind of submission: `kind`.
    KindNotTaken = "kind_not_taken";
    /// The file is larger than allowed, bytes: `size`, `limit`.
    FileTooLarge = "file_too_large";
    /// The quota is used up: `limit`, `per_seconds`, `next_slot`; `carried` of it by members in
    /// another team.
    QuotaUsed = "quota_used";
    /// As many submissions wait as may: `waiting`, `limit`.
    QueueFull = "queue_full";
    /// The team submitted the same file before: `submission`, `created_at`.
    SameFile = "same_file";
    /// The team submitted the same answers before, in another file: `submission`, `created_at`.
    SameAnswers = "same_answers";
    /// As many uploads are unfinished as may be: `unfinished`, `limit`.
    UploadsUnfinished = "uploads_unfinished";
    /// As many uploads are in no submission as may be: `count`, `limit`.
    UploadsUnused = "uploads_unused";
    /// Uploads that are in no submission have as many bytes as they may: `bytes`, `limit_bytes`.
    UploadsUnusedBytes = "uploads_unused_bytes";
    /// The upload has expired: `at`.
    UploadExpired = "upload_expired";
    /// Texts of a submission stay as they were when the season closed.
    TextsClosed = "texts_closed";
    /// Finals are chosen while the season is open.
    FinalsClosed = "finals_closed";
    /// The task has no finals: the best entry counts.
    NoFinals = "no_finals";
    /// Only a scored submission can be a final.
    FinalNotScored = "final_not_scored";
    /// As many finals are chosen as may be: `count`, `finals`.
    FinalsFull = "finals_full";
    /// As many finals are chosen as may be, by a member in another team too: `count`, `finals`.
    FinalsCarried = "finals_carried";
    /// Only a stalled submission can be queued again.
    NotStalled = "not_stalled";
    /// Only a queued or running submission can be withdrawn.
    NotCancellable = "not_cancellable";
    /// Only a scored submission can be withdrawn from the board.
    NotWithdrawable = "not_withdrawable";
    /// The team took this result off the board already.
    Withdrawn = "withdrawn";
    /// A result that is off the board cannot be chosen as a final.
    FinalOffBoard = "final_off_board";
    /// Results are withdrawn until the season closes.
    WithdrawalClosed = "withdrawal_closed";
    /// A decision is about one submission, or about a team of a season.
    JudgementUnclear = "judgement_unclear";
    /// Private scores are hidden until they are published.
    PrivateHidden = "private_hidden";
    /// Entries are compared when nobody can submit any more; before, by organizers alone.
    ComparisonLater = "comparison_later";
    /// The task has no private part.
    NoPrivatePart = "no_private_part";
    /// The task is being re-scored for another version of its test set: `version`.
    RescoringOpen = "rescoring_open";
    /// The task is not being re-scored.
    NoRescoring = "no_rescoring";
    /// The re-scoring has been applied or dropped: `ended`.
    RescoringEnded = "rescoring_ended";
    /// Submissions that are re-scored wait for a scorer: `waiting`.
    RescoringWaits = "rescoring_waits";
    /// The body is larger than the route takes, bytes: `limit`.
    BodyTooLarge = "body_too_large";
    /// The body did not arrive in time: `seconds`.
    BodySlow = "body_slow";
    /// The disk of the server is full or nearly so.
    DiskFull = "disk_full";
    /// There is nothing at the address.
    NothingHere = "nothing_here";
    /// A page of another site sent the request.
    OtherSite = "other_site";
    /// The route is not for this kind of token.
    TokenUnfit = "token_unfit";
    /// Not all bytes of the upload are there: `bytes` of `size`.
    UploadIncomplete = "upload_incomplete";
    /// The invitation was accepted, so it cannot be taken back.
    InvitationAccepted = "invitation_accepted";
    /// As many invitations of organizers are open as may be: `open`, `limit`.
    OrganizerInvitationsFull = "organizer_invitations_full";
    /// The person is an organizer already.
    AlreadyOrganizer = "already_organizer";
    /// The only owner of the server stays its owner: `email`.
    OnlyOwner = "only_owner";
    /// An organizer's account is not deleted.
    HoldsRole = "holds_role";
    /// Nobody hands the ownership over to themselves.
    OwnAccount = "own_account";
    /// The person competes in seasons that are not over: `seasons`.
    Competes = "competes";
    /// The person is an organizer of the season, so they can be in no team of it: `season`.
    OrganizesSeason = "organizes_season";
    /// The person was an organizer of the season: `season`, `until`.
    WasOrganizer = "was_organizer";
    /// A member of the team is an organizer: `name`.
    OrganizerInTeam = "organizer_in_team";
    /// An organizer has a password, so no link for the first one is made.
    OrganizerHasPassword = "organizer_has_password";
    /// The set-up link is unknown, or an organizer has a password.
    UnknownSetupLink = "unknown_setup_link";
    /// The set-up link has expired.
    SetupLinkOver = "setup_link_over";
    /// The address has another account: `email`.
    AddressTaken = "address_taken";
    /// A date needs the name of the team that the entry is for.
    DateNeedsTeam = "date_needs_team";
    /// A date is before 1970 or in the future: `at`.
    DateOutside = "date_outside";
    /// A season closes before it opens: `closes`, `opens`.
    ClosesBeforeOpening = "closes_before_opening";
    /// Too many entries in a list: `field`, `count`, `most`.
    ListTooLong = "list_too_long";
    /// Not a domain: `value`.
    BadDomain = "bad_domain";
    /// A share is not between 0 and 1: `field`, `value`.
    ShareRange = "share_range";
    /// No kind of submission is accepted, or one twice.
    KindsWrong = "kinds_wrong";
    /// A task that accepts models needs their input.
    InputMissing = "input_missing";
    /// The crop is larger than the image is resized to: `crop`, `resize`.
    CropTooLarge = "crop_too_large";
    /// A file of a test set has faulty lines: `field`, `total`, and the first twenty in `lines`,
    /// each with `line`, `code`, `number`, `value`, and in English `problem` and `allowed`.
    FaultyLines = "faulty_lines";
    /// A task that accepts models needs images.
    ImagesMissing = "images_missing";
    /// A task that accepts no models takes no images.
    ImagesUnwanted = "images_unwanted";
    /// The images are in no archive that can be read.
    NotAnArchive = "not_an_archive";
    /// The split does not fit the test set.
    SplitUnfit = "split_unfit";
    /// Not an address that a webhook can have: `value`.
    BadWebhookUrl = "bad_webhook_url";
    /// The server sends nothing to this address, because it is private: `value`.
    WebhookAddressRefused = "webhook_address_refused";
    /// A webhook has to send something: `field`.
    WebhookKindsWrong = "webhook_kinds_wrong";
    /// The season has as many webhooks as it may have: `most`.
    WebhooksFull = "webhooks_full";
    /// The webhook is disabled.
    WebhookDisabled = "webhook_disabled";
    /// The delivery waits to be sent already.
    WebhookDeliveryWaits = "webhook_delivery_waits";
    /// Too many requests: `retry_after_seconds`.
    TooMany = "too_many";
}
