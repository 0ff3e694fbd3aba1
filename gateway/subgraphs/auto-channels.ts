import { ChannelError, type ChannelLoss, type ChannelSource, type SubscriptionChannel } from './subscription-channel.ts';

/**
 * Finds out which of several protocols the subgraph speaks, and remembers it: a later operation tries that one first. The others are
 * tried again when it is not understood any more, as after a new release of the subgraph.
 * @param sources in the order in which they are tried
 */
export function createAutoChannels(sources: readonly ChannelSource[]): ChannelSource {
  let found: ChannelSource | undefined;
  return {
    enter(context) {
      const entered = new Map<ChannelSource, ReturnType<ChannelSource['enter']>>();
      const channelOf = (source: ChannelSource): SubscriptionChannel => {
        const known = entered.get(source) ?? source.enter(context);
        entered.set(source, known);
        return known.channel;
      };
      const channel: SubscriptionChannel = {
        async open(request, listener, signal) {
          const losses: ChannelLoss[] = [];
          for (const source of inOrder(sources, found)) {
            try {
              await channelOf(source).open(request, listener, signal);
              if (!signal.aborted) found = source;
              return;
            } catch (error) {
              if (!(error instanceof ChannelError) || !error.loss.unsupported) throw error;
              losses.push(error.loss);
              if (signal.aborted) return;
            }
          }
          throw new ChannelError(summary(losses));
        },
      };
      return { channel, onEnd: () => entered.forEach(({ onEnd }) => onEnd()) };
    },
    async stop(deadlineAt) {
      await Promise.all(sources.map(async (source) => source.stop(deadlineAt)));
    },
  };
}

function inOrder(sources: readonly ChannelSource[], found: ChannelSource | undefined): readonly ChannelSource[] {
  return found ? [found, ...sources.filter((source) => source !== found)] : sources;
}

/** GraphQL errors are about the operation rather than about the protocol. */
function summary(losses: readonly ChannelLoss[]): ChannelLoss {
  const refused = losses.find(({ refusal }) => refusal);
  return refused ?? { fatal: losses.every(({ fatal }) => fatal), message: losses.map(({ message }) => message).join('; ') };
}
