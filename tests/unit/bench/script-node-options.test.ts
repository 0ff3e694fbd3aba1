import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { gatewayNodeOptions } from '../../../bench/measure/script-node-options.ts';
import { projectFolder } from '../../../bench/measure/project-folder.ts';

it('the gateway is measured with the options of Node with which every script starts it', () => {
  const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

  expect(gatewayNodeOptions).toEqual(['--max-semi-space-size=32']);
  for (const name of ['start', 'start:gateway', 'gateway'])
    expect(scripts[name]).toContain(` ${gatewayNodeOptions.join(' ')} scripts/run.mjs `);
});
