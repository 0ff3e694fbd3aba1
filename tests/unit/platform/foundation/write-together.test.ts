import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Writable, type WritableOptions } from 'node:stream';
import { setImmediate as turnEnds } from 'node:timers/promises';
import { alwaysWriteTogether, writeTogether } from '../../../../platform/foundation/write-together.ts';

function openStream(options: WritableOptions = {}) {
  const writes: string[][] = [];
  const stream = new Writable({
    ...options,
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  const write = (text: string): void => {
    writeTogether(stream);
    stream.write(text);
  };
  return { stream, write, writes };
}

it('what is written to a stream in one turn of the event loop leaves together, and what comes later is not held', async () => {
  const [one, two] = [openStream(), openStream()];

  one.write('a');
  two.write('b');
  await Promise.resolve();
  one.write('c');
  expect(one.writes).toEqual([]);
  await turnEnds();
  expect([one.writes, two.writes]).toEqual([[['a', 'c']], [['b']]]);

  one.write('d');
  await turnEnds();
  expect(one.writes).toEqual([['a', 'c'], ['d']]);
});

it('a stream that ends or is destroyed in the same turn is no trouble', async () => {
  const [ended, destroyed] = [openStream(), openStream()];

  ended.write('a');
  ended.stream.end('b');
  destroyed.write('c');
  destroyed.stream.destroy();
  await turnEnds();

  expect(ended.writes.flat()).toEqual(['a', 'b']);
  expect(destroyed.writes).toEqual([]);
});

it('a stream can be made one whose writes always leave together, and says as before when it is full', async () => {
  const { stream, writes } = openStream({ highWaterMark: 3 });
  alwaysWriteTogether(stream);
  let written = 0;

  expect(stream.write('a', () => (written += 1))).toBe(true);
  expect(stream.write('62', 'hex', () => (written += 1))).toBe(true);
  expect(stream.write('c')).toBe(false);
  expect(writes).toEqual([]);
  await once(stream, 'drain');

  expect(writes).toEqual([['a', 'b', 'c']]);
  expect(written).toBe(2);
});
