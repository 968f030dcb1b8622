/**
 * What the API allows of values that are sent, as attributes of inputs. Made from openapi.json by
 * "npm run generate:api".
 */
export const AccountChanges = { name: { minlength: 1, maxlength: 100 } };
export const AnnouncementChanges = {
	text: { minlength: 1, maxlength: 10000 },
	title: { minlength: 1, maxlength: 200 }
};
export const EmailChange = { email: { maxlength: 254 } };
export const InputTransform = {
	crop: { min: 1, max: 4096 },
	mean: { items: 3, each: { min: 0, max: 1 } },
	resize: { min: 1, max: 4096 },
	std: { items: 3, each: { min: 0.000001, max: 1 } }
};
export const Limits = {
	memory_bytes: { min: 67108864, max: 17592186044416 },
	model_bytes: { min: 1, max: 1099511627776 },
	predictions_bytes: { min: 1, max: 17179869184 },
	wall_seconds: { min: 1, max: 604800 }
};
export const NewAccount = {
	email: { maxlength: 254 },
	name: { minlength: 1, maxlength: 100 },
	password: { minlength: 10, maxlength: 200 }
};
export const NewAnnouncement = { text: { minlength: 1, maxlength: 10000 }, title: { minlength: 1, maxlength: 200 } };
export const NewAnswer = { text: { minlength: 1, maxlength: 10000 } };
export const NewApiToken = { days: { min: 1, max: 365 }, name: { minlength: 1, maxlength: 100 } };
export const NewBan = {
	email: { maxlength: 254 },
	reason: { minlength: 1, maxlength: 500 },
	season: { minlength: 1, maxlength: 64 }
};
export const NewExtension = {
	attempts: { min: 1, max: 1000 },
	reason: { minlength: 1, maxlength: 500 },
	task: { minlength: 1, maxlength: 64 }
};
export const NewInvitation = { days: { min: 1, max: 90 }, email: { maxlength: 254 } };
export const NewJudgement = {
	public_reason: { maxlength: 500 },
	reason: { maxlength: 500 },
	season: { minlength: 1, maxlength: 64 },
	task: { minlength: 1, maxlength: 64 }
};
export const NewLogKey = { overlap_days: { min: 0, max: 365 } };
export const NewOrganizerInvitation = { days: { min: 1, max: 30 }, email: { maxlength: 254 } };
export const NewPasswordReset = { email: { maxlength: 254 } };
export const NewQuestion = { task: { minlength: 1, maxlength: 64 }, text: { minlength: 1, maxlength: 2000 } };
export const NewRegistrationCode = {
	days: { min: 1, max: 366 },
	label: { maxlength: 200 },
	uses: { min: 1, max: 10000 }
};
export const NewScorerToken = { name: { minlength: 1, maxlength: 100 } };
export const NewSeason = {
	rules: { maxlength: 262144 },
	season: { minlength: 1, maxlength: 64 },
	title: { minlength: 1, maxlength: 200 }
};
export const NewSubmission = {
	description: { maxlength: 20000 },
	links: { items: 10, each: { maxlength: 500 } },
	method: { maxlength: 200 },
	note: { maxlength: 500 },
	team: { minlength: 1, maxlength: 64 }
};
export const NewTask = { task: { minlength: 1, maxlength: 64 } };
export const NewTeam = { affiliation: { maxlength: 200 }, name: { minlength: 1, maxlength: 64 } };
export const NewWebhook = {
	description: { maxlength: 200 },
	kinds: { items: 14 },
	url: { minlength: 1, maxlength: 2000 }
};
export const NewWebhookSecret = { overlap_hours: { min: 0, max: 168 } };
export const PasswordChange = { new: { minlength: 10, maxlength: 200 } };
export const Preflight = { team: { minlength: 1, maxlength: 64 } };
export const QuotaRule = { per_seconds: { min: 60, max: 31622400 }, submissions: { min: 1, max: 10000 } };
export const Registration = {
	domains: { items: 100, each: { minlength: 1, maxlength: 252 } },
	teams_per_account: { min: 1, max: 100 }
};
export const ResetPassword = { password: { minlength: 10, maxlength: 200 } };
export const SeasonChanges = {
	reason: { maxlength: 500 },
	rules: { maxlength: 262144 },
	title: { minlength: 1, maxlength: 200 }
};
export const SetupOrganizer = {
	email: { maxlength: 254 },
	name: { minlength: 1, maxlength: 100 },
	password: { minlength: 10, maxlength: 200 }
};
export const Slug = { minlength: 1, maxlength: 64 };
export const SubmissionChanges = {
	description: { maxlength: 20000 },
	links: { items: 10, each: { maxlength: 500 } },
	method: { maxlength: 200 },
	note: { maxlength: 500 }
};
export const TaskSettings = {
	accepts: { items: 2 },
	finals: { min: 0, max: 20 },
	required: { items: 5 },
	title: { minlength: 1, maxlength: 200 }
};
export const TeamChanges = { affiliation: { maxlength: 200 }, name: { minlength: 1, maxlength: 64 } };
export const TeamDecision = { note: { maxlength: 500 } };
export const TeamMerge = { reason: { minlength: 1, maxlength: 500 } };
export const TeamName = { minlength: 1, maxlength: 64 };
export const WebhookChanges = {
	description: { maxlength: 200 },
	kinds: { items: 14 },
	url: { minlength: 1, maxlength: 2000 }
};
export const Search = { maxlength: 200 };
/** The characters of a name in addresses. */
export const SLUG_PATTERN = /^[a-z0-9][a-z0-9-]*$/;
/** What the API takes for a number that is not named. */
export const USUAL = {
	Limits: { memory_bytes: 17179869184, model_bytes: 4294967296, predictions_bytes: 67108864, wall_seconds: 1800 },
	NewRegistrationCode: { days: 30, uses: 1 },
	Registration: { teams_per_account: 3 }
};
