/** The types of messages and of catalogues: the English ones say which keys there are. */
import type { Reason } from '$lib/api/types';
import type { en } from './en';
import type { enBoard } from './en.board';
import type { enHome } from './en.home';
import type { enPublic } from './en.public';
import type { enReceipts } from './en.receipts';
import type { enSeason } from './en.season';
import type { organizerEn } from './organizer.en';

/** A message, or its forms by grammatical number. */
export type Message = string | { one: string; other: string };
export type PublicKey = keyof typeof enPublic;
export type HomeKey = keyof typeof enHome;
export type BoardKey = keyof typeof enBoard;
export type SeasonKey = keyof typeof enSeason;
export type OrganizerKey = keyof typeof organizerEn;
export type ReceiptKey = keyof typeof enReceipts;
export type ReasonKey = `reason.${Reason}`;
export type Key = PublicKey | HomeKey | BoardKey | SeasonKey | keyof typeof en | OrganizerKey | ReceiptKey | ReasonKey;
export type PublicCatalogue = Record<PublicKey, Message>;
export type HomeCatalogue = Record<HomeKey, Message>;
export type BoardCatalogue = Record<BoardKey, Message>;
export type SeasonCatalogue = Record<SeasonKey, Message>;
export type Catalogue = Record<keyof typeof en, Message>;
export type OrganizerCatalogue = Record<OrganizerKey, Message>;
export type ReceiptCatalogue = Record<ReceiptKey, Message>;
export type ReasonCatalogue = Record<ReasonKey, Message>;
