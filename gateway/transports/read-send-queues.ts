import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';

/** Linux tells of its own accord; the process's own network namespace. https://docs.kernel.org/networking/proc_net_tcp.html */
const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];
const NAME_LENGTHS = { 4: '0100007F:1F90'.length, 6: `${'0'.repeat(32)}:1F90`.length } as const;
const STATE_LENGTH = ' 01 '.length;
const QUEUE_LENGTH = 8;

/**
 * What the system holds to be sent on each TCP connection: bytes that the other side has not acknowledged. A process cannot ask its own
 * sockets for that in Node, and what was handed to the system looks sent.
 * @returns by `sendQueueName`; empty where the system has no such tables
 */
export async function readSendQueues(tables: readonly string[] = TABLES): Promise<Map<string, number>> {
  const queues = new Map<string, number>();
  const texts = await Promise.all(tables.map((table) => readFile(table, 'latin1').catch(() => '')));
  for (const text of texts) {
    for (let at = text.indexOf('\n') + 1; at > 0 && at < text.length; at = text.indexOf('\n', at) + 1 || text.length) {
      const from = text.indexOf(': ', at) + 2;
      const length = NAME_LENGTHS[text[from + 8] === ':' ? 4 : 6] * 2 + 1;
      const queueAt = from + length + STATE_LENGTH;
      const bytes = parseInt(text.slice(queueAt, queueAt + QUEUE_LENGTH), 16);
      if (bytes > 0) queues.set(text.slice(from, from + length), bytes);
    }
  }
  return queues;
}

/** The name of a connection in those tables: both addresses, as the system writes them. @returns undefined when it is not one of TCP, or closed */
export function sendQueueName({ localAddress, localPort, remoteAddress, remotePort }: Socket): string | undefined {
  if (localAddress === undefined || localPort === undefined || remoteAddress === undefined || remotePort === undefined) return undefined;
  return `${toHex(localAddress)}:${portToHex(localPort)} ${toHex(remoteAddress)}:${portToHex(remotePort)}`;
}

function portToHex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** Words of four bytes, each as a number of this machine. */
function toHex(address: string): string {
  const bytes = address.includes(':') ? bytesOfIpv6(address) : bytesOfIpv4(address);
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.slice(index * 4, index * 4 + 4));
  if (endianness() === 'LE') for (const word of words) word.reverse();
  return words
    .flat()
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}

function bytesOfIpv4(address: string): number[] {
  return address.split('.').map(Number);
}

function bytesOfIpv6(address: string): number[] {
  const [withoutZone = ''] = address.split('%', 1);
  const [before = '', after] = withoutZone.split('::');
  const [head, tail] = [bytesOfGroups(before), bytesOfGroups(after ?? '')];
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

function bytesOfGroups(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return bytesOfIpv4(group); // ::ffff:127.0.0.1
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
