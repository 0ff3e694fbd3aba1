import type { PreparedOperation } from '../../../gateway/engine.ts';
import type { BatchNode, FetchNode } from '../../../gateway/planning/executable-plan.ts';
import type { PlannedOperation } from '../../../gateway/planning/prepare-operation.ts';
import type { SubgraphClient, SubgraphRequest } from '../../../gateway/subgraphs/subgraph-client.ts';
import { createSeededRandom } from '../../../gateway/testing/seeded-random.ts';
import { createInProcessClient, type SubgraphSource } from '../fake-subgraph.ts';
import { toLostRequest, type LostRequest } from './excuses.ts';
import { unreliableClient, type Loss } from './unreliable-client.ts';

/** Clients of subgraphs that fail when they are told to: one engine, with its plans, serves for both. */
export class LossyWire {
  readonly clients: Readonly<Record<string, SubgraphClient>>;
  #losses: { request: SubgraphRequest; loss: Loss }[] = [];
  #unreliable: ReadonlyMap<string, SubgraphClient> | undefined;
  readonly #reliable: ReadonlyMap<string, SubgraphClient>;

  constructor(subgraphs: readonly SubgraphSource[]) {
    this.#reliable = new Map(subgraphs.map((source) => [source.name, createInProcessClient(source)]));
    this.clients = Object.fromEntries(
      [...this.#reliable].map(([name, client]) => [
        name,
        { ...client, execute: (request, context) => (this.#unreliable?.get(name) ?? client).execute(request, context) },
      ]),
    );
  }

  clientOf = (name: string): SubgraphClient => {
    const client = this.clients[name];
    if (!client) throw new Error(`no client for ${name}`);
    return client;
  };

  /** @param seed says which requests fail from now on; undefined: none */
  loseFrom(seed: number | undefined): void {
    this.#losses = [];
    if (seed === undefined) {
      this.#unreliable = undefined;
      return;
    }
    const { next } = createSeededRandom(seed);
    const onLoss = (request: SubgraphRequest, loss: Loss): void => void this.#losses.push({ request, loss });
    this.#unreliable = new Map([...this.#reliable].map(([name, client]) => [name, unreliableClient(client, next, onLoss)]));
  }

  /** What was lost of an operation since. */
  lost(operation: PreparedOperation): LostRequest[] {
    const { responseNames } = (operation as PlannedOperation).plan.names;
    return this.#losses.map(({ request, loss }) => toLostRequest(request.fetch as FetchNode | BatchNode, loss, responseNames));
  }
}
