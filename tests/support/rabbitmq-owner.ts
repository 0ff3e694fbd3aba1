/** A process that owns a private RabbitMQ, to be killed: prints `{"pid", "url"}` as one line of JSON and waits. */
import { startPrivateRabbitmq } from './rabbitmq.ts';

const broker = await startPrivateRabbitmq();
process.stdout.write(`${JSON.stringify({ pid: broker.pid, url: broker.url })}\n`);
setInterval(() => undefined, 1_000);
