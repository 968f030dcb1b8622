import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demo } from './installation';
import { expect, expectSound, shoot, test } from './page';
import { asOrganizer } from './people';

test('a test set of many megabytes goes on after a lost connection, and after a reload', async ({
	page,
	complaints
}) => {
	await asOrganizer(page);
	const season = `images-${Date.now()}`;
	const input = { resize: 32, crop: 32, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
	const settings = { title: 'Images', metric: 'top5_error', accepts: ['torchscript'], input };
	const draft = { season, title: 'Images', opens: '2020-01-01T00:00:00Z', draft: true };
	expect((await page.request.post('/api/v1/seasons', { data: draft })).status()).toBe(201);
	const made = await page.request.post(`/api/v1/seasons/${season}/tasks`, { data: { task: 'images', settings } });
	expect(made.status()).toBe(201);

	// The server looks at the first bytes of an archive; scorers look at the rest.
	const archive = join(mkdtempSync(join(tmpdir(), 'holdout-images-')), 'images.zip');
	writeFileSync(archive, Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(20 * 2 ** 20, 7)]));
	await page.goto(`/organizer/${season}/tasks/images`);
	await page.getByLabel('Images', { exact: true }).setInputFiles(demo('classes.tsv'));
	await expect(page.getByText('Neither a tar, a gzipped tar nor a zip file:')).toBeVisible();
	await page.getByLabel('Classes', { exact: true }).setInputFiles(demo('classes.tsv'));
	await page.getByLabel('Labels', { exact: true }).setInputFiles(demo('labels.csv'));
	await page.getByLabel('Images', { exact: true }).setInputFiles(archive);
	let pieces = 0;
	let held: (() => void) | undefined;
	let stoppedAt = 0;
	await page.route('**/api/v1/uploads/*', async (route) => {
		if (route.request().method() !== 'PATCH' || (route.request().postDataBuffer()?.length ?? 0) < 2 ** 20)
			return route.continue();
		pieces += 1;
		// The second piece is lost once; the one after it is held until the page is loaded again.
		if (pieces === 2) return route.abort('connectionfailed');
		if (pieces === 4) {
			stoppedAt = Number(route.request().headers()['upload-offset']);
			await new Promise<void>((go) => (held = go));
			return route.abort().catch(() => undefined);
		}
		return route.continue();
	});
	await page.getByRole('button', { name: 'Upload and check' }).click();
	await expect(page.getByText('The connection is lost.')).toBeVisible();
	await expect.poll(() => held !== undefined).toBe(true);
	await shoot(page, 'organizer-test-set-sending-light');
	await expectSound(page);
	await page.reload();
	held?.();
	await page.unroute('**/api/v1/uploads/*');
	const mebibytes = stoppedAt / 2 ** 20;
	expect(mebibytes).toBeGreaterThan(1);
	await expect(page.getByText(`The upload of images.zip stopped at ${mebibytes} MiB of 20 MiB`)).toBeVisible();
	const sent: number[] = [];
	page.on('request', (request) => {
		if (request.method() === 'PATCH') sent.push(Number(request.headers()['upload-offset']));
	});
	await page.getByLabel('Images', { exact: true }).setInputFiles(archive);
	await page.getByRole('button', { name: 'Upload and check' }).click();
	await expect(page.getByText(/The files are right: this is version 1/)).toBeVisible();
	expect(sent[0]).toBe(stoppedAt);
	complaints.splice(0);
});
