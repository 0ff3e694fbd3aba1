/** Told what a stream over HTTP says. */
export interface StreamSink {
  /** One execution result, as JSON. */
  event(payload: unknown): void;
  heartbeat(): void;
  /** No more comes. `errors`: because the operation failed. */
  completed(errors?: unknown): void;
  /** What came is no part of the protocol, or too large. @param expectation for the message: `a JSON object, got …` */
  malformed(expectation: string, cause?: unknown): void;
}

/** Reads the text of one stream, piece by piece. */
export interface StreamReader {
  push(text: string): void;
}
