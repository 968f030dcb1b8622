import { expect, expectSound, shoot, test } from './page';
import { withTeam } from './people';
import { exportedProgram } from './program';

test('a program of torch.export is checked, submitted, scored, and on the board', async ({ page }) => {
	// It may have to wait for the models of the season itself.
	test.setTimeout(600_000);
	const { team } = await withTeam(page, 'Exported', 'glyphs-1000');
	await page.goto('/submit/glyphs-1000/classification');
	const [mimeType, program] = ['application/octet-stream', exportedProgram(1000, 32)];
	const choose = (name: string, buffer: Buffer) =>
		page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
	// Half of it is no archive: it is not sent.
	await choose('half.pt2', program.subarray(0, program.length / 2));
	await expect(page.getByText('The archive is not whole')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Submit', exact: true })).toBeDisabled();
	await choose('linear.pt2', program);
	await expect(page.getByText('A whole model, as far as can be seen from here.')).toBeVisible();
	await page.getByLabel('Method', { exact: true }).fill('An exported linear layer');
	await page.getByRole('button', { name: 'Submit', exact: true }).click();
	await page.waitForURL(/\/submissions\//);
	await expect(page.getByText('Scored', { exact: true })).toBeVisible({ timeout: 500_000 });
	await expect(page.getByText('3,072,000')).toBeVisible();
	await shoot(page, 'submission-exported');
	await expectSound(page);
	await page.goto('/seasons/glyphs-1000/classification');
	const row = page.getByRole('row').filter({ hasText: team });
	await expect(row.getByRole('link', { name: 'An exported linear layer' })).toBeVisible();
	await expect(row.getByText('Your team')).toBeVisible();
	// The filter hides the row, and the way to it shows it again.
	await page.getByPlaceholder('Filter by team or method').fill('AlexNet-style');
	await expect(row).toHaveCount(0);
	await page.getByRole('button', { name: 'My team' }).click();
	await expect(row).toBeFocused();
	await expect(row).toBeInViewport();
	await page.goto('/');
	// With its rank, unless it leads.
	await expect(page.getByText('Your team').first()).toBeVisible();
});
