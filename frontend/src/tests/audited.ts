/**
 * What the server writes into the audit log, read from its source: the names of actions and of
 * their facts.
 */
import { readdirSync, readFileSync } from 'node:fs';

const SERVER = '../server/src';

/** Details that are a whole document of the API: their names are those of its properties. */
const DOCUMENTS: Record<string, string> = {
	'serde_json::to_value(&task.settings)': 'TaskSettings',
	'serde_json::to_value(&settings)': 'TaskSettings',
	'summary(&changes)?': 'SeasonChanges'
};

interface Schema {
	$ref?: string;
	items?: Schema;
	oneOf?: Schema[];
	properties?: Record<string, Schema>;
}

const { components } = JSON.parse(readFileSync('../server/openapi.json', 'utf8')) as {
	components: { schemas: Record<string, Schema> };
};

/** The names of all properties of a document, and of what is in it. */
function namesIn(schema: Schema | undefined): string[] {
	if (!schema) return [];
	const referred = schema.$ref?.split('/').at(-1);
	const parts = [
		...(referred ? [components.schemas[referred]] : []),
		...(schema.items ? [schema.items] : []),
		...(schema.oneOf ?? []),
		...Object.values(schema.properties ?? {})
	];
	return [...Object.keys(schema.properties ?? {}), ...parts.flatMap(namesIn)];
}

const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** Returns the text from a place on, up to a mark that is in no brackets and no string. */
function upTo(marks: string, text: string, from: number): string {
	const open: string[] = [];
	for (let at = from; at < text.length; at += 1) {
		const mark = text.charAt(at);
		if (mark === '"') at = text.indexOf('"', at + 1);
		else if (open.length === 0 && marks.includes(mark)) return text.slice(from, at);
		else if (CLOSING[mark]) open.push(CLOSING[mark]);
		else if (mark === open.at(-1)) open.pop();
	}
	throw new Error(`this does not end: ${text.slice(from, from + 80)}`);
}

function argumentsAt(text: string, from: number): string[] {
	const found: string[] = [];
	for (let at = from; text.charAt(at - 1) !== ')';) {
		const one = upTo(',)', text, at);
		if (one.trim()) found.push(one.trim());
		at += one.length + 1;
	}
	return found;
}

/**
 * Returns what a name of the function around a place stands for, or `null` if it is a parameter.
 */
function meaningOf(name: string, text: string, call: number): string | null {
	const start = text.lastIndexOf(`let ${name} =`, call);
	const around = Math.max(text.lastIndexOf('\nfn ', call), text.lastIndexOf(' fn ', call));
	return start < 0 || start < around ? null : upTo(';', text, text.indexOf('=', start) + 1);
}

/** The names that a value of `json!` has, with those that its helpers put into it. */
function namesOf(value: string, text: string, call: number): string[] {
	const own = [...value.matchAll(/"(\w+)":/g)].map(([, name = '']) => name);
	const helpers = [...value.matchAll(/: (\w+)\(/g)].map(([, name = '']) => meaningOf(name, text, call));
	return [...own, ...helpers.flatMap((helper) => (helper ? namesOf(helper, text, call) : []))];
}

/**
 * The names of the facts that come with a call; throws if this does not understand what is written.
 */
function factsAt(detail: string, text: string, call: number): string[] {
	const value = detail.replace(/^&?(?:serde_json::(?=json!))?/, '');
	if (value.startsWith('json!(')) return namesOf(value, text, call);
	const document = Object.entries(DOCUMENTS).find(([beginning]) => value.startsWith(beginning))?.[1];
	if (document) return namesIn({ $ref: document });
	const meant = /^\w+$/.test(value) ? meaningOf(value, text, call) : null;
	if (meant) return factsAt(meant.trim(), text, call);
	throw new Error(`say in audited.ts which facts this writes: ${text.slice(call, call + 120)}`);
}

export interface Audited {
	actions: Set<string>;
	facts: Set<string>;
	/** How many places of the server write into the log. */
	calls: number;
}

/** Changes of teams are recorded through one function, whose callers have the facts. */
const TEAM_CHANGES = `${SERVER}/teams/changes.rs`;

export function audited(): Audited {
	const actions = new Set<string>();
	const facts = new Set<string>();
	let calls = 0;
	for (const [file, text] of sources()) {
		const places = [...text.matchAll(/audit::record\(/g)];
		calls += places.length;
		for (const { index, 0: beginning } of places) {
			const [, , action = '', , detail = ''] = argumentsAt(text, index + beginning.length);
			const written = /^"(.*)"$/.exec(action)?.[1];
			// An action that is chosen is one of the names that its file has.
			const names = written ? [written] : [...text.matchAll(/"([a-z_]+\.[a-z_]+)"/g)].map(([, name = '']) => name);
			if (names.length === 0) throw new Error(`say in audited.ts which actions these are: ${action} in ${file}`);
			for (const name of names) actions.add(name);
			if (file !== TEAM_CHANGES) for (const name of factsAt(detail, text, index)) facts.add(name);
		}
		for (const { index, 0: beginning } of text.matchAll(/\bchange\.record\(/g)) {
			const [, detail = ''] = argumentsAt(text, index + beginning.length);
			for (const name of factsAt(detail, text, index)) facts.add(name);
		}
		for (const { index, 0: beginning } of places.length ? text.matchAll(/\.insert\((?="\w+"\.to_owned)/g) : []) {
			const [name = '', value = ''] = argumentsAt(text, index + beginning.length);
			for (const one of [name.split('"')[1] ?? '', ...namesOf(value, text, index)]) facts.add(one);
		}
	}
	return { actions, facts, calls };
}

/** The server's files, without their tests. */
function sources(): [string, string][] {
	return readdirSync(SERVER, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.rs') && !/tests(\.rs|\/)/.test(name))
		.map((name) => [`${SERVER}/${name}`, readFileSync(`${SERVER}/${name}`, 'utf8').split('#[cfg(test)]')[0] ?? '']);
}

/** The fields of a submission that an organizer's change of it names. */
export function changedFields(): string[] {
	const text = readFileSync(`${SERVER}/submissions/edit.rs`, 'utf8');
	return [...text.matchAll(/changed\.push\("(\w+)"\)|^ {8}\("(\w+)", &changes\./gm)].map(
		([, pushed, listed]) => pushed ?? listed ?? ''
	);
}
