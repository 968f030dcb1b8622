import { createRawSnippet } from 'svelte';
import { beforeAll, expect, it } from 'vitest';
import NewPassword from '$lib/account/NewPassword.svelte';
import { show, speak } from '../../tests/show';
import Field from './Field.svelte';

beforeAll(() => speak());

const children = createRawSnippet(() => ({ render: () => '<input>' }));
const field = (hint: string, fault: string | null) => show(Field, { id: 'f', label: 'Name', hint, fault, children });

it('has a hint and a fault, and says the same only once', () => {
	expect(field('a-z', 'Needed').text).toBe('Name Needed a-z');
	expect(field('a-z', 'a-z').text).toBe('Name a-z');
	expect(field('a-z', 'a-z').html).toContain('id="f-fault"');
});

it('takes no address for a password', () => {
	const password = (value: string) =>
		show(NewPassword, { id: 'p', label: 'Password', email: 'Ann@example.org', value });
	expect(password(' ann@example.org').text).toContain('cannot be the password');
	expect(password('correct horse battery').text).toContain('At least 10 characters');
	expect(show(NewPassword, { id: 'p', label: 'Password', value: '' }).html).not.toContain('aria-invalid');
});
