import { endOfJsonString } from './end-of-json-string.ts';
import { hideNumeral } from './hidden-numerals.ts';

/** Where a value may begin: a numeral that JavaScript may write otherwise. Too many digits, an exponent, a zero at the end of a fraction, a tiny number, a negative zero. */
const SUSPECT = /[:,[\s]-?(?:[\d.]{16}|\d+(?:\.\d+)?[eE]|\d+\.\d*0[,}\]\s]|0\.0{6}|0[,}\]\s](?<=-0.))/;
/** A numeral of JSON, as long as it gets. */
const NUMERAL = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What makes it a value. Not looked for together with the numeral: a million digits would be gone through once for each of them. */
const END_OF_VALUE = /[ \t\n\r]*(?:[,}\]]|$)/y;
const [QUOTE, MINUS, ZERO, NINE] = [34, 45, 48, 57] as const;

/**
 * As `JSON.parse`, but a numeral that JavaScript would change comes as a hidden numeral (`hidden-numerals.ts`). What is no JSON is none here.
 * @throws SyntaxError as JSON.parse does
 */
export function parseExactly(text: string): unknown {
  if (!SUSPECT.test(text)) return JSON.parse(text);
  const hidden = hideNumerals(text);
  if (hidden === text) return JSON.parse(text);
  try {
    return JSON.parse(hidden);
  } catch {
    return JSON.parse(text); // the error is to quote what came
  }
}

/** Puts strings in the place of numerals that JavaScript would change. */
function hideNumerals(text: string): string {
  let result = '';
  let copied = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfJsonString(text, index);
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      NUMERAL.lastIndex = index;
      const [numeral] = NUMERAL.exec(text) ?? [];
      END_OF_VALUE.lastIndex = index + (numeral?.length ?? 0);
      if (numeral === undefined || !END_OF_VALUE.test(text)) return text; // no JSON: outside of strings nothing else begins like this
      if (JSON.stringify(Number(numeral)) !== numeral) {
        result += `${text.slice(copied, index)}"${hideNumeral(numeral)}"`;
        copied = index + numeral.length;
      }
      index += numeral.length - 1;
    }
  }
  return copied === 0 ? text : result + text.slice(copied);
}
