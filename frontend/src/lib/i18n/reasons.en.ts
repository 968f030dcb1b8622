/**
 * Why a request was refused, in English: a sentence for each reason of the API. They come when the
 * first refusal is shown.
 */
import { Slug, TeamName } from '$lib/forms/limits';
import type { ReasonCatalogue } from './messages';

export const reasonsEn = {
	'reason.request_unfit': 'The server does not take this request as it is. Reload the page and try again.',
	'reason.unknown_field': 'The server does not know all that this page sends. Reload the page and try again.',
	'reason.value_unfit': 'A value is not of the kind that is expected here, or is too large.',
	'reason.bad_team_name': `“{value}” cannot be a team’s name; use 1 to ${TeamName.maxlength} characters, without control or invisible characters and without blanks at the ends.`,
	'reason.bad_slug': `“{value}” cannot be used here; use 1 to ${Slug.maxlength} of a-z, 0-9 and -, beginning with a letter or digit.`,
	'reason.bad_time': '“{value}” is not a time; write it as 2012-09-30T23:00:00Z.',
	'reason.body_too_large': 'The request is too large; at most {limit} are allowed.',
	'reason.body_slow': 'The request did not arrive within {seconds} seconds. Check your connection and try again.',
	'reason.disk_full': 'The server’s disk is full or nearly so. Its operator has to make room.',
	'reason.nothing_here': 'There is nothing at this address.',
	'reason.other_site': 'Your browser says that another site sent this. Open the page itself and try again.',
	'reason.token_unfit': 'This kind of token cannot be used for this.',
	'reason.upload_incomplete': 'The upload is not complete: {bytes} of {size} are there. Finish it first.',
	'reason.invitation_accepted': 'This invitation was already accepted. Remove the person instead.',
	'reason.organizer_invitations_full':
		'{open} invitations of organizers are open, and at most {limit} are allowed. Revoke one first.',
	'reason.already_organizer': 'You are already an organizer.',
	'reason.own_account': 'This is your own account. Hand the ownership over to another organizer.',
	'reason.holds_role': 'An organizer’s account cannot be deleted. Ask an owner to take your role first.',
	'reason.only_owner': '{email} is the only owner of the server. Make another organizer an owner first.',
	'reason.competes':
		'You are in a team or have submitted in seasons that are not over ({seasons}), and organizers see their labels. Leave the team if it has not submitted, or accept this after the season has closed.',
	'reason.organizes_season':
		'You are an organizer of this season and see what is hidden from its teams, so you cannot be in one. You may submit in the name of a team.',
	'reason.was_organizer':
		'You were an organizer until {until}, when the season “{season}” already existed, and organizers see its labels.',
	'reason.organizer_in_team':
		'{name} is in your team and is an organizer, who sees the labels, so the team cannot submit.',
	'reason.organizer_has_password':
		'An owner of the server already has a password. Ask them for an invitation, or for a link that sets a new password.',
	'reason.unknown_setup_link': 'This set-up link is not known, or an owner of the server already has a password.',
	'reason.setup_link_over': 'This set-up link has expired. Restart the server, or run: holdout organizer setup-link',
	'reason.address_taken': 'There is already an account for {email}. Choose another address.',
	'reason.date_needs_team': 'A date can be given only for an entry on behalf of a team. Name the team.',
	'reason.date_outside': '{at} is not allowed; give a time from 1970 until now.',
	'reason.absent': 'There is no “{name}”, or you may not see it.',
	'reason.number_range': '{value} is not allowed; give a number from {least} to {most}.',
	'reason.text_too_long': 'The text has {length} characters; at most {most} are allowed.',
	'reason.text_required': 'Give 1 to {most} characters, without control characters.',
	'reason.control_character': 'The text contains the control character {value}; remove it.',
	'reason.field_required': 'This task requires it: {required}.',
	'reason.too_many_links': '{count} links are too many; at most {most} are allowed.',
	'reason.bad_link': '“{value}” is not a link; it has to begin with http:// or https://.',
	'reason.bad_email': '“{value}” is not an e-mail address; write it like name@example.org.',
	'reason.email_reserved': '{email} is reserved for the server’s own organizer; use your own address.',
	'reason.account_taken': 'There is already an account for {email}. Log in instead.',
	'reason.address_waits':
		'The account with this address was deleted after it had submitted. The address can be used again when these seasons are over, and after a year at the latest: {seasons}.',
	'reason.password_is_email': 'The e-mail address cannot be the password.',
	'reason.password_length': 'A password of {length} characters is not allowed; use {least} to {most}.',
	'reason.wrong_password': 'The current password is wrong.',
	'reason.changed_meanwhile': 'Something changed in the meantime. Please try again.',
	'reason.used_since': 'What this request made has been used, revoked or replaced since. Make a new one.',
	'reason.unknown_link': 'This link is not known. Check that you copied all of it.',
	'reason.link_over': 'This link was used or replaced, or has expired. Ask for a new one.',
	'reason.no_mail': 'This server sends no e-mail. Ask an organizer for a link.',
	'reason.email_verified': 'The address {email} is confirmed already.',
	'reason.mail_needed': 'E-mails about the account itself cannot be switched off: {value}.',
	'reason.unknown_unsubscription': 'This link does not come from an e-mail of this server, or is incomplete.',
	'reason.message_waits': 'This message is waiting to be sent already.',
	'reason.message_link_over':
		'The link in this message is not kept, so it cannot be sent again. The person can ask for another.',
	'reason.tokens_full':
		'You have {count} API tokens, expired ones included, and at most {limit} are allowed. Delete one first.',
	'reason.organizers_only': 'Only organizers may do this.',
	'reason.role_needed': 'Your role as an organizer does not allow this. It takes the role “{role}” or a higher one.',
	'reason.captain_only': 'Only the captain of the team may do this.',
	'reason.members_only': 'Only members of a team of this season may do this.',
	'reason.in_team': 'You are already in a team of this season. Leave it first.',
	'reason.captain_stays':
		'The captain cannot leave while others are in the team. Make another member the captain first.',
	'reason.name_is_id': 'A team’s name cannot look like an id. Choose another name.',
	'reason.team_taken': 'There is already a team “{team}” in this season. Choose another name.',
	'reason.team_or_membership': 'The name is taken, or you are already in a team of this season.',
	'reason.unknown_team':
		'This season has no team “{unknown_team}”. Correct the name, or say that the team is to be created.',
	'reason.teams_founded':
		'You have founded {founded} teams in this season, and one person may found {limit}. Join a team by an invitation, or ask an organizer.',
	'reason.team_pending': 'The team “{team}” is waiting for an organizer’s approval. It can submit after that.',
	'reason.team_declined': 'An organizer declined the team “{team}”. {note}',
	'reason.code_needed': 'This season needs a registration code. Ask an organizer for one.',
	'reason.code_useless':
		'This code does not let you in: it is mistyped, used up, expired or revoked. Ask an organizer for another.',
	'reason.email_domain':
		'This season takes people with an address in {domains} only, and yours is {email}. Register with another address.',
	'reason.unknown_invitation': 'There is no such invitation. Check that you copied the whole link.',
	'reason.invitation_over': 'This invitation was used or revoked, or has expired. Ask whoever invited you for another.',
	'reason.invitation_used': 'This invitation was already used. Ask whoever invited you for another.',
	'reason.invitation_revoked': 'This invitation was revoked. Ask whoever invited you for another.',
	'reason.invitation_expired': 'This invitation expired on {at}. Ask whoever invited you for another.',
	'reason.invitation_of_other': 'This invitation is for another e-mail address than that of your account.',
	'reason.invitations_full': 'The team has {open} open invitations, and at most {limit} are allowed. Revoke one first.',
	'reason.season_draft': 'This season is still a draft.',
	'reason.season_not_open': 'This season opens on {at}.',
	'reason.season_paused': 'The organizers have paused this season. Come back later.',
	'reason.season_closed': 'This season closed on {at}.',
	'reason.season_over': 'This season is over.',
	'reason.season_not_over': 'This season closes on {at}; private scores can be published after that.',
	'reason.season_endless':
		'This season has no closing time; private scores can be published once it has closed. Set a time first.',
	'reason.season_published':
		'The season is published, and this would open it again to teams that have seen private scores. Hide the results first.',
	'reason.published_board': 'The season is published, and this would change its final board. Hide the results first.',
	'reason.result_waits':
		'This result was not approved, so only organizers see it. Refuse it, or approve it first, which shows its error.',
	'reason.season_taken': 'There is already a season at “{season}”. Choose another address.',
	'reason.task_taken': 'There is already a task at “{task}”. Choose another address.',
	'reason.no_test_set': 'This task has no test set yet. Come back later.',
	'reason.no_images': 'The test set of this task has no images to run a model on yet. Come back later.',
	'reason.kind_not_taken': 'This task does not accept this kind of file: {kind}.',
	'reason.file_too_large': 'It has {size}; at most {limit} are allowed.',
	'reason.quota_used': 'All {limit} submissions in {per_seconds} are used.',
	'reason.queue_full':
		'{waiting} submissions of your team or its members are waiting, and at most {limit} may. Wait until one is done, or cancel one.',
	'reason.same_file': 'Your team submitted the same file on {created_at}.',
	'reason.same_answers': 'Your team submitted the same answers on {created_at}, in another file.',
	'reason.uploads_unfinished':
		'You have {unfinished} unfinished uploads, and at most {limit} are allowed. Finish or delete one.',
	'reason.uploads_unused':
		'You have {count} uploads that are not in a submission, and at most {limit} are allowed. Submit or delete one.',
	'reason.uploads_unused_bytes':
		'Your uploads that are not in a submission, or were refused or cancelled at no charge, would have {bytes}; at most {limit_bytes} are allowed in a day. Submit or delete one.',
	'reason.upload_expired': 'The upload expired on {at}. Begin a new one.',
	'reason.texts_closed':
		'The season is over: what is said of a submission can no longer be changed. Ask an organizer to correct a mistake.',
	'reason.finals_closed': 'Finals can no longer be chosen in this season.',
	'reason.no_finals': 'This task has no finals: the best entry counts.',
	'reason.final_not_scored': 'Only a scored submission can be chosen as a final.',
	'reason.finals_full': '{count} of {finals} finals are already chosen. Give one up first.',
	'reason.finals_carried':
		'{count} of {finals} finals are already chosen, some by a member of your team in another one, where they still count. Ask an organizer to give one up.',
	'reason.not_stalled': 'Only a stalled submission can be queued again.',
	'reason.not_cancellable': 'Only a submission that is queued or running can be cancelled.',
	'reason.not_withdrawable': 'Only a scored submission can be withdrawn from the board.',
	'reason.withdrawn': 'This result was already withdrawn.',
	'reason.final_off_board': 'This result is off the board, so it cannot be chosen as a final.',
	'reason.withdrawal_closed': 'The season is not open, so its results stay. Ask an organizer.',
	'reason.judgement_unclear': 'Choose one submission, or all of a team in a season or task.',
	'reason.extensions_run':
		'Teams with a deadline of their own that is still to come: {count}. The last one ends on {until}. Publish after that, or end these extensions first.',
	'reason.extension_not_later':
		'An extension cannot end on {at}: it has to end in the future, and a later deadline after the season closes.',
	'reason.same_extension': '{team} has this extension already.',
	'reason.extension_over': 'The extension has ended already.',
	'reason.banned': 'You are banned: {why}',
	'reason.team_banned': 'The team {team} is banned: {why}',
	'reason.same_team': 'Both names stand for the team {team}. Name two different teams.',
	'reason.ban_unclear': 'Name one team, or one person by e-mail address, and a season or the whole server.',
	'reason.ban_in_past': '{at} is over. A ban ends in the future.',
	'reason.ban_of_organizer': '{name} is an organizer. Remove them as one first.',
	'reason.ban_of_nobody': 'Nobody is in the team {team} any more. Ban the people by their e-mail addresses.',
	'reason.same_ban': 'This ban is in force already. For another reason or end, lift it first.',
	'reason.ban_over': 'The ban has ended or was lifted already.',
	'reason.comparison_later':
		'Entries can be compared when nobody can submit any more. Before, the counts would tell too much about the labels.',
	'reason.private_hidden': 'The private scores are hidden until the organizers publish them.',
	'reason.no_private_part': 'This task has no private part.',
	'reason.rescoring_open':
		'The task is being re-scored for version {version} of its test set. Apply or drop that first.',
	'reason.no_rescoring': 'The task is not being re-scored.',
	'reason.rescoring_ended': 'The re-scoring has been applied or dropped already.',
	'reason.rescoring_waits': '{waiting} submissions still wait for a scorer.',
	'reason.closes_before_opening': 'The season would close on {closes}, before it opens on {opens}.',
	'reason.list_too_long': '{count} entries are too many; at most {most} are allowed.',
	'reason.bad_domain': '“{value}” is not a domain; write example.org, or *.example.org for all below it.',
	'reason.share_range': '{value} is not allowed; it has to be above 0 and below 1.',
	'reason.kinds_wrong': 'Choose prediction files, models, or both.',
	'reason.input_missing': 'A task that accepts models needs the settings of their input.',
	'reason.crop_too_large': 'The crop, {crop}, cannot be larger than the resized side, {resize}.',
	'reason.faulty_lines': 'The file has {total} faulty lines.',
	'reason.images_missing': 'The images are missing: this task accepts models, which need them.',
	'reason.images_unwanted': 'Images are of no use here: this task accepts no models.',
	'reason.not_an_archive': 'The images are in none of the archives that can be read: tar, tar.gz, zip.',
	'reason.split_unfit': 'The split does not fit the test set: a part would be too small.',
	'reason.bad_webhook_url':
		'“{value}” is not an address of a webhook; write https://hooks.example.org/holdout, without a password.',
	'reason.webhook_address_refused': 'The server sends nothing to {value}: webhooks go to public addresses over https.',
	'reason.webhook_kinds_wrong': 'Choose at least one kind of event.',
	'reason.webhooks_full': 'The season has as many webhooks as it may have: {most}. Delete one.',
	'reason.webhook_disabled': 'The webhook is disabled. Enable it first.',
	'reason.webhook_delivery_waits': 'The delivery waits to be sent already.',
	'reason.too_many': 'Too many requests. Try again in {retry_after_seconds}.'
} satisfies ReasonCatalogue;
