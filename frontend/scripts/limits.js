/**
 * Writes `src/lib/forms/limits.ts`: what the API allows of the texts and numbers that people fill
 * in, from `openapi.json`. With `--check` it fails if the file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const DOCUMENT = '../server/openapi.json';
const FILE = 'src/lib/forms/limits.ts';

/** A bound of the document, and the attribute of an input that says the same. */
const TEXT = { minLength: 'minlength', maxLength: 'maxlength' };
const NUMBER = { minimum: 'min', maximum: 'max' };
/** What a 32-bit and a 64-bit integer can hold is no limit that somebody chose. */
const WIDEST = new Set([4_294_967_295, 18_446_744_073_709_551_615]);

/**
 * @type {{
 *   components: { schemas: Record<string, any> },
 *   paths: Record<string, Record<string, any>>
 * }}
 */
const { components, paths } = JSON.parse(readFileSync(DOCUMENT, 'utf8'));

/** @param {any} schema */
function resolved(schema) {
	const reference = schema.$ref ?? schema.oneOf?.find((/** @type {any} */ one) => one.$ref)?.$ref;
	return reference ? components.schemas[reference.split('/').at(-1)] : schema;
}

/**
 * The attributes of an input for a value of this schema; `null` if it has no bound.
 * @param {any} schema
 * @returns {Record<string, unknown> | null}
 */
function boundsOf(schema) {
	const found = resolved(schema);
	if (found.type?.includes?.('array') || found.items) {
		const items = found.items && boundsOf(found.items);
		if (found.maxItems === undefined) return null;
		return { items: found.maxItems, ...(items ? { each: items } : {}) };
	}
	const names = { ...TEXT, ...(WIDEST.has(found.maximum) ? {} : NUMBER) };
	const bounds = Object.entries(names).filter(([name]) => found[name] !== undefined);
	return bounds.length ? Object.fromEntries(bounds.map(([name, attribute]) => [attribute, found[name]])) : null;
}

/** The schemas of the bodies that are sent, and those that they are made of. */
function sent() {
	/** @type {Set<string>} */
	const names = new Set();
	/** @param {unknown} schema */
	const add = (schema) => {
		for (const [, name = ''] of JSON.stringify(schema).matchAll(/#\/components\/schemas\/(\w+)/g)) {
			if (names.has(name)) continue;
			names.add(name);
			add(components.schemas[name]);
		}
	};
	for (const path of Object.values(paths))
		for (const { requestBody } of Object.values(path)) if (requestBody) add(requestBody);
	return [...names].sort();
}

function constants() {
	/** @type {[string, object | null][]} */
	const list = [];
	for (const name of sent()) {
		const schema = components.schemas[name];
		const fields = Object.entries(schema.properties ?? {}).map(([field, value]) => [field, boundsOf(value)]);
		const bounded = fields.filter(([, bounds]) => bounds);
		const own = schema.properties ? null : boundsOf(schema);
		if (own) list.push([name, own]);
		if (bounded.length) list.push([name, Object.fromEntries(bounded)]);
	}
	const search = Object.values(paths)
		.flatMap((path) => path.get?.parameters ?? [])
		.find(({ name }) => name === 'q');
	return [...list, ['Search', boundsOf(search.schema)]];
}

/** What the API takes for a number that a body does not name. */
function usual() {
	/** @type {[string, object][]} */
	const list = sent().map((name) => {
		const fields = Object.entries(components.schemas[name].properties ?? {});
		const numbers = fields.filter(([, { default: value }]) => typeof value === 'number' && value > 0);
		return [name, Object.fromEntries(numbers.map(([field, { default: value }]) => [field, value]))];
	});
	return Object.fromEntries(list.filter(([, values]) => Object.keys(values).length));
}

const lines = constants().map(([name, bounds]) => `export const ${name} = ${JSON.stringify(bounds)};`);
const text = `/**
 * What the API allows of values that are sent, as attributes of inputs. Made from openapi.json by
 * "npm run generate:api".
 */
${lines.join('\n')}
/** The characters of a name in addresses. */
export const SLUG_PATTERN = /${components.schemas.Slug.pattern}/;
/** What the API takes for a number that is not named. */
export const USUAL = ${JSON.stringify(usual())};
`;
const written = await format(text, { ...(await resolveConfig(FILE)), parser: 'typescript' });
if (!process.argv.includes('--check')) writeFileSync(FILE, written);
else if (readFileSync(FILE, 'utf8') !== written) {
	console.error(`${FILE} is not what ${DOCUMENT} says: run "npm run generate:api"`);
	process.exit(1);
}
