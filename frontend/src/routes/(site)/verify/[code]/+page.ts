export function load({ params }) {
	return { code: params.code };
}
