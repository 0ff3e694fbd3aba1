import { toMessage } from '../foundation/errors.ts';

/** `host:port/vhost`, without user and password. */
export function toAddress(url: string): string {
  const { hostname, port, pathname, protocol } = new URL(url);
  const vhost = pathname.length > 1 ? decodeURIComponent(pathname) : '';
  return `${hostname}:${port || (protocol === 'amqps:' ? '5671' : '5672')}${vhost}`;
}

/** The AMQP reply code of an error, such as 404 or 541; undefined for failures of the network. */
export function toReplyCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

/** Why a connection failed, in a phrase; amqplib tells some of it only in its messages. @returns `needsPerson`: trying again does not help */
export function explainAmqpError(error: unknown): { reason: string; needsPerson: boolean } {
  const message = toMessage(error) || String((error as { code?: unknown }).code);
  if (message.includes('ACCESS-REFUSED')) return { reason: 'it refuses the user name or the password (ACCESS_REFUSED)', needsPerson: true };
  if (message.startsWith('Expected ConnectionOpenOk'))
    return { reason: 'it has no such virtual host, or gives this user no right to it', needsPerson: true };
  if (message.includes('exceeds maxFrameSize') || message.startsWith('Expected ConnectionStart'))
    return { reason: 'what answers there is not an AMQP 0-9-1 broker', needsPerson: true };
  return { reason: message.replace(/^connect /, ''), needsPerson: false };
}
