import { endOfJsonString } from '../numerals/end-of-json-string.ts';
import { parseExactly } from '../numerals/parse-exactly.ts';
import { refuse } from './refuse.ts';

/** Far deeper than any request: what of it may be deep is measured again, and refused with its name. */
const MAX_NESTING = 1_000;
/** Shorter texts are parsed before anybody could tell that they are only brackets; a megabyte of those takes half a second. */
const SHORTEST_MEASURED = 50_000;
const [QUOTE, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5b, 0x5d, 0x7b, 0x7d] as const;

/**
 * What a client sent as JSON, with numerals that JavaScript would change as hidden numerals.
 * @throws SyntaxError as JSON.parse does
 * @throws ProtocolError BAD_REQUEST when brackets are nested so deeply that nobody can mean it
 */
export function parseClientJson(text: string): unknown {
  if (text.length >= SHORTEST_MEASURED && isNestedDeeper(text, MAX_NESTING))
    throw refuse('BAD_REQUEST', `expected JSON with at most ${MAX_NESTING} levels of nesting, got more`);
  return parseExactly(text);
}

function isNestedDeeper(text: string, most: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfJsonString(text, index);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth += 1;
      if (depth > most) return true;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
  }
  return false;
}
