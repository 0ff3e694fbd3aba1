import { connect } from 'node:net';

/** The eight bytes a client opens with: AMQP 0-9-1 specification, section 4.2.2. */
const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);
const METHOD_FRAME = 1;

/** Whether an AMQP 0-9-1 broker answers at the URL's address. Never throws; does not log in. @param timeoutMs default 1,000 */
export function answersAmqp(url: string, timeoutMs = 1_000): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 5672), timeout: timeoutMs });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => socket.write(PROTOCOL_HEADER));
    socket.on('data', (bytes) => finish(bytes[0] === METHOD_FRAME));
    socket.on('timeout', () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
  });
}
