import { createHash } from 'node:crypto';
import type { Experimental_DidUpdateSupergraphCallback } from '@apollo/gateway';
import { toMessage } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { CurrentSupergraph } from '../supergraph/current-supergraph.ts';
import { createSupergraph, type Supergraph } from '../supergraph/supergraph.ts';
import type { SchemaListener } from './apollo-origin.ts';

export interface SchemaStateOptions {
  readonly current: CurrentSupergraph;
  /** Sees each supergraph before it is used. */
  readonly watch: (supergraph: Supergraph) => Supergraph;
  readonly logger: Logger;
  readonly didUpdate: Experimental_DidUpdateSupergraphCallback | undefined;
}

/** The supergraph that is served, and who is told of a newer one. */
export interface SchemaState {
  /** @returns a function that ends it */
  onLoadOrUpdate(listener: SchemaListener): () => void;
  /**
   * Takes a supergraph whole, or not at all. The same text again changes nothing.
   * @throws ConfigError SUPERGRAPH_INVALID: the one before stays
   */
  replace(sdl: string): void;
}

type Composition = Parameters<Experimental_DidUpdateSupergraphCallback>[0];

export function createSchemaState({ current, watch, logger, didUpdate }: SchemaStateOptions): SchemaState {
  const listeners = new Set<SchemaListener>();

  const tell = (what: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      logger.error({ err: error }, `${what} threw; the supergraph is used all the same`);
    }
  };
  return {
    onLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replace(sdl) {
      const before = current.current;
      if (sdl === before?.sdl) return;
      let loaded: Supergraph;
      try {
        loaded = watch(createSupergraph(sdl, { from: 'supergraphSdl' }));
      } catch (error) {
        if (before) logger.error(`a new supergraph was refused, the one before is kept: ${toMessage(error)}`);
        throw error;
      }
      current.replace(loaded);
      if (before) logger.info(`a new supergraph is used: ${loaded.id} in place of ${before.id}`);
      for (const listener of listeners)
        tell('a listener to schema changes', () => listener({ apiSchema: loaded.schema, coreSupergraphSdl: loaded.sdl }));
      didUpdate?.(toComposition(loaded), before && toComposition(before));
    },
  };
}

function toComposition({ sdl, schema }: Supergraph): Composition {
  return { compositionId: createHash('sha256').update(sdl).digest('hex'), supergraphSdl: sdl, schema };
}
