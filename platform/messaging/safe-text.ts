/** Control characters but for line feed and tab, and those that turn the direction of the text around: they could make a person see something else. */
const UNSAFE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]|\p{Surrogate}/gu;

/**
 * What somebody sent, as text for a person's eyes: unsafe characters and bytes that are no UTF-8 become U+FFFD.
 * @param maxCharacters more are cut off, and an ellipsis says so
 */
export function toSafeText(source: Buffer | string, maxCharacters: number): string {
  // A character has at most four bytes or two UTF-16 units: nothing large is decoded, or spread out, whole.
  const text =
    typeof source === 'string' ? source.slice(0, 2 * (maxCharacters + 1)) : source.subarray(0, 4 * (maxCharacters + 1)).toString('utf8');
  const characters = [...text.replace(/\r\n?/g, '\n').replace(UNSAFE, '\uFFFD')];
  return characters.length <= maxCharacters ? characters.join('') : `${characters.slice(0, maxCharacters).join('')}…`;
}
