/**
 * Calls of the API, typed by `openapi.json`: a route that goes away or changes shape fails the type
 * check.
 */
import { ApiError } from './errors';
import { takeInlined } from './inlined';
import type { paths } from './schema';
import { session } from './session.svelte';

type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Having<V extends Verb> = {
	[K in keyof paths]: paths[K] extends Record<V, { responses: unknown }> ? K : never;
}[keyof paths];
type Operation<K extends keyof paths, V extends Verb> = paths[K] extends Record<V, infer O> ? O : never;
type JsonOf<R> = R extends { content: { 'application/json': infer T } } ? T : never;
type Answer<O> = O extends { responses: infer R } ? JsonOf<R[keyof R & (200 | 201)]> : never;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer T } } } ? T : undefined;

export type Parameters = Record<string, string>;
export type Query = Record<string, string | number | boolean | null | undefined>;

interface Options {
	parameters?: Parameters;
	query?: Query;
	body?: unknown;
	headers?: Record<string, string>;
	signal?: AbortSignal;
}

/** The address of a route, with what its path and query hold. */
export function address(route: string, parameters: Parameters = {}, query: Query = {}): string {
	const path = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
	const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== false);
	const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
	return search ? `${path}?${search}` : path;
}

/** Sends a request as whoever is logged in; a session that ended meanwhile is renewed once. */
export async function send(
	path: string,
	init: RequestInit & { headers?: Record<string, string> } = {}
): Promise<Response> {
	if (session.hinted) await session.keepFresh();
	const first = await attempt(path, init);
	if (first.status !== 401 || (await ApiError.of(first.clone())).code !== 'unauthenticated') return first;
	if (session.hinted && (await session.refresh())) return attempt(path, init);
	if (session.hinted || session.me) session.end();
	return first;
}

async function attempt(path: string, init: RequestInit): Promise<Response> {
	try {
		return await fetch(path, init);
	} catch (cause) {
		if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
		throw ApiError.unreachable(cause);
	}
}

async function call(method: string, route: string, options: Options): Promise<Response> {
	const path = address(route, options.parameters, options.query);
	const json: Record<string, string> = options.body === undefined ? {} : { 'Content-Type': 'application/json' };
	const response = await send(path, {
		method,
		headers: { ...json, ...options.headers },
		body: options.body === undefined ? undefined : JSON.stringify(options.body),
		signal: options.signal
	});
	if (!response.ok && response.status !== 304) throw await ApiError.of(response);
	return response;
}

/** Reads a resource. */
export async function get<K extends Having<'get'>>(
	route: K,
	options: Options = {}
): Promise<Answer<Operation<K, 'get'>>> {
	return (await getTagged(route, null, options)).value;
}

/** A resource with its entity tag, so that it can be asked for again cheaply. */
export interface Tagged<T> {
	value: T;
	etag: string | null;
	/** Seconds since it was made, if the server answered from memory because its database is away. */
	age?: number;
}

/** Reads a resource unless it is still `known`. */
export async function getTagged<K extends Having<'get'>>(
	route: K,
	known: Tagged<Answer<Operation<K, 'get'>>> | null,
	options: Options = {}
): Promise<Tagged<Answer<Operation<K, 'get'>>>> {
	const inlined = takeInlined(address(route, options.parameters, options.query));
	if (inlined) return { value: inlined.body as Answer<Operation<K, 'get'>>, etag: inlined.etag ?? null };
	const headers = known?.etag ? { ...options.headers, 'If-None-Match': known.etag } : options.headers;
	const response = await call('GET', route, { ...options, headers });
	const stated = response.headers.get('Age');
	const age = stated === null ? undefined : Number(stated);
	if (response.status === 304 && known) return known.age === age ? known : { ...known, age };
	return { value: (await response.json()) as Answer<Operation<K, 'get'>>, etag: response.headers.get('ETag'), age };
}

/** Reads a resource that is text. */
export async function getText(route: Having<'get'>, options: Options = {}): Promise<string> {
	return (await call('GET', route, options)).text();
}

/** Changes something; an answer without a body is `undefined`. */
async function change<V extends Exclude<Verb, 'get'>, K extends Having<V>>(
	verb: V,
	route: K,
	options: Options & { body?: Body<Operation<K, V>> }
): Promise<Answer<Operation<K, V>>> {
	const response = await call(verb.toUpperCase(), route, options);
	const text = await response.text();
	return (text ? JSON.parse(text) : undefined) as Answer<Operation<K, V>>;
}

type Change<K extends Having<V>, V extends Exclude<Verb, 'get'>> = Omit<Options, 'body'> & {
	body?: Body<Operation<K, V>>;
};

export const post = <K extends Having<'post'>>(route: K, options: Change<K, 'post'> = {}) =>
	change('post', route, options);
export const put = <K extends Having<'put'>>(route: K, options: Change<K, 'put'> = {}) => change('put', route, options);
export const patch = <K extends Having<'patch'>>(route: K, options: Change<K, 'patch'> = {}) =>
	change('patch', route, options);
export const remove = <K extends Having<'delete'>>(route: K, options: Change<K, 'delete'> = {}) =>
	change('delete', route, options);

/** A random key for one request. */
export function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
