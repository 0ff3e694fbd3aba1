/**
 * Like `setInterval`, but what has arrived by then is read first. For judging who is silent: a process that was stopped, or busy for longer than the interval, has
 * the answers lying in its sockets when the timer comes due, and timers come before sockets.
 * @returns what ends it
 */
export function everyAfterInput(ms: number, work: () => void): () => void {
  let due: NodeJS.Immediate | undefined;
  const timer = setInterval(() => (due = setImmediate(work)), ms);
  return () => {
    clearInterval(timer);
    clearImmediate(due);
  };
}
