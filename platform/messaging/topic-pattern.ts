/** Whether a topic exchange sends `routingKey` to a binding with `pattern`: `*` is one word, `#` any number of words, none included. */
export function matchesTopic(pattern: string, routingKey: string): boolean {
  return matchWords(toWords(pattern), toWords(routingKey));
}

function toWords(key: string): string[] {
  return key === '' ? [] : key.split('.');
}

function matchWords([first, ...rest]: readonly string[], words: readonly string[]): boolean {
  if (first === undefined) return words.length === 0;
  if (first === '#') return words.some((_word, index) => matchWords(rest, words.slice(index))) || matchWords(rest, []);
  const [word, ...others] = words;
  return word !== undefined && (first === '*' || first === word) && matchWords(rest, others);
}
