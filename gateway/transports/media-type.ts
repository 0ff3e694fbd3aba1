/** A media type or range as a header wrote it: `multipart/mixed;subscriptionSpec="1.0";q=0.9`. */
export interface MediaType {
  /** In lower case, without parameters: `multipart/mixed`, `application/*`. */
  readonly essence: string;
  /** Names in lower case; values as written, without quotes. `q` is not among them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1; 1 when absent or not a number. */
  readonly quality: number;
}

const PARAMETER = /;\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)/g;

/** Reads one media type; whatever cannot be read is left out rather than refused. */
export function parseMediaType(text: string): MediaType {
  const semicolon = text.indexOf(';');
  const essence = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const parameters = new Map<string, string>();
  let quality = 1;
  for (const [, name = '', value = ''] of semicolon < 0 ? [] : text.slice(semicolon).matchAll(PARAMETER)) {
    const plain = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
    if (name.toLowerCase() === 'q') quality = toQuality(plain);
    else parameters.set(name.toLowerCase(), plain);
  }
  return { essence, parameters, quality };
}

/** The ranges of an Accept header in the order they were written. Commas inside quotes belong to their value. */
export function parseAccept(header: string): MediaType[] {
  return splitOutsideQuotes(header)
    .map(parseMediaType)
    .filter(({ essence }) => essence !== '');
}

/** A loop and no regular expression: what a client sends must not cost more than its length. */
function splitOutsideQuotes(header: string): string[] {
  if (!header.includes('"')) return header.split(',');
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < header.length; index += 1) {
    const character = header[index];
    if (quoted && character === '\\') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      parts.push(header.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(header.slice(start));
  return parts;
}

function toQuality(text: string): number {
  const value = Number(text);
  return Number.isNaN(value) ? 1 : Math.min(1, Math.max(0, value));
}
