import { createRequire } from 'node:module';
import { print } from 'graphql';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import type { SupergraphTypes } from './executable-plan.ts';
import { fromHive, type HiveNode } from './hive-forms.ts';
import { readHiveLimits } from './hive-limits.ts';
import { toHiveOperation } from './hive-operation.ts';
import type { Planner } from './planner.ts';

/** What is used of @graphql-hive/router-query-planner. */
export interface HivePlannerPackage {
  readonly QueryPlanner: new (supergraphSdl: string) => {
    plan(query: string, operationName: string | null, activeLabels: Set<string>, percentage: number): { readonly node?: HiveNode | null };
  };
}

const PACKAGE = '@graphql-hive/router-query-planner';

/** An override by percentage holds for those whose share of 100 is below it: at 100 it holds for nobody. Operations for which some hold are planned by the other. */
const NOBODY = 100;

export interface HivePlannerOptions {
  /** Where the SDL is from, for messages; default `supergraph`. */
  readonly from?: string;
  /** Plans what this one cannot; made when first needed. */
  readonly otherwise: () => Planner;
  readonly types: SupergraphTypes;
  /** How the optional package is found; default: from node_modules, when this is called and not before. */
  readonly loadPackage?: () => HivePlannerPackage;
}

/**
 * Hive Router's query planner (native code, MIT) behind our interface. What it cannot plan, and what it is known to plan wrongly
 * (docs/decisions/two-planners.md), is planned by another.
 * @throws ConfigError PLANNER_UNAVAILABLE when the package has no binary for this platform, or is not installed
 * @throws ConfigError SUPERGRAPH_INVALID when the planner does not take the supergraph
 */
export function createHivePlanner(
  supergraphSdl: string,
  { from = 'supergraph', otherwise, types, loadPackage = loadInstalled }: HivePlannerOptions,
): Planner {
  const { QueryPlanner } = load(loadPackage);
  let native: InstanceType<HivePlannerPackage['QueryPlanner']>;
  try {
    native = new QueryPlanner(supergraphSdl);
  } catch (error) {
    throw new ConfigError([`${from}: Hive Router's planner does not take this supergraph: ${toMessage(error)}`], {
      code: 'SUPERGRAPH_INVALID',
      cause: error,
    });
  }
  const isBeyondHive = readHiveLimits(supergraphSdl, types);
  const labels = new Set<string>();
  let made: Planner | undefined;
  const other = (): Planner => (made ??= otherwise());
  return {
    plan(document, active) {
      const fetched = toHiveOperation(document);
      if (!fetched) return undefined;
      if (!active?.size && !isBeyondHive(fetched)) {
        try {
          const { node } = native.plan(print(fetched), null, labels, NOBODY);
          return node ? fromHive(node) : undefined;
        } catch {
          // It gives up on some operations that can be planned, and says of others that a field cannot be reached.
        }
      }
      return other().plan(document, active);
    },
    planDeferred: (document, active) => other().planDeferred?.(document, active), // it knows no @defer
  };
}

function loadInstalled(): HivePlannerPackage {
  return createRequire(import.meta.url)(PACKAGE) as HivePlannerPackage;
}

function load(loadPackage: () => HivePlannerPackage): HivePlannerPackage {
  try {
    return loadPackage();
  } catch (error) {
    const isMissing = (error as { code?: unknown }).code === 'MODULE_NOT_FOUND';
    const reason = isMissing
      ? `the optional package ${PACKAGE} is not installed: npm install ${PACKAGE}`
      : `${PACKAGE} has no binary that runs on ${process.platform} ${process.arch}: it has those for Linux with glibc and for macOS`;
    throw new ConfigError([`GATEWAY_PLANNER=hive: ${reason}; or use GATEWAY_PLANNER=apollo`], {
      code: 'PLANNER_UNAVAILABLE',
      cause: error,
    });
  }
}
