import { CombinedGraphQLErrors, ServerError, ServerParseError } from '@apollo/client/errors';

/** What a person is told when something was refused or went wrong. */
export interface Explanation {
  /** The code of the graph, or NETWORK when no answer came at all. */
  readonly code: string;
  readonly title: string;
  /** What it means and what to do. */
  readonly text: string;
  /** `nothing` was done for certain, or it is `unknown` whether it was: sending again needs the same key. */
  readonly done: 'nothing' | 'unknown';
  /** The input it is about, without `input.`: `amount`. */
  readonly field?: string | undefined;
  /** To be told to those who run the system, who find the cause under it. */
  readonly requestId?: string | undefined;
}

type Words = Omit<Explanation, 'code' | 'field' | 'requestId'>;

const WORDS: Readonly<Record<string, Words>> = {
  USER_NOT_FOUND: { title: 'This account does not exist', text: 'Go back to the accounts and open it from there.', done: 'nothing' },
  INSUFFICIENT_FUNDS: {
    title: 'Not enough money on the account',
    text: 'Nothing was taken. Deposit first, or pay less.',
    done: 'nothing',
  },
  CURRENCY_MISMATCH: {
    title: 'The account is in another currency',
    text: 'An account pays in its own currency only. Nothing was taken.',
    done: 'nothing',
  },
  IDEMPOTENCY_CONFLICT: {
    title: 'This form was already sent with other contents',
    text: 'What was sent first counts, and this time nothing was done. Look whether it is in the list; if you want this one too, start anew.',
    done: 'nothing',
  },
  UNAUTHENTICATED: { title: 'You are not signed in', text: 'Sign in and send it again. Nothing was done.', done: 'nothing' },
  FORBIDDEN: { title: 'You may not do this', text: 'Ask somebody who may, or use another account. Nothing was done.', done: 'nothing' },
  SUBGRAPH_UNAVAILABLE: {
    title: 'A part of the system cannot be reached',
    text: 'It is usually back within a minute. Sending again is safe.',
    done: 'unknown',
  },
  SUBGRAPH_TIMEOUT: {
    title: 'The answer took too long',
    text: 'It may have been done all the same. Sending again is safe.',
    done: 'unknown',
  },
  DATABASE_UNAVAILABLE: {
    title: 'The system has lost its database for a moment',
    text: 'Whether it was done is not known. Sending again is safe.',
    done: 'unknown',
  },
  BROKER_UNAVAILABLE: {
    title: 'The message broker does not answer',
    text: 'Payments go on being accepted and wait; what needs the broker itself has to wait too.',
    done: 'unknown',
  },
  GRAPHQL_VALIDATION_FAILED: {
    title: 'This page and the server do not fit together',
    text: 'One of them was updated. Reload the page. Nothing was done.',
    done: 'nothing',
  },
  GRAPHQL_PARSE_FAILED: {
    title: 'This page and the server do not fit together',
    text: 'One of them was updated. Reload the page. Nothing was done.',
    done: 'nothing',
  },
  NETWORK: {
    title: 'No answer from the server',
    text: 'The connection was lost, or the server is starting again. Sending again is safe.',
    done: 'unknown',
  },
};

/**
 * Says what an error means, in words a person understands. Every code of the contract has its own; any other is explained as something unexpected.
 * @param error whatever Apollo Client threw
 */
export function explainError(error: unknown): Explanation {
  if (CombinedGraphQLErrors.is(error)) {
    const [first] = error.errors;
    if (first) return explainGraphQLError(first.message, first.extensions ?? {});
  }
  if (ServerError.is(error) || ServerParseError.is(error)) {
    return {
      code: `HTTP_${error.statusCode}`,
      title: 'The server answered something unexpected',
      text: `Its status was ${error.statusCode}. Try again in a moment; sending again is safe.`,
      done: 'unknown',
    };
  }
  return explain('NETWORK');
}

function explainGraphQLError(message: string, extensions: Readonly<Record<string, unknown>>): Explanation {
  const code = typeof extensions['code'] === 'string' ? extensions['code'] : 'INTERNAL_SERVER_ERROR';
  if (code === 'BAD_USER_INPUT') return explainBadInput(message, extensions['field']);
  if (code in WORDS) return explain(code);
  const requestId = typeof extensions['requestId'] === 'string' ? extensions['requestId'] : undefined;
  return {
    code,
    title: 'Something went wrong on the server',
    text: requestId
      ? 'It was written down there. When you report it, give this number:'
      : `Try again in a moment. The server's code for it is ${code}.`,
    done: 'unknown',
    requestId,
  };
}

/** The server's own sentence, `input.amount must be above zero`, with the name that the form has for the field. */
function explainBadInput(message: string, field: unknown): Explanation {
  const path = typeof field === 'string' ? field : '';
  const name = path.replace(/^input\./, '');
  const problem = path && message.startsWith(path) ? `${toWords(name)}${message.slice(path.length)}` : message;
  return {
    code: 'BAD_USER_INPUT',
    title: 'Something in the form is not right',
    text: `${problem.replace(/[.]$/, '')}. Nothing was done.`,
    done: 'nothing',
    field: name || undefined,
  };
}

function explain(code: string): Explanation {
  const words = WORDS[code] ?? { title: 'Something went wrong', text: 'Try again in a moment.', done: 'unknown' };
  return { code, ...words };
}

/** `openingBalance` → `Opening balance` */
function toWords(name: string): string {
  const spaced = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
