import { beforeAll, expect, it } from 'vitest';
import type { Team } from '$lib/api/types';
import { show, speak } from '../../tests/show';
import MergedTeams from './MergedTeams.svelte';

beforeAll(() => speak());

const team = (merged: Team['merged']) => ({ team: { name: 'Alpha', merged } as Team });

it('names the teams that became part of a team, with the reason if the viewer may read it', () => {
	const at = '2026-01-02T00:00:00Z';
	const [told, bare] = [
		{ name: 'Beta', at, reason: 'One group' },
		{ name: 'Gamma', at, reason: null }
	];
	expect(show(MergedTeams, team([told])).text).toMatch(/^Beta became part of this team on .*2026.* ?One group$/);
	expect(show(MergedTeams, team([bare])).text).toMatch(/2026$/);
	expect(show(MergedTeams, team([])).text).toBe('');
});
