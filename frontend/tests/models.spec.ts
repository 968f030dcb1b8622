/** Models: what cannot be one is not sent, and one is scored. */
import { readFileSync } from 'node:fs';
import { glyphs } from './installation';
import { expect, expectSound, inspect, shoot, test } from './page';
import { withTeam } from './people';

const MODELS = '/submit/glyphs-1000/classification';

/** A zip archive of an empty file with this name. */
function zipped(name: string): Buffer {
	const [local, entry, end] = [Buffer.alloc(30), Buffer.alloc(46), Buffer.alloc(22)];
	local.write('PK\x03\x04', 'latin1');
	local.writeUInt16LE(name.length, 26);
	entry.write('PK\x01\x02', 'latin1');
	entry.writeUInt16LE(name.length, 28);
	end.write('PK\x05\x06', 'latin1');
	end.writeUInt32LE(46 + name.length, 12);
	end.writeUInt32LE(30 + name.length, 16);
	return Buffer.concat([local, Buffer.from(name), entry, Buffer.from(name), end]);
}

test('what cannot be a model is not sent', async ({ page }) => {
	await withTeam(page, 'Not models', 'glyphs-1000');
	await page.goto(MODELS);
	const model = readFileSync(glyphs('entries/network.pt'));
	const files: [string, Buffer, RegExp][] = [
		['cut.pt', model.subarray(0, -100), /The archive is not whole/],
		['old.pt', Buffer.from([0x80, 2, 0x8a, 10]), /This is a pickle/],
		['text.pt', Buffer.from('1 2 3 4 5\n'), /rename it to .txt or .csv/],
		['zipped.pt', zipped('submission.csv'), /Unzip it and send the text file itself/],
		[
			'picture.pt',
			Buffer.from([0x89, 0x50, 0x4e, 0x47]),
			/those are zip archives, as torch.jit.save or torch.export.save writes them/
		]
	];
	for (const [name, buffer, says] of files) {
		await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
		await expect(page.getByText(says), name).toBeVisible();
		await expect(page.getByRole('button', { name: 'Submit', exact: true })).toBeDisabled();
	}
	await expectSound(page);
	await shoot(page, 'submit-not-a-model');
});

test('a model is scored, live; a reload in the middle shows where it stands', async ({ page }) => {
	// It may have to wait for the models of the season itself.
	test.setTimeout(600_000);
	await withTeam(page, 'Middle', 'glyphs-1000');
	await page.goto(MODELS);
	await page.locator('input[type=file]').setInputFiles(glyphs('entries/patches-linear.pt'));
	await expect(page.getByText(/A whole model, as far as can be seen/)).toBeVisible();
	await page.getByLabel('Method', { exact: true }).fill('Patches, once more');
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	// How many images are done is not told while a model runs, because it could say something with
	// it.
	const running = page.getByRole('listitem').filter({ hasText: 'Run' });
	await expect(running).toHaveAttribute('aria-current', 'step', { timeout: 300_000 });
	const since = page.getByText(/^Running for .+\. Its progress stays hidden/);
	const seconds = async () => {
		const text = (await since.textContent()) ?? '';
		const [, minutes, rest] = /^\s*Running for (?:(\d+) min)? ?(?:(\d+) sec)?\./.exec(text) ?? [];
		return 60 * Number(minutes ?? 0) + Number(rest ?? 0);
	};
	await expect.poll(seconds).toBeGreaterThan(0);
	const before = await seconds();
	await page.reload();
	await expect(page.getByRole('heading', { name: 'Being scored' })).toBeVisible();
	expect(await seconds()).toBeGreaterThanOrEqual(before);
	await expect(running).toHaveAttribute('aria-current', 'step');
	await expect(page.getByText('images a second')).toBeHidden();
	await expectSound(page);
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `running-light-${width}`);
	}
	await expect(page.getByText('Scored', { exact: true })).toBeVisible({ timeout: 200_000 });
	await expect(page.getByText('Parameters')).toBeVisible();
	await inspect(page, new URL(page.url()).pathname, 'submission-model', async (page) =>
		expect(page.locator('h1')).toBeVisible()
	);
});
