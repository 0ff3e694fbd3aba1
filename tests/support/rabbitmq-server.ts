/** A private RabbitMQ that tests may kill. It has the virtual hosts that it was made with. */
export interface RabbitmqServer {
  /** Which one it is, for a person. */
  readonly description: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  urlOf(vhost: string): string;
  /** Starts it with its old data on its old port, and resolves when it is complete. */
  start(): Promise<void>;
  /** Sends the signal and waits for the end. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Runs rabbitmqctl with these arguments. @returns what it printed */
  control(...args: string[]): Promise<string>;
  /** Deletes all its data; kills it first when it runs. */
  wipe(): Promise<void>;
  /** Kills it and removes everything. */
  stop(): Promise<void>;
}

/** Virtual hosts for tests, besides `/`. */
export const VHOSTS = 60;

/** All virtual hosts of a server. */
export const VHOST_NAMES: readonly string[] = ['/', ...Array.from({ length: VHOSTS }, (_, index) => `test-${index + 1}`)];
