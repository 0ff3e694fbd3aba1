/**
 * The clients of one measurement as a process of its own, so that the gateway's memory and time are its own:
 * `node crowd-program.js TRANSPORT COUNT GATEWAY_PORT REVIEWS_URL EVENTS`. Tells its parent `listening` when all are subscribed and have had an
 * event, publishes the events when it hears `go`, and tells the milliseconds that the last client of each had to wait.
 */
import { once } from 'node:events';
import { openListeners } from './fan-out.ts';
import { LISTENER_TRANSPORTS } from './open-listener.ts';
import { publish, untilAllListen } from './until-all-listen.ts';

const EVENT_TIMEOUT_MS = 60_000;

const [name, count, port, reviewsUrl = '', events] = process.argv.slice(2);
const transport = LISTENER_TRANSPORTS.find((each) => each === name);
if (!transport || !process.send) throw new Error('expected a transport, and a parent that listens');
const tell = process.send.bind(process);
process.on('disconnect', () => process.exit(0)); // the one who started it is gone

const listeners = await openListeners(Number(port), Number(count), transport);
const first = await untilAllListen(listeners, (event) => publish(reviewsUrl, event));
const go = once(process, 'message');
tell('listening');
await go;
const waits: number[] = [];
for (let event = first + 1; event <= first + Number(events); event += 1)
  waits.push(await listeners.deliver(event, () => publish(reviewsUrl, event), EVENT_TIMEOUT_MS));
tell(waits);
