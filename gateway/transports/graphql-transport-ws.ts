import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType, validateMessage, type SubscribeMessage } from 'graphql-ws';
import { AppError } from '../../platform/foundation/errors.ts';
import { toPlainNumbers } from '../numerals/hidden-numerals.ts';
import { requireQuery, toIncomingRequest } from './graphql-request.ts';
import { parseClientJson } from './parse-client-json.ts';
import type { SocketProtocol } from './socket-protocol.ts';

/** https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, the server's side. */
export const graphqlTransportWs: SocketProtocol = {
  name: GRAPHQL_TRANSPORT_WS_PROTOCOL,
  open({ peer, openOperations, contextOf }) {
    let initialised = false;
    let parameters: Readonly<Record<string, unknown>> = {};
    const operations = openOperations({
      next: (id, result) => peer.sendResult(id, MessageType.Next, result),
      error: (id, payload) => peer.send({ id, type: MessageType.Error, payload }),
      complete: (id) => peer.send({ id, type: MessageType.Complete }),
    });

    const subscribe = async ({ id, payload }: SubscribeMessage): Promise<void> => {
      if (!initialised) return peer.close(CloseCode.Unauthorized, 'Unauthorized');
      if (operations.has(id)) return peer.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id.slice(0, 60)} already exists`);
      try {
        await operations.start(id, requireQuery(toIncomingRequest(payload)), contextOf(parameters));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        await peer.send({ id, type: MessageType.Error, payload: [{ message: error.message, extensions: { code: error.code } }] });
      }
    };

    return {
      get initialised() {
        return initialised;
      },
      onMessage(text) {
        const message = parse(text);
        switch (message?.type) {
          case MessageType.ConnectionInit:
            if (initialised) return peer.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
            initialised = true;
            parameters = message.payload ?? {};
            return void peer.send({ type: MessageType.ConnectionAck });
          case MessageType.Ping:
            return peer.sendIfRoom({ type: MessageType.Pong, ...(message.payload ? { payload: message.payload } : {}) });
          case MessageType.Pong:
            return;
          case MessageType.Subscribe:
            return void subscribe(message).catch(() => peer.close(CloseCode.InternalServerError, 'Internal server error'));
          case MessageType.Complete:
            return void operations.stop(message.id);
          default:
            return peer.close(CloseCode.BadRequest, 'Invalid message received');
        }
      },
      onClosed: () => operations.stopAll(),
    };
  },
};

function parse(text: string | undefined): ReturnType<typeof validateMessage> | undefined {
  try {
    if (text === undefined) return undefined;
    const exact = parseClientJson(text);
    const message = validateMessage(toPlainNumbers(exact));
    return message.type === MessageType.Subscribe ? { ...message, payload: (exact as SubscribeMessage).payload } : message;
  } catch {
    return undefined; // the caller closes the socket
  }
}
