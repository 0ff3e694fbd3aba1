import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { gatewayVariables } from '../../gateway/config.ts';
import { paymentsVariables } from '../../subgraphs/payments/config.ts';
import { usersVariables } from '../../subgraphs/users/config.ts';
import { projectFolder } from '../support/service-process.ts';

/** `# NAME=default`, or `# NAME=` where there is none. */
const VARIABLE = /^# ?([A-Z][A-Z0-9_]+)=(.*)$/gm;

/** Read by the scripts or by supergraph.yaml, not by a service. */
const OF_OTHERS = ['DATA_DIR', 'USERS_URL', 'PAYMENTS_URL'];

describe('.env.example', () => {
  const example = new Map(
    [...readFileSync(join(projectFolder, '.env.example'), 'utf8').matchAll(VARIABLE)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  const variables = new Map(Object.entries({ ...usersVariables, ...paymentsVariables, ...gatewayVariables }));

  it('names every variable, and none that does not exist', () => {
    expect([...example.keys()].filter((name) => !OF_OTHERS.includes(name)).sort()).toEqual([...variables.keys()].sort());
    expect([...example.keys()]).toEqual(expect.arrayContaining(OF_OTHERS));
  });

  it('shows the defaults that the services have', () => {
    const shown = [...variables].filter(([, variable]) => variable.default !== undefined && variable.default !== '');
    expect(shown.map(([name]) => `${name}=${example.get(name)}`)).toEqual(shown.map(([name, variable]) => `${name}=${variable.default}`));
  });
});
