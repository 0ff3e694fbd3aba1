import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { peersFolder } from './project-folder.ts';

/** Installs the packages of the gateways that are measured beside ours, from their own lock files. @returns whether that worked */
export async function installPeers(say: (line: string) => void): Promise<boolean> {
  for (const folder of [peersFolder, join(peersFolder, 'mercurius')]) {
    say(`installing the gateways to compare with: npm ci --prefix ${folder} (once; needs the network)`);
    const npm = spawn('npm', ['ci', '--prefix', folder, '--ignore-scripts', '--loglevel=error'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await Promise.race([once(npm, 'exit'), once(npm, 'error')])) as [unknown];
    if (code !== 0) return false;
  }
  return true;
}
