import type { CaughtUp, ConnectionState, Interruption } from './connection-state.ts';

/** The connection in words for a person. `tone`: good, something is under way, or it needs somebody. */
export interface ConnectionWords {
  readonly tone: 'good' | 'busy' | 'bad';
  readonly title: string;
  readonly detail: string;
}

const AFTER: Readonly<Record<Interruption, string>> = {
  lost: 'The connection was lost',
  silent: 'The connection had gone silent',
  slept: 'This computer slept',
  network: 'The connection was made anew',
  reload: 'This page was reloaded',
};

/** @param time formats milliseconds since 1970 */
export function toConnectionWords(state: ConnectionState, time: (at: number) => string): ConnectionWords {
  switch (state.phase) {
    case 'connecting':
      return {
        tone: 'busy',
        title: 'Connecting',
        detail: state.problem ? `Not possible so far: ${state.problem}. Trying again by itself.` : 'Asking where the newest event is.',
      };
    case 'resuming':
      return {
        tone: 'busy',
        title: `Reconnecting since ${time(state.since)}`,
        detail: `Nothing is lost: it goes on from the last event shown.${state.problem ? ` Last try: ${state.problem}.` : ''}`,
      };
    case 'live':
      return {
        tone: 'good',
        title: 'Live',
        detail: state.caughtUp ? toCaughtUp(state.caughtUp, time) : 'Each payment appears as soon as it is processed.',
      };
    case 'refused':
      return { tone: 'bad', title: 'Stopped', detail: `${state.message} (${state.code}). Choose “Go on from now” above.` };
  }
}

function toCaughtUp({ missed, since, at, why }: CaughtUp, time: (at: number) => string): string {
  const events = missed === 1 ? '1 event that you missed' : `${missed.toLocaleString()} events that you missed`;
  const result = missed === 0 ? 'nothing was missed' : `caught up: ${events}`;
  return `${AFTER[why]} at ${time(since)}; resumed at ${time(at)}, ${result}.`;
}
