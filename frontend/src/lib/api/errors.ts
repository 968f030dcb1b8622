import type { ErrorBody, ErrorCode, Reason } from './types';

/** `unreachable`: no answer came; the rest are the API's own codes. */
export type FailureCode = ErrorCode | 'unreachable';

/** What a refusal says besides its code. */
export type Refusal = Pick<ApiError, 'reason' | 'message' | 'detail'>;

/** An answer that is not a success, or no answer. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		readonly code: FailureCode,
		message: string,
		readonly detail: Record<string, unknown> = {},
		/** The exact reason, which the page shows in the viewer's language. */
		readonly reason: Reason | null = null
	) {
		super(message);
		this.name = 'ApiError';
	}

	static unreachable(cause: unknown): ApiError {
		return new ApiError(0, 'unreachable', cause instanceof Error ? cause.message : String(cause));
	}

	/**
	 * Reads the body of a refusal; a proxy's page between us and the server is a fault of the way.
	 */
	static async of(response: Response): Promise<ApiError> {
		return ApiError.parse(response.status, await response.text().catch(() => ''));
	}

	static parse(status: number, text: string): ApiError {
		const error = refusalIn(text);
		if (!error)
			return new ApiError(status, status >= 500 || status === 0 ? 'unavailable' : 'internal', `HTTP ${status}`);
		const detail = (error.detail ?? {}) as Record<string, unknown>;
		return new ApiError(status, error.code, error.message, detail, error.reason ?? null);
	}
}

/**
 * What the API says in its body; `null` if it is not the API's: proxies write JSON, too, such as
 * `{"error":{"code":502}}`.
 */
function refusalIn(text: string): ErrorBody['error'] | null {
	try {
		const { error } = JSON.parse(text) as Partial<ErrorBody>;
		const { code, message } = { ...error } as Record<string, unknown>;
		return typeof code === 'string' && /^[a-z_]+$/.test(code) && typeof message === 'string' ? (error ?? null) : null;
	} catch {
		return null;
	}
}

/** What was thrown, as an `ApiError`. */
export function asApiError(thrown: unknown): ApiError {
	return thrown instanceof ApiError ? thrown : ApiError.unreachable(thrown);
}
