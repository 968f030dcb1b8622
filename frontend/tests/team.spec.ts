import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import {
	call,
	demo,
	expect,
	expectSound,
	glyphs,
	inspect,
	register,
	scrollThrough,
	shoot,
	test,
	withTeam
} from './page';

const SUBMIT = '/submit/demo/classification';
const FIELD = 'Drop a file here, or choose one';

test('registering, logging out and in again', async ({ page }) => {
	await inspect(page, '/register', 'register', async (page) => expect(page.locator('form')).toBeVisible());
	const { email, password } = await register(page, '/account');
	await expect(page.getByText(email).first()).toBeVisible();
	await page.getByRole('button', { name: 'Log out' }).click();
	await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Log in' })).toBeVisible();
	await inspect(page, '/login', 'login', async (page) => expect(page.locator('form').first()).toBeVisible());
	await page.goto('/login?next=//evil.example/');
	await page.getByLabel('E-mail address').first().fill(email);
	await page.getByLabel('Password').fill('not the password');
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(page.getByRole('alert')).toBeVisible();
	await page.getByLabel('Password').fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(page.getByRole('link', { name: 'Ada Lovelace' })).toBeVisible();
	await page.waitForURL((url) => url.pathname === '/');
	// Without a team, the list of seasons says how to take part.
	await expect(page.getByText('To take part in a season')).toBeVisible();
	await page.locator('.note').getByRole('link', { name: 'Demonstration' }).click();
	await expect(page.getByRole('button', { name: 'Create a team' })).toBeVisible();
});

/** The code of a link that sets a new password, as an organizer makes it. */
async function resetCode(email: string): Promise<string> {
	return ((await call('POST', '/organizer/password-resets', { email })) as { code: string }).code;
}

test('a password is changed, forgotten, and set by a link', async ({ page }) => {
	const { email, password } = await register(page, '/account');
	const change = async (current: string, next: string) => {
		await page.locator('section[aria-labelledby=password]').getByLabel('Current password').fill(current);
		await page.getByLabel('New password').fill(next);
		await page.getByRole('button', { name: 'Change password' }).click();
	};
	await change('not the password', 'another long password');
	await expect(page.getByRole('alert')).toContainText('These credentials are not right');
	// A wrong password is no reason to be logged out.
	await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
	await change(password, 'another long password');
	await expect(page.getByText('The password is changed.')).toBeVisible();
	await page.reload();
	await expect(page.getByText(email).first()).toBeVisible();
	await page.getByRole('button', { name: 'Log out' }).click();

	await page.goto('/login');
	await page.getByText('Forgot your password?').click();
	await expect(page.getByText(/ask the organizers for a link/)).toBeVisible();
	const path = `/reset/${await resetCode(email)}`;
	await inspect(page, path, 'reset', async (page) => expect(page.getByText(email)).toBeVisible());
	await page.getByLabel('New password').fill('the third long password');
	await page.getByRole('button', { name: 'Show the password' }).click();
	await expect(page.getByLabel('New password')).toHaveAttribute('type', 'text');
	await page.getByRole('button', { name: 'Set password' }).click();
	await expect(page.getByText(/The new password holds/)).toBeVisible();
	await page.goto(path);
	await expect(page.getByText(/This link was used/)).toBeVisible();
	await expectSound(page);
	await page.goto('/login?next=/account');
	await page.getByLabel('E-mail address').first().fill(email);
	await page.getByLabel('Password').fill('the third long password');
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	await expect(page.getByText(email).first()).toBeVisible();
});

test('API tokens are shown once and can be deleted', async ({ page }) => {
	await register(page, '/account');
	await page.getByLabel('Name', { exact: true }).last().fill('laptop');
	await page.getByRole('button', { name: 'Create token' }).click();
	await expect(page.getByRole('textbox', { name: 'API token', exact: true })).toHaveValue(/^hp_/);
	await expect(page.getByRole('cell', { name: 'laptop', exact: true })).toBeVisible();
	await shoot(page, 'account');
	await expectSound(page);
	await page.getByRole('button', { name: 'Delete laptop' }).click();
	await expect(page.getByRole('dialog')).toContainText('What uses it stops working at once.');
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('cell', { name: 'laptop', exact: true })).toBeVisible();
	await page.getByRole('button', { name: 'Delete laptop' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await expect(page.getByText('No token yet.')).toBeVisible();
	await page.reload();
	await expect(page.getByRole('textbox', { name: 'API token', exact: true })).toHaveCount(0);
	await inspect(page, '/account', 'account', async (page) =>
		expect(page.getByText('Ada Lovelace').last()).toBeVisible()
	);
});

test('a team invites by link, and the invited joins', async ({ page, browser }) => {
	await withTeam(page, `Captains ${Date.now()}`);
	await page.getByRole('button', { name: 'Create invitation link' }).click();
	const link = await page.getByLabel('Link of the invitation').inputValue();
	expect(link).toContain('/invitations/');
	const path = new URL(link).pathname;
	const other = await (await browser.newContext({ locale: 'en-GB', baseURL: process.env.PAGES_URL ?? '' })).newPage();
	await other.goto(path);
	await expect(other.getByRole('heading', { level: 1, name: /^Join Captains/ })).toBeVisible();
	await expect(other.getByRole('link', { name: 'Demonstration' })).toBeVisible();
	await inspect(other, path, 'invitation', async (page) =>
		expect(page.getByRole('heading', { level: 1 })).toBeVisible()
	);
	await other.getByRole('main').getByRole('link', { name: 'Register' }).click();
	await other.getByLabel('Name', { exact: true }).fill('Grace Hopper');
	await other.getByLabel('E-mail address').fill(`grace-${Date.now()}@example.org`);
	await other.getByLabel('Password', { exact: true }).fill('correct horse battery');
	await other.getByRole('main').getByRole('button', { name: 'Register' }).click();
	await other.getByRole('button', { name: 'Join the team' }).click();
	await expect(other.getByRole('heading', { level: 1, name: /Captains/ })).toBeVisible();
	await other.goto(path);
	await expect(other.getByText(/This invitation was used/)).toBeVisible();
	await other.context().close();
	await inspect(page, '/team/demo', 'team', async (page) => {
		await expect(page.getByText('Grace Hopper').first()).toBeVisible();
		await expect(page.getByRole('progressbar')).toHaveCount(0);
	});
	await page.goto('/team/demo');
	await page.getByRole('button', { name: /Remove Grace Hopper/ }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await expect(page.getByText('Grace Hopper')).toHaveCount(0);
});

test('names are corrected, and the captain hands the team over', async ({ page }) => {
	const stamp = Date.now();
	await withTeam(page, `Typo ${stamp}`);
	await page.getByRole('button', { name: 'Create invitation link' }).click();
	const code = new URL(await page.getByLabel('Link of the invitation').inputValue()).pathname.split('/').at(-1);
	const member = { email: `alan-${stamp}@example.org`, name: 'Alan Turing', password: 'correct horse battery' };
	await call('POST', '/accounts', member);
	const session = { email: member.email, password: member.password };
	const { access_token } = (await call('POST', '/sessions', session)) as { access_token: string };
	await call('POST', `/invitations/${code}/accept`, {}, access_token);
	await page.reload();

	await page.getByLabel('Team name').fill(`Right ${stamp}`);
	await page.getByRole('textbox', { name: 'Affiliation' }).fill('Bletchley Park');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await expect(page.getByRole('heading', { level: 1, name: `Right ${stamp}` })).toBeVisible();
	await page.reload();
	await expect(page.getByRole('textbox', { name: 'Affiliation' })).toHaveValue('Bletchley Park');
	await page.getByRole('button', { name: 'Make captain Alan Turing' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Make captain' }).click();
	await expect(page.getByText(/^captain · since/)).toHaveCount(1);
	await expect(page.getByLabel('Team name')).toHaveCount(0);
	await expect(page.getByRole('button', { name: /^Remove/ })).toHaveCount(0);

	await page.goto('/account');
	const name = page.getByLabel('Name', { exact: true }).first();
	await name.fill('Ada King');
	await page.getByRole('button', { name: 'Change name' }).click();
	await expect(page.getByText('The name is changed.')).toBeVisible();
	await page.reload();
	await expect(name).toHaveValue('Ada King');
	await page.goto('/team/ilsvrc-2012');
	await expect(page.getByText(/takes no new teams/)).toBeVisible();
	await expect(page.getByRole('button', { name: 'Join a team' })).toHaveCount(0);
});

test('a file at fault is not sent: the lines at fault are named', async ({ page }) => {
	await withTeam(page, `Faulty ${Date.now()}`);
	await page.goto(SUBMIT);
	const expected: [string, RegExp][] = [
		['bad/zero-based.txt', /class numbers begin at 1/],
		['bad/word.txt', /Not a label/],
		['bad/six-labels.txt', /Too many labels/],
		['bad/repeated-label.txt', /Repeated label/],
		['bad/empty-line.txt', /No label in the line/],
		['bad/one-line-less.txt', /Too few rows/],
		['bad/one-line-more.txt', /Too many rows/],
		['bad/header.csv', /Not the header of a CSV file/],
		['bad/unknown-image.csv', /Unknown image/],
		['bad/repeated-image.csv', /Repeated image/],
		['bad/empty.txt', /The file has no rows/],
		['bad/not-text.txt', /Not plain text/]
	];
	for (const [file, fault] of expected) {
		await page
			.getByLabel(FIELD)
			.or(page.locator('input[type=file]'))
			.first()
			.setInputFiles(demo(`files/${file}`));
		await expect(page.getByText(fault).first(), file).toBeVisible();
		await expect(page.getByRole('button', { name: 'Submit', exact: true })).toBeDisabled();
	}
	for (const file of [
		'kit.txt',
		'kit.txt.gz',
		'kit.txt.zst',
		'kit-wordnet.txt',
		'kit-bom-crlf.txt',
		'shuffled.csv.gz',
		'shuffled-wordnet.csv.zst'
	]) {
		await page.locator('input[type=file]').setInputFiles(demo(`files/${file}`));
		await expect(page.getByText('The format is right: 1,000 rows.'), file).toBeVisible();
		await page.locator('input[type=file]').setInputFiles([]);
	}
	await page.locator('input[type=file]').setInputFiles(demo('files/bad/zero-based.txt'));
	await expect(page.getByText(/class numbers begin at 1/)).toBeVisible();
	await expectSound(page);
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `submit-refused-light-${width}`);
	}
});

test('a file is submitted, scored and comes onto the board, live', async ({ page, context }) => {
	const team = `Live ${Date.now()}`;
	await withTeam(page, team);
	const viewer = await context.newPage();
	await viewer.goto('/seasons/demo/classification');
	await expect(viewer.getByText('Live', { exact: true })).toBeVisible();
	await inspect(page, SUBMIT, 'submit', async (page) => expect(page.locator('input[type=file]')).toBeAttached());
	await page.goto(SUBMIT);
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByText('The format is right: 1,000 rows.')).toBeVisible();
	await page.getByLabel('Method', { exact: true }).fill('A method of the test');
	await page.getByLabel('Links').fill('https://example.org/paper');
	await page.getByLabel('Description').fill('**Bold** words and a [link](https://example.org/).');
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	await expect(page.getByText('25.0 %').first()).toBeVisible();
	const path = new URL(page.url()).pathname;
	await expect(viewer.getByRole('table').getByText(team)).toBeVisible();
	await viewer.close();
	await inspect(page, path, 'submission', async (page) => {
		await expect(page.getByText('A method of the test').first()).toBeVisible();
		await expect(page.getByText('Bold')).toBeVisible();
	});
	await page.getByRole('link', { name: 'On the board' }).click();
	await expect(page.getByText('https://example.org/paper')).toBeVisible();
});

test('the same file again is asked about, and its earlier result is shown', async ({ page }) => {
	await withTeam(page, `Again ${Date.now()}`);
	const submit = page.getByRole('button', { name: 'Submit', exact: true });
	const choose = async (method: string) => {
		await page.goto(SUBMIT);
		await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
		await page.getByLabel('Method', { exact: true }).fill(method);
	};
	await choose('The first one');
	await submit.click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	const first = new URL(page.url()).pathname;

	await choose('Another name');
	await expect(page.getByText('Your team has submitted this file before')).toBeVisible();
	await expect(page.getByRole('link', { name: 'The first one' }).first()).toHaveAttribute('href', first);
	await expect(submit).toBeDisabled();
	await expectSound(page);
	await shoot(page, 'submit-again');
	await page.getByLabel('Submit it again anyway').check();
	await submit.click();
	await page.waitForURL((url) => url.pathname.startsWith('/submissions/') && url.pathname !== first);
});

test('what could not be submitted is told before a byte is sent', async ({ page }) => {
	await withTeam(page, `Refused ${Date.now()}`);
	const sent: string[] = [];
	page.on('request', (request) => {
		if (request.method() !== 'GET' && request.url().includes('/uploads')) sent.push(request.url());
	});
	await page.route('**/submissions/preflight', (route) =>
		route.fulfill({
			status: 429,
			json: { error: { code: 'queue_full', message: '2 submissions of your team wait in this task', detail: {} } }
		})
	);
	await page.goto(SUBMIT);
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByRole('alert')).toContainText('2 submissions of your team wait');
	await expect(page.getByRole('button', { name: 'Submit', exact: true })).toBeDisabled();
	expect(sent).toEqual([]);
	await page.unroute('**/submissions/preflight');
	await page.getByRole('button', { name: 'Ask again' }).click();
	await expect(page.getByRole('button', { name: 'Submit', exact: true })).toBeEnabled();
});

test('a team edits its entry, chooses a final, and everybody can read it', async ({ page, browser }) => {
	const team = `Finals ${Date.now()}`;
	await withTeam(page, team);
	for (const [file, method] of [
		['kit.txt', 'The better one'],
		['kit-one-to-five.txt', 'The other one']
	] as const) {
		await page.goto(SUBMIT);
		await page.locator('input[type=file]').setInputFiles(demo(`files/${file}`));
		await page.getByLabel('Method', { exact: true }).fill(method);
		await page.getByRole('button', { name: 'Submit', exact: true }).click();
		await page.waitForURL(/\/submissions\//);
		await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	}
	const path = new URL(page.url()).pathname;
	await page.getByRole('button', { name: 'Edit', exact: true }).click();
	await page.getByRole('textbox', { name: 'Method' }).fill('The chosen one');
	await page.getByLabel('Description').fill('Why it *generalises*.');
	await page.getByLabel('Links').fill('https://example.org/paper\nnot a link');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('alert')).toContainText('A value is not allowed');
	await page.getByLabel('Links').fill('https://example.org/paper');
	await expectSound(page);
	await shoot(page, 'submission-edit');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('The chosen one');
	await page.getByLabel('Choose as a final').check();
	await expect(page.getByLabel('Choose as a final')).toBeEnabled();
	await page.reload();
	await expect(page.getByLabel('Choose as a final')).toBeChecked();

	await inspect(page, '/team/demo', 'team-finals', async (page) => {
		await expect(page.getByRole('checkbox')).toHaveCount(2);
	});
	await page.goto('/team/demo');
	await expect(page.getByText('Finals chosen: 1 of 2.')).toBeVisible();
	await expect(page.getByRole('checkbox', { name: 'Choose The chosen one as a final' })).toBeChecked();

	const reader = await (await browser.newContext({ locale: 'en-GB', baseURL: process.env.PAGES_URL ?? '' })).newPage();
	await reader.goto('/seasons/demo/classification');
	const row = reader.getByRole('row').filter({ hasText: team });
	await expect(row).toContainText('The chosen one');
	await expect(row.getByText('Final', { exact: true })).toBeVisible();
	await row.getByRole('link').click();
	await expect(reader.getByRole('link', { name: 'https://example.org/paper' })).toBeVisible();
	await expect(reader.getByText('generalises')).toBeVisible();
	await expect(reader.getByRole('link', { name: 'The better one' })).toBeVisible();
	await inspect(reader, new URL(reader.url()).pathname, 'entry-text', async (page) =>
		expect(page.getByText('generalises')).toBeVisible()
	);
	await reader.context().close();

	await page.goto(path);
	await page.getByLabel('Choose as a final').uncheck();
	await page.goto('/seasons/demo/classification');
	await expect(page.getByRole('row').filter({ hasText: team })).toContainText('The better one');
});

test('an upload survives a lost connection', async ({ page, context, complaints }) => {
	await withTeam(page, `Offline ${Date.now()}`);
	await page.goto(SUBMIT);
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	// The connection is lost when the first piece is on its way, and comes back.
	let lost = 0;
	await page.route('**/api/v1/uploads/*', async (route) => {
		if (route.request().method() === 'PATCH' && lost === 0) {
			lost += 1;
			await context.setOffline(true);
			await route.abort('internetdisconnected');
		} else await route.continue();
	});
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await expect(page.getByText(/The connection is lost/)).toBeVisible();
	await shoot(page, 'upload-waiting-light');
	await context.setOffline(false);
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	expect(lost).toBe(1);
	// The browser tells of each request that failed; that they fail is what is tested.
	const others = complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED/.test(text));
	complaints.splice(0, complaints.length, ...others);
});

test('an upload survives a reload of the page', async ({ page }) => {
	await withTeam(page, `Reload ${Date.now()}`);
	await page.goto(SUBMIT);
	// Enough for several pieces: a file that the local check refuses is not needed to be right, so the check is of gzip.
	const text = readFileSync(demo('files/kit.txt'), 'utf8');
	await page
		.locator('input[type=file]')
		.setInputFiles({ name: 'kit.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
	await expect(page.getByText('The format is right')).toBeVisible();
	let held: (() => void) | undefined;
	await page.route('**/api/v1/uploads/*', async (route) => {
		if (route.request().method() === 'PATCH') {
			await new Promise<void>((go) => (held = go));
			await route.abort().catch(() => null);
		} else await route.continue();
	});
	await page.getByLabel('Method', { exact: true }).fill('Begun before the reload');
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await expect(page.getByRole('progressbar')).toBeVisible();
	await expect.poll(() => held !== undefined).toBe(true);
	await page.unroute('**/api/v1/uploads/*');
	await page.reload();
	held?.();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Begun before the reload');
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
});

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
	await withTeam(page, `Not models ${Date.now()}`, 'glyphs-1000');
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
	await withTeam(page, `Middle ${Date.now()}`, 'glyphs-1000');
	await page.goto(MODELS);
	await page.locator('input[type=file]').setInputFiles(glyphs('entries/patches-linear.pt'));
	await expect(page.getByText(/A whole model, as far as can be seen/)).toBeVisible();
	await page.getByLabel('Method', { exact: true }).fill('Patches, once more');
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	// How many images are done is not told while a model runs, because it could say something with it.
	const running = page.getByRole('listitem').filter({ hasText: 'Run' });
	await expect(running).toHaveAttribute('aria-current', 'step');
	const since = page.getByText(/^For .+; how far it is stays hidden/);
	const seconds = async () => {
		const text = (await since.textContent()) ?? '';
		const [, minutes, rest] = /^\s*For (?:(\d+) min)? ?(?:(\d+) sec)?;/.exec(text) ?? [];
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
	await expect(page.getByText('Scored', { exact: true })).toBeVisible();
	await expect(page.getByText('Parameters')).toBeVisible();
	await inspect(page, new URL(page.url()).pathname, 'submission-model', async (page) =>
		expect(page.locator('h1')).toBeVisible()
	);
});

test('a session that has ended does not hide what everybody may see', async ({ page, context, complaints }) => {
	await register(page, '/');
	const cookies = await context.cookies();
	// The access token no longer holds and the refresh token is gone.
	await context.clearCookies();
	const access = cookies.find((cookie) => cookie.name === 'holdout_access');
	if (access) await context.addCookies([{ ...access, value: 'spoiled' }]);
	await page.goto('/seasons/demo/classification');
	await expect(page.getByRole('table')).toBeVisible();
	await expect(page.getByRole('link', { name: 'Log in' })).toBeVisible();
	await scrollThrough(page);
	complaints.splice(0);
});

/** Shows a season of the server with other times or tasks. */
async function seasonAs(
	page: Page,
	change: (season: Record<string, unknown>) => Record<string, unknown>
): Promise<void> {
	await page.route('**/*', async (route) => {
		const request = route.request();
		const path = new URL(request.url()).pathname;
		if (request.resourceType() === 'document') {
			const answer = await route.fetch();
			const body = (await answer.text()).replace(
				/<script type="application\/json" id="holdout-data">[\s\S]*?<\/script>/,
				''
			);
			return route.fulfill({ response: answer, body });
		}
		if (path !== '/api/v1/seasons/demo') return route.fallback();
		const answer = await route.fetch();
		return route.fulfill({ response: answer, json: change((await answer.json()) as Record<string, unknown>) });
	});
}

test('the deadline stands where a team submits, and passes while the page is open', async ({ page }) => {
	await withTeam(page, `Deadline ${Date.now()}`);
	const closes = new Date(Date.now() + 15_000).toISOString();
	await seasonAs(page, (season) => ({ ...season, closes }));
	await page.goto('/team/demo');
	await expect(page.getByText(/^Closes in \d+ seconds$/)).toBeVisible();
	await page.goto(SUBMIT);
	await expect(page.getByText(/^Closes (in \d+ seconds|now)$/)).toBeVisible();
	await expect(page.getByText(`${closes.slice(0, 10)} ${closes.slice(11, 16)} UTC`)).toBeVisible();
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `submit-deadline-light-${width}`);
		await expectSound(page);
	}
	await expect(page.getByText('The season has closed.')).toBeVisible();
	await expect(page.getByText(/^Closed \d+ seconds? ago$|^Closed now$/)).toBeVisible();
});

test('a season of two tasks offers each of them', async ({ page }) => {
	await withTeam(page, `Tasks ${Date.now()}`);
	await seasonAs(page, (season) => {
		const [task] = season.tasks as Record<string, unknown>[];
		return { ...season, tasks: [task, { ...task, task: 'second', title: 'The second task' }] };
	});
	await page.goto('/seasons/demo');
	await expect(page.getByRole('link', { name: 'Submit an entry' })).toHaveCount(2);
	await expect(page.getByRole('link', { name: /Submit an entry.*The second task/ })).toHaveAttribute(
		'href',
		'/submit/demo/second'
	);
	await page.goto(SUBMIT);
	await page.getByRole('navigation', { name: 'Task' }).getByRole('link', { name: 'The second task' }).click();
	await page.waitForURL(/\/submit\/demo\/second/);
	await expect(page.getByRole('link', { name: 'The second task' }).last()).toHaveAttribute('aria-current', 'page');
});

test('without a slot left nothing invites to submit', async ({ page }) => {
	await withTeam(page, `Spent ${Date.now()}`);
	await page.route('**/classification/quota', async (route) => {
		const answer = await route.fetch();
		const quota = (await answer.json()) as Record<string, unknown>;
		const next_slot = new Date(Date.now() + 3_600_000).toISOString();
		await route.fulfill({ response: answer, json: { ...quota, remaining: 0, next_slot } });
	});
	await page.goto('/team/demo');
	await expect(page.getByText(/^0 of \d+ submissions left$/)).toBeVisible();
	await expect(page.getByRole('link', { name: 'Submit an entry' })).not.toHaveClass(/primary/);
	await page.goto(SUBMIT);
	await page.locator('input[type=file]').setInputFiles(demo('files/kit.txt'));
	await expect(page.getByText('The format is right')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Submit', exact: true })).toBeDisabled();
});

test('a submission is withdrawn after a question of the page', async ({ page }) => {
	await withTeam(page, `Withdrawing ${Date.now()}`);
	const waiting = (state: string) => ({
		id: '00000000-0000-7000-8000-000000000001',
		season: 'demo',
		task: 'classification',
		team: 'שלום 7',
		kind: 'predictions',
		method: '7 שכבות',
		links: [],
		state,
		attempts: 0,
		size: 1,
		sha256: 'ab',
		created_at: new Date().toISOString()
	});
	await page.route('**/submissions/*/events', (route) => route.fulfill({ status: 404, json: {} }));
	await page.route('**/api/v1/submissions/*1', (route) => route.fulfill({ json: waiting('queued') }));
	await page.route('**/submissions/*/cancel', (route) => route.fulfill({ json: waiting('cancelled') }));
	await page.goto('/submissions/00000000-0000-7000-8000-000000000001');
	await page.getByRole('button', { name: 'Withdraw this submission' }).click();
	const question = page.getByRole('dialog');
	await expect(question).toContainText('the slot is given back');
	for (const width of [390, 1440]) {
		await page.setViewportSize({ width, height: 900 });
		await shoot(page, `submission-withdraw-light-${width}`);
		await expectSound(page);
	}
	await question.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByText('In the queue')).toBeVisible();
	await page.getByRole('button', { name: 'Withdraw this submission' }).click();
	await question.getByRole('button', { name: 'Withdraw', exact: true }).click();
	await expect(page.getByText('Withdrawn', { exact: true })).toBeVisible();
	// Names of another direction are kept apart from what stands around them.
	expect(await page.locator('h1 bdi').textContent()).toBe('7 שכבות');
});

test('sentences of the server stand in the viewer’s zone and without backticks', async ({ page }) => {
	await page.goto('/login');
	await page.route('**/api/v1/sessions', (route) =>
		route.fulfill({
			status: 409,
			json: {
				error: {
					code: 'wrong_state',
					message: 'season `demo` takes no submissions: it closed at 2026-11-28T04:17:20.722Z',
					detail: {}
				}
			}
		})
	);
	await page.locator('#email').fill('a@example.org');
	await page.getByLabel('Password', { exact: true }).fill('x');
	await page.getByRole('main').getByRole('button', { name: 'Log in' }).first().click();
	const alert = page.getByRole('alert');
	await expect(alert).toContainText('season demo takes no submissions: it closed at Nov 28, 2026');
	await expect(alert.locator('code')).toHaveText('demo');
	await expect(alert).not.toContainText('Z');
	await page.unroute('**/api/v1/sessions');
	await page.evaluate(() => localStorage.setItem('holdout.locale', 'zh-CN'));
	await page.reload();
	await page.locator('#email').fill('nobody@example.org');
	await page.locator('#password').fill('not the password');
	await page.getByRole('main').getByRole('button', { name: '登录' }).first().click();
	await expect(page.getByRole('alert')).toHaveText(/^\s*登录信息不正确\s*$/);
});
