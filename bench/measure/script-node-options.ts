import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './project-folder.ts';

/** The options with which `npm run SCRIPT` starts Node: what is measured runs as npm starts it. */
export function readNodeOptions(script: string): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  return (scripts[script] ?? '').split(' ').filter((word) => word.startsWith('--'));
}

/** Every gateway that is measured gets them, and so does the ceiling: what Node does better when it is told to is nobody's merit. */
export const gatewayNodeOptions: readonly string[] = readNodeOptions('gateway');
