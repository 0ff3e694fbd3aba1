import { LRUCache } from 'lru-cache';
import type { NormalPlan } from './bind-plan.ts';
import { createLabelDraw, type ActiveLabels, type OverrideOptions } from './override-labels.ts';
import { PlanCache } from './plan-cache.ts';
import type { NormalPlans } from './prepare-operation.ts';

/** The plans that hold while some @override labels do. */
export interface PlanStore<Good extends object, Bad extends object> {
  readonly active: ActiveLabels;
  readonly prepared: PlanCache<Good, Bad>;
  readonly normal: NormalPlans;
}

/** All plans that are kept of one supergraph. */
export interface PlanStores<Good extends object, Bad extends object> {
  /** For the next request. */
  draw(): PlanStore<Good, Bad>;
  /** Operations that are kept. */
  readonly size: number;
}

export interface PlanStoresOptions extends OverrideOptions {
  /** Most operations, in all. */
  readonly entries: number;
  /** About how much memory, in all: half by the text of the operation, half by its normal form. */
  readonly bytes: number;
  /** About how much memory the plan of an operation takes. */
  readonly memoryOf: (text: string) => number;
}

/** @param labels those of the supergraph's progressive overrides; mostly there are none, and one store */
export function createPlanStores<Good extends object, Bad extends object>(
  labels: readonly string[],
  options: PlanStoresOptions,
): PlanStores<Good, Bad> {
  const labelDraw = createLabelDraw(labels, options);
  const entries = Math.ceil(options.entries / labelDraw.sets.length);
  const bytes = Math.ceil(options.bytes / 2 / labelDraw.sets.length);
  const stores = new Map(
    labelDraw.sets.map((active): [ActiveLabels, PlanStore<Good, Bad>] => [
      active,
      {
        active,
        prepared: new PlanCache({ entries, bytes }),
        normal: new LRUCache<string, NormalPlan>({
          max: entries,
          maxSize: bytes,
          sizeCalculation: (_plan, key) => key.length * 2 + options.memoryOf(key),
        }),
      },
    ]),
  );
  return {
    draw() {
      const store = stores.get(labelDraw.draw());
      if (!store) throw new Error('no plans are kept for these labels');
      return store;
    },
    get size() {
      let size = 0;
      for (const { prepared } of stores.values()) size += prepared.size;
      return size;
    },
  };
}
