import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NewAccount, NewRegistrationCode, NewTeam, Search, SLUG_PATTERN, USUAL } from './limits';

it('limits are those that the document of the API names', () => {
	const { components } = JSON.parse(readFileSync('../server/openapi.json', 'utf8')) as {
		components: { schemas: Record<string, { maxLength?: number; properties: Record<string, { minLength: number }> }> };
	};
	expect(NewTeam.name.maxlength).toBe(components.schemas.TeamName?.maxLength);
	expect(NewAccount.password.minlength).toBe(components.schemas.NewAccount?.properties.password?.minLength);
	expect(Search.maxlength).toBeGreaterThan(0);
	expect(['a', '1-2', '-a', 'A', 'a b'].map((name) => SLUG_PATTERN.test(name))).toEqual([
		true,
		true,
		false,
		false,
		false
	]);
});

it('what is not named is what the server takes then', () => {
	expect(USUAL.Limits).toEqual({
		memory_bytes: 16 * 2 ** 30,
		model_bytes: 4 * 2 ** 30,
		predictions_bytes: 64 * 2 ** 20,
		wall_seconds: 1800
	});
	expect(USUAL.NewRegistrationCode.days).toBeLessThanOrEqual(NewRegistrationCode.days.max);
});

it('no page has a limit of its own', () => {
	const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte'));
	const typed = files.filter((file) => /(max|min)length="\d|\bmax="\d{2}/.test(readFileSync(`src/${file}`, 'utf8')));
	expect(files.length).toBeGreaterThan(50);
	expect(typed).toEqual([]);
});
