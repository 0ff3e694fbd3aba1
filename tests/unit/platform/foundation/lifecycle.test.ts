import { describe, expect, it } from '@jest/globals';
import { createService, ReleaseStack, withDeadline, type Stoppable } from '../../../../platform/foundation/lifecycle.ts';

const inASecond = (): number => Date.now() + 1_000;
const never = new Promise<never>(() => undefined);

describe('a release stack', () => {
  it('closes in reverse, one after the other', async () => {
    const closed: string[] = [];
    const stack = new ReleaseStack();
    stack.use(closing('database', closed));
    stack.defer(async () => void closed.push('lock'));
    stack.use(closing('server', closed));

    await stack.release(inASecond());

    expect(closed).toEqual(['server', 'lock', 'database']);
  });

  it('hands back what it is given, and the deadline to what it closes', async () => {
    const stack = new ReleaseStack();
    let told = 0;
    const resource = { stop: (deadlineAt: number) => void (told = deadlineAt), name: 'x' };

    expect(stack.use(resource)).toBe(resource);
    await stack.release(12_345_678_901_234);

    expect(told).toBe(12_345_678_901_234);
  });

  it('closes everything even when something throws, and tells of all that failed', async () => {
    const closed: string[] = [];
    const stack = new ReleaseStack();
    stack.use(closing('first', closed));
    stack.defer(() => {
      throw new Error('at once');
    });
    stack.defer(() => Promise.reject(new Error('later')));

    await expect(stack.release(inASecond())).rejects.toMatchObject({
      message: 'closing failed: later; at once',
      errors: [{ message: 'later' }, { message: 'at once' }],
    });
    expect(closed).toEqual(['first']);
  });

  it('does not wait beyond the deadline for something that does not close', async () => {
    const closed: string[] = [];
    const stack = new ReleaseStack();
    stack.use(closing('first', closed));
    stack.defer(() => never);

    await expect(stack.release(Date.now())).rejects.toThrow('closing failed: not done by its deadline');
    expect(closed).toEqual(['first']);
  });

  it('closes each thing once', async () => {
    const closed: string[] = [];
    const stack = new ReleaseStack();
    stack.use(closing('it', closed));

    await Promise.all([stack.release(inASecond()), stack.release(inASecond())]);

    expect(closed).toEqual(['it']);
  });
});

describe('a service', () => {
  it('opens nothing before it is started, opens once, and closes once', async () => {
    const events: string[] = [];
    const service = createService('shop', async (stack) => {
      events.push('open');
      stack.use(closing('close', events));
    });
    expect(events).toEqual([]);

    await Promise.all([service.start(), service.start()]);
    await Promise.all([service.stop(), service.stop()]);

    expect(events).toEqual(['open', 'close']);
    expect(service.name).toBe('shop');
  });

  it('closes what it had opened when the rest fails, and tells why it failed', async () => {
    const closed: string[] = [];
    const service = createService('shop', async (stack) => {
      stack.use(closing('first', closed));
      stack.defer(() => Promise.reject(new Error('closing failed too')));
      throw new Error('the second does not open');
    });

    await expect(service.start()).rejects.toThrow('the second does not open');
    expect(closed).toEqual(['first']);
    await service.stop();
    expect(closed).toEqual(['first']);
  });

  it('ends the waits of a start when it is stopped meanwhile', async () => {
    const closed: string[] = [];
    const service = createService('shop', async (stack, signal) => {
      stack.use(closing('first', closed));
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('told to give up'))));
    });
    const starting = service.start();

    await service.stop();

    await expect(starting).rejects.toThrow('told to give up');
    expect(closed).toEqual(['first']);
  });

  it('closes what is open even when a start does not heed its signal', async () => {
    const closed: string[] = [];
    const service = createService('shop', async (stack) => {
      stack.use(closing('first', closed));
      await never;
    });
    void service.start();

    await service.stop({ deadlineMs: 10 });

    expect(closed).toEqual(['first']);
  });

  it('does not open when it was stopped before', async () => {
    let opened = false;
    const service = createService('shop', async () => void (opened = true));
    await service.stop();

    await expect(service.start()).rejects.toThrow('shop was stopped before it was started');
    expect(opened).toBe(false);
  });

  it('gives everything it closes the same deadline', async () => {
    const deadlines: number[] = [];
    const service = createService('shop', async (stack) => {
      stack.defer((deadlineAt) => void deadlines.push(deadlineAt));
      stack.defer((deadlineAt) => void deadlines.push(deadlineAt));
    });
    await service.start();
    const startedAt = Date.now();

    await service.stop({ deadlineMs: 3_000 });

    expect(new Set(deadlines).size).toBe(1);
    expect(deadlines[0]).toBeGreaterThanOrEqual(startedAt + 3_000);
    expect(deadlines[0]).toBeLessThan(startedAt + 3_500);
  });
});

describe('a deadline', () => {
  it('gives what the work gives, or its error', async () => {
    expect(await withDeadline(Promise.resolve(1), inASecond())).toBe(1);
    expect(await withDeadline(2, 0)).toBe(2);
    await expect(withDeadline(Promise.reject(new Error('broken')), inASecond())).rejects.toThrow('broken');
  });

  it('gives up on work that takes longer', async () => {
    await expect(withDeadline(never, Date.now() - 1_000)).rejects.toThrow('not done by its deadline');
  });
});

function closing(name: string, closed: string[]): Stoppable {
  return {
    async stop() {
      await Promise.resolve();
      closed.push(name);
    },
  };
}
