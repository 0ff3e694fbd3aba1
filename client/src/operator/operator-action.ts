import type { OperatorDeadLettersQuery } from '../gql/graphql.ts';

/** A message that was set aside. */
export type DeadLetter = OperatorDeadLettersQuery['deadLetters']['nodes'][number];

/** What an operator can do here; each is asked about first. */
export type OperatorAction =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume'; readonly waiting: number }
  | { readonly kind: 'redrive-one'; readonly letter: DeadLetter }
  | { readonly kind: 'redrive-all'; readonly count: number };

export interface ActionWords {
  readonly question: string;
  readonly consequence: string;
  readonly verb: string;
  /** Said when it is done. */
  readonly done: string;
}

export function toWords(action: OperatorAction): ActionWords {
  switch (action.kind) {
    case 'pause':
      return {
        question: 'Pause processing?',
        consequence:
          'Payments go on being accepted and wait in the queue until somebody resumes. It holds on all replicas, also across restarts.',
        verb: 'Pause',
        done: 'Processing is paused.',
      };
    case 'resume':
      return {
        question: 'Resume processing?',
        consequence: action.waiting > 0 ? `${countMessages(action.waiting)} will be processed now.` : 'Nothing is waiting at the moment.',
        verb: 'Resume',
        done: 'Processing is running.',
      };
    case 'redrive-one':
      return {
        question: 'Re-drive this message?',
        consequence: `It goes back to ${action.letter.queue} and is processed as if it were new. If the cause is not mended, it is set aside again.`,
        verb: 'Re-drive',
        done: 'The message was sent back.',
      };
    case 'redrive-all': {
      const { count } = action;
      return {
        question: `Re-drive ${countMessages(count)}?`,
        consequence:
          'They go back to their queues, oldest first, and are processed as if they were new. What fails again is set aside again.',
        verb: `Re-drive ${count === 1 ? 'it' : 'all'}`,
        done: `${countMessages(count)} sent back.`,
      };
    }
  }
}

/** `1 message`, `2,000 messages`, as the browser writes numbers. */
export function countMessages(count: number): string {
  return `${new Intl.NumberFormat().format(count)} ${count === 1 ? 'message' : 'messages'}`;
}
