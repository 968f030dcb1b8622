import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Media {
	schema?: object;
	example?: unknown;
}
interface Operation {
	operationId: string;
	parameters?: { name: string; description?: string }[];
	requestBody?: { content: Record<string, Media> };
	responses: Record<string, { content?: Record<string, Media> }>;
}

const document = JSON.parse(readFileSync('../server/openapi.json', 'utf8')) as {
	paths: Record<string, Record<string, Operation>>;
	components: object;
};
const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
const isJson = (media: string) => media === 'application/json';

/** What of a body has to have an example: requests, and answers of success. */
function bodies({ operationId, requestBody, responses }: Operation): [string, Media][] {
	const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
	return [
		...Object.entries(requestBody?.content ?? {}),
		...answers.flatMap(([, { content }]) => Object.entries(content ?? {}))
	]
		.filter(([media]) => isJson(media))
		.map(([, media]) => [operationId, media]);
}

describe('the document of the API', () => {
	const all = operations.flatMap(bodies);

	it('has an example of each body, and each one is valid', () => {
		expect(all.length).toBeGreaterThan(80);
		const ajv = new Ajv({ unknownFormats: 'ignore', allErrors: true, logger: false });
		for (const [operation, { schema, example }] of all) {
			expect(example, operation).toBeDefined();
			const validate = ajv.compile({ allOf: [schema ?? {}], components: document.components });
			validate(example);
			expect(validate.errors ?? [], operation).toEqual([]);
		}
		// Each schema is compiled, which takes a busy machine many seconds.
	}, 60_000);

	it('would notice an example that is not valid', () => {
		const ajv = new Ajv({ unknownFormats: 'ignore', logger: false });
		const schema = { allOf: [{ $ref: '#/components/schemas/BoardRow' }], components: document.components };
		expect(ajv.validate(schema, { team: 1 })).toBe(false);
	});

	it('describes each parameter in a few words', () => {
		for (const { operationId, parameters = [] } of operations) {
			for (const { name, description = '' } of parameters)
				expect(description.split(/\s+/).length, `${operationId}: ${name}`).toBeGreaterThan(1);
		}
	});
});
