import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** `getconf CLK_TCK` is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** Whether this system tells the figures of a process. */
export const hasProcessFigures = existsSync('/proc/self/stat');

/** Milliseconds of processor time, user and system, that the process, its threads and its children have taken, also those that have ended. */
export function cpuMs(pid: number): number {
  return sum(pid, (each) => {
    const stat = readFileSync(`/proc/${each}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may have spaces
    return fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0) * TICK_MS; // its own, and that of children it has waited for
  });
}

/** Memory of the process and its children that is in RAM, in bytes. */
export function residentBytes(pid: number): number {
  return sum(pid, (each) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1] ?? 0) * 1024);
}

/** The TCP port on which the process listens; undefined while there is none. */
export function listeningPort(pid: number): number | undefined {
  const inodes = new Set<string>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
    for (const table of ['tcp', 'tcp6']) {
      for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        if (state === LISTEN && inodes.has(inode)) return Number.parseInt(local.split(':')[1] ?? '', 16);
      }
    }
  } catch {
    return undefined; // it ended
  }
  return undefined;
}

const LISTEN = '0A';

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed since it was listed
  }
}

function sum(pid: number, figure: (pid: number) => number): number {
  let total = figure(pid);
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
    for (const child of children === '' ? [] : children.split(' ')) {
      try {
        total += sum(Number(child), figure);
      } catch {
        // it ended since it was listed
      }
    }
  }
  return total;
}
