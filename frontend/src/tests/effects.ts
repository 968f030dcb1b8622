/**
 * The environment of tests that need effects to run: modules are compiled as for a browser. There
 * is no document.
 */
import type { Environment } from 'vitest/runtime';

export default {
	name: 'effects',
	viteEnvironment: 'client',
	setup: () => ({ teardown: () => undefined })
} satisfies Environment;
