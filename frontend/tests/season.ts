/** Seasons that tests make with the command line. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { commandLineSettings, demo, programs } from './installation';

/** Makes the season of a folder on the server. */
export function applySeason(folder: string): void {
	const env = { ...commandLineSettings(), XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder };
	const applied = spawnSync(programs('holdout'), ['season', 'apply', folder, '--yes'], { encoding: 'utf8', env });
	expect(applied.status, applied.stderr).toBe(0);
}

/**
 * Makes a copy of the demonstration season, whose name begins with `kind`, and gives its name and
 * folder to `work`.
 */
export async function withCopyOfDemo(
	kind: string,
	work: (season: { slug: string; folder: string }) => Promise<void>
): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), `holdout-${kind}-`));
	const slug = `${kind}-${Date.now()}`;
	try {
		cpSync(demo(''), folder, { recursive: true });
		const season = readFileSync(join(folder, 'season.yaml'), 'utf8')
			.replace(/^season: .*$/m, `season: ${slug}`)
			.replace(/^title: .*$/m, `title: ${slug}`);
		writeFileSync(join(folder, 'season.yaml'), season);
		applySeason(folder);
		await work({ slug, folder });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
