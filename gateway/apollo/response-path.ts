import type { PathStep } from '../planning/executable-plan.ts';

/** As Apollo's plans write paths: response names, and `@` for each list. */
export function toResponsePath(path: readonly PathStep[] = []): string[] {
  return path.flatMap((step) => {
    if (step.kind === 'type') return [];
    return [step.kind === 'key' ? step.key : '@'];
  });
}
