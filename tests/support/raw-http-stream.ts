import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { GatewayRequest } from '../../gateway/engine.ts';

/** A streamed response of which the test reads the bytes itself, or does not read them. */
export interface RawHttpStream extends AsyncDisposable {
  readonly response: IncomingMessage;
  readonly request: ClientRequest;
  /** Text up to and with the first occurrence of `end` that was not handed out yet. */
  readUntil(end: string): Promise<string>;
  /** What is left, until the response ends or breaks. */
  readAll(): Promise<string>;
}

/** POSTs an operation and hands back its response as soon as there are headers; nothing of it is read before the test asks. */
export async function openHttpStream(url: string, accept: string, operation: GatewayRequest): Promise<RawHttpStream> {
  const outgoing = request(url, { method: 'POST', headers: { 'content-type': 'application/json', accept }, agent: false });
  outgoing.on('error', () => undefined);
  outgoing.end(JSON.stringify(operation));
  const response = await new Promise<IncomingMessage>((resolve) => outgoing.on('response', resolve));
  response.on('error', () => undefined);
  let text = '';
  const chunks = response.setEncoding('utf8').iterator({ destroyOnReturn: false });
  const pull = async (): Promise<boolean> => {
    const next = (await chunks.next().catch(() => ({ done: true, value: '' }))) as IteratorResult<string, unknown>;
    if (!next.done) text += next.value;
    return !next.done;
  };
  const take = (length: number): string => {
    const taken = text.slice(0, length);
    text = text.slice(length);
    return taken;
  };
  return {
    response,
    request: outgoing,
    async readUntil(end) {
      while (!text.includes(end))
        if (!(await pull())) throw new Error(`expected ${JSON.stringify(end)}, and the stream ended with ${JSON.stringify(text)}`);
      return take(text.indexOf(end) + end.length);
    },
    async readAll() {
      while (await pull());
      return take(text.length);
    },
    async [Symbol.asyncDispose]() {
      outgoing.destroy();
    },
  };
}
