/** One tab at a time: two that send the same upload would interrupt each other. */

/** Does the work when no other tab does work of this name. `onWait` is called if one does. */
export async function alone<T>(
	name: string,
	onWait: () => void,
	signal: AbortSignal,
	work: () => Promise<T>
): Promise<T> {
	// Locks exist only where the page came over TLS or from this machine.
	const locks: LockManager | undefined = navigator.locks;
	if (!locks) return work();
	const first = await locks.request(name, { ifAvailable: true }, async (lock) => lock && { value: await work() });
	if (first) return first.value;
	onWait();
	return locks.request(name, { signal }, work);
}
