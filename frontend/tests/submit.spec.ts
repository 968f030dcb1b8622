/** From a file to a result, and what keeps a file from being sent. */
import { demo } from './installation';
import { expect, expectSound, inspect, shoot, test } from './page';
import { withTeam } from './people';

const SUBMIT = '/submit/demo/classification';
const FIELD = 'Drop a file here, or choose one';

test('a file at fault is not sent: the lines at fault are named', async ({ page }) => {
	await withTeam(page, 'Faulty');
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
	const { team } = await withTeam(page, 'Live');
	const viewer = await context.newPage();
	await viewer.goto('/seasons/demo/classification');
	await expect(viewer.getByText('Live', { exact: true })).toBeVisible();
	await inspect(page, SUBMIT, 'submit', async (page) => expect(page.locator('input[type=file]')).toBeAttached());
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
	await withTeam(page, 'Again');
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
	await withTeam(page, 'Refused');
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
