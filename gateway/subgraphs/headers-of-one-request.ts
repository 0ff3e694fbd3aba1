/** These differ from request to request and say nothing about the caller: what is equal but for them may be shared. */
export const HEADERS_OF_ONE_REQUEST: ReadonlySet<string> = new Set(['x-request-id', 'traceparent', 'tracestate']);
