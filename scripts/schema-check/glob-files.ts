import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

/**
 * The files that a pattern names, absolute: `*` is anything in one name, `**` any folders, `?` one character, `{a,b}` one of several. A folder
 * stands for all `.graphql` files in it. node_modules and names that begin with a dot are left out. Node's own `glob` needs Node 22.
 */
export async function globFiles(pattern: string): Promise<string[]> {
  const literal = resolve(pattern);
  const found = await stat(literal).catch(() => undefined);
  if (found?.isFile()) return [literal];
  if (found?.isDirectory()) return globFiles(join(pattern, '**', '*.graphql'));
  const parts = pattern.split('/');
  const firstWild = parts.findIndex((part) => /[*?{]/.test(part));
  if (firstWild === -1) return [];
  const base = resolve(parts.slice(0, firstWild).join('/') || (pattern.startsWith('/') ? '/' : '.'));
  const expression = toExpression(parts.slice(firstWild).join('/'));
  const files = await listFiles(base);
  return files.filter((file) => expression.test(relative(base, file).split(sep).join('/')));
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const nested = entries
    .filter(({ name }) => name !== 'node_modules' && !name.startsWith('.'))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listFiles(path);
      return entry.isFile() ? [path] : [];
    });
  return (await Promise.all(nested)).flat();
}

function toExpression(glob: string): RegExp {
  let depth = 0;
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|[{},]|[\\^$+.()|[\]]/g, (token) => {
    if (token === '**/') return '(?:[^/]+/)*';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token === '{') {
      depth += 1;
      return '(?:';
    }
    if (token === '}' && depth > 0) {
      depth -= 1;
      return ')';
    }
    if (token === ',') return depth > 0 ? '|' : ',';
    return `\\${token}`;
  });
  return new RegExp(`^${source}${')'.repeat(depth)}$`);
}
