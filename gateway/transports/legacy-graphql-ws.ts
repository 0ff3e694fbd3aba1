import { CloseCode, DEPRECATED_GRAPHQL_WS_PROTOCOL } from 'graphql-ws';
import { AppError } from '../../platform/foundation/errors.ts';
import { toPlainNumbers } from '../numerals/hidden-numerals.ts';
import { parseJson, requireQuery, toIncomingRequest } from './graphql-request.ts';
import { parseClientJson } from './parse-client-json.ts';
import type { SocketProtocol } from './socket-protocol.ts';

interface LegacyMessage {
  readonly type?: unknown;
  readonly id?: unknown;
  readonly payload?: unknown;
}

/**
 * The older protocol of subscriptions-transport-ws, which Apollo Kotlin and Apollo iOS still speak. It has no close codes of its own, so
 * broken rules close the socket with those of its successor.
 * https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md
 */
export const legacyGraphqlWs: SocketProtocol = {
  name: DEPRECATED_GRAPHQL_WS_PROTOCOL,
  open({ peer, openOperations, contextOf }) {
    let initialised = false;
    let parameters: Readonly<Record<string, unknown>> = {};
    const operations = openOperations({
      next: (id, result) => peer.sendResult(id, 'data', result),
      // Old clients read `errors` or, failing that, the error itself.
      error: (id, errors) => peer.send({ id, type: 'error', payload: { ...errors[0], errors } }),
      complete: (id) => peer.send({ id, type: 'complete' }),
    });

    const start = async (id: string, payload: unknown): Promise<void> => {
      operations.stop(id); // the protocol says that a second start with the same id replaces the first
      try {
        await operations.start(id, requireQuery(toIncomingRequest(payload)), contextOf(parameters));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const refusal = { message: error.message, extensions: { code: error.code } };
        await peer.send({ id, type: 'error', payload: { ...refusal, errors: [refusal] } });
      }
    };
    const reject = (code: CloseCode, message: string): void => {
      void peer.send({ type: 'connection_error', payload: { message } });
      peer.close(code, message);
    };

    return {
      get initialised() {
        return initialised;
      },
      onMessage(text) {
        const message = parse(text);
        switch (message.type) {
          case 'connection_init':
            if (initialised) return reject(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
            initialised = true;
            parameters = isRecord(message.payload) ? message.payload : {};
            void peer.send({ type: 'connection_ack' });
            return void peer.send({ type: 'ka' });
          case 'start':
            if (!initialised) return reject(CloseCode.Unauthorized, 'Unauthorized');
            if (typeof message.id !== 'string') return reject(CloseCode.BadRequest, 'Invalid message received');
            return void start(message.id, message.payload).catch(() => peer.close(CloseCode.InternalServerError, 'Internal server error'));
          case 'stop':
            if (typeof message.id === 'string' && operations.stop(message.id)) void peer.send({ id: message.id, type: 'complete' });
            return;
          case 'connection_terminate':
            return peer.close(1000, 'Normal closure');
          default:
            return reject(CloseCode.BadRequest, 'Invalid message received');
        }
      },
      onKeepAlive: () => initialised && peer.sendIfRoom({ type: 'ka' }),
      onClosed: () => operations.stopAll(),
    };
  },
};

function parse(text: string | undefined): LegacyMessage {
  try {
    const exact = text === undefined ? undefined : parseJson(text, 'a message', parseClientJson);
    const message: LegacyMessage | undefined = toPlainNumbers(isRecord(exact) ? exact : undefined);
    return message?.type === 'start' ? { ...message, payload: (exact as LegacyMessage).payload } : (message ?? {});
  } catch {
    return {}; // a message without a type: the caller closes the socket
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
