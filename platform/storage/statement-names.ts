/** Texts that are remembered; of a program with more the later ones are never prepared. */
const MOST = 500;

/**
 * Names for statements, so that the server parses and plans each once for a connection instead of every time. A text gets its name when it comes the second
 * time: what is said once is not worth a prepared statement.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, { readonly name: string; again: boolean }>();
  return (text) => {
    const known = names.get(text);
    if (known?.again) return known.name;
    if (known) known.again = true;
    else if (names.size < MOST) names.set(text, { name: `paygraph_${names.size + 1}`, again: false });
    return known?.name;
  };
}
