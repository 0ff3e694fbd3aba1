import { describe, expect, it } from '@jest/globals';
import { isIgnored, planReload } from '../../../../scripts/dev/plan-reload.ts';

const reloaded = (...files: string[]): string[] => {
  const plan = planReload(
    '/a b',
    files.map((file) => `/a b/${file}`),
  );
  return (['users', 'payments', 'gateway', 'schema'] as const).filter((name) => plan[name]);
};

describe('npm run dev', () => {
  it('reloads the service whose file was saved, and no other', () => {
    expect(reloaded('subgraphs/users/resolvers.ts')).toEqual(['users']);
    expect(reloaded('subgraphs/payments/migrations/9-new.sql')).toEqual(['payments']);
    expect(reloaded('gateway/service.ts')).toEqual(['gateway']);
  });

  it('reloads everything that stands on what was saved', () => {
    expect(reloaded('subgraphs/money.ts')).toEqual(['users', 'payments']);
    expect(reloaded('platform/foundation/config.ts')).toEqual(['users', 'payments', 'gateway']);
  });

  it('composes again and writes the types anew when a schema was saved', () => {
    expect(reloaded('schema/users.graphql')).toEqual(['users', 'gateway', 'schema']);
    expect(reloaded('supergraph.yaml')).toEqual(['gateway', 'schema']);
  });

  it('says which files need a new start', () => {
    expect(planReload('/p', ['/p/.env', '/p/scripts/dev.ts']).restart).toEqual(['.env', 'scripts/dev.ts']);
  });

  it('does not answer to what it writes itself', () => {
    expect(isIgnored('/p/subgraphs/users/resolvers.generated.ts')).toBe(true);
    expect(isIgnored('/p/schema/supergraph.graphql')).toBe(true);
    expect(isIgnored('/p/subgraphs/users/resolvers.ts')).toBe(false);
  });
});
