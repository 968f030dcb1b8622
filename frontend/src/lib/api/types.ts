/** The API's things by their short names; all of them come from `openapi.json`. */
import type { components } from './schema';

type Schemas = components['schemas'];
export type Announcement = Schemas['Announcement'];
export type Account = Schemas['Account'];
export type ApiToken = Schemas['ApiToken'];
export type Attempt = Schemas['Attempt'];
export type AttemptEnd = Schemas['AttemptEnd'];
export type AuditEntry = Schemas['AuditEntry'];
export type BoardRow = Schemas['BoardRow'];
export type BoardSplit = Schemas['BoardSplit'];
export type Entry = Schemas['Entry'];
export type ErrorBody = Schemas['ErrorBody'];
export type ErrorCode = Schemas['ErrorCode'];
export type EvaluationRecord = Schemas['EvaluationRecord'];
export type Gap = Schemas['Gap'];
export type HintCode = Schemas['HintCode'];
export type Reason = Schemas['Reason'];
export type InputTransform = Schemas['InputTransform'];
export type Interval = Schemas['Interval'];
export type Invitation = Schemas['Invitation'];
export type Leaderboard = Schemas['Leaderboard'];
export type LeaderboardEvent = Schemas['LeaderboardEvent'];
export type LineFault = Schemas['LineFault'];
export type Me = Schemas['Me'];
export type Measures = Schemas['Measures'];
export type Metric = Schemas['Metric'];
export type NewSubmission = Schemas['NewSubmission'];
export type OrganizerInvitation = Schemas['OrganizerInvitation'];
export type OrganizerProfile = Schemas['OrganizerProfile'];
export type OrganizerRole = Schemas['OrganizerRole'];
export type Question = Schemas['Question'];
export type Queue = Schemas['Queue'];
export type QueueRow = Schemas['QueueRow'];
export type PreflightReply = Schemas['PreflightReply'];
export type Quota = Schemas['Quota'];
export type RegistrationCode = Schemas['RegistrationCode'];
export type RegistrationStatus = Schemas['RegistrationStatus'];
export type RescoredPlace = Schemas['RescoredPlace'];
export type Rescoring = Schemas['Rescoring'];
export type Score = Schemas['Score'];
export type ScorerStatus = Schemas['ScorerStatus'];
export type ScorerToken = Schemas['ScorerToken'];
export type Season = Schemas['Season'];
export type SeasonChanges = Schemas['SeasonChanges'];
export type SeasonState = Schemas['SeasonState'];
export type SessionTokens = Schemas['SessionTokens'];
export type Stage = Schemas['Stage'];
export type Submission = Schemas['Submission'];
export type SubmissionKind = Schemas['SubmissionKind'];
export type SubmissionState = Schemas['SubmissionState'];
export type Task = Schemas['Task'];
export type TaskSettings = Schemas['TaskSettings'];
export type Team = Schemas['Team'];
export type TeamChange = Schemas['TeamChange'];
export type TestSetSummary = Schemas['TestSetSummary'];
export type Upload = Schemas['Upload'];
export type Verdict = Schemas['Verdict'];
export type VerdictCode = Schemas['VerdictCode'];

/** One page of a list. */
export interface Page<T> {
	items: T[];
	next_cursor?: string | null;
}
export type Progress = Schemas['Progress'];
