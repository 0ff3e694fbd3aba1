import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import { retryWithBackoff } from '../../platform/foundation/backoff.ts';
import type { Logger } from '../../platform/foundation/logger.ts';

/** Nothing answers yet: worth another try. Everything else that goes wrong is a ConfigError. */
class NotThereYet extends Error {}

/**
 * Asks a subgraph for its schema with `{ _service { sdl } }`. While nothing answers (refused, timed out, 502 to 504) it waits with back-off and says so.
 * @param options.timeoutMs for one try; default 10,000
 * @throws ConfigError when the answer is not a federation subgraph's, or when the signal aborted
 */
export async function fetchSdl(options: {
  name: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Where the URL is written, for messages. */
  where: string;
  logger: Logger;
  signal: AbortSignal;
  timeoutMs?: number;
}): Promise<string> {
  const { name, url, where, logger, signal } = options;
  try {
    return await retryWithBackoff(() => ask(options), {
      signal,
      onFailure(error, waitMs) {
        if (!(error instanceof NotThereYet)) throw error;
        logger.info(`waiting for subgraph ${name} at ${url}: ${error.message}; next try in ${(waitMs / 1000).toFixed(1)} s`);
      },
    });
  } catch (error) {
    if (!(error instanceof NotThereYet)) throw error;
    throw new ConfigError([`${where}: subgraph ${name} did not answer at ${url}: ${error.message}`], { cause: error });
  }
}

async function ask({ name, url, headers, where, signal, timeoutMs = 10_000 }: Parameters<typeof fetchSdl>[0]): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query: '{_service{sdl}}' }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  }).catch((error: unknown) => {
    throw new NotThereYet(reason(error), { cause: error });
  });
  if ([502, 503, 504].includes(response.status)) throw new NotThereYet(`status ${response.status}`);
  const body: unknown = await response.json().catch(() => undefined);
  const sdl = sdlOf(body);
  if (sdl === undefined) {
    throw new ConfigError([
      `${where}: ${url} does not answer as subgraph ${name} should: expected data._service.sdl, got status ${response.status} ${JSON.stringify(body)?.slice(0, 200) ?? 'without JSON'}`,
    ]);
  }
  return sdl;
}

function sdlOf(body: unknown): string | undefined {
  const sdl = (body as { data?: { _service?: { sdl?: unknown } | null } | null } | null | undefined)?.data?._service?.sdl;
  return typeof sdl === 'string' ? sdl : undefined;
}

/** `fetch` says "fetch failed" and hides the reason in the cause. */
function reason(error: unknown): string {
  return toMessage(error instanceof Error && error.cause instanceof Error && error.cause.message ? error.cause : error);
}
