/**
 * Text that arrives in pieces, as lines that end with LF or CRLF. What a line is made of is looked at once, however many pieces it comes in.
 * @param options.maxLength of one line, in UTF-16 units; `onTooLong` is told once, and no line comes after that
 */
export class LineReader {
  readonly #options: { readonly onLine: (line: string) => void; readonly maxLength: number; readonly onTooLong: () => void };
  #pieces: string[] = [];
  #length = 0;

  constructor(options: { onLine: (line: string) => void; maxLength: number; onTooLong: () => void }) {
    this.#options = options;
  }

  /** What came of the line that has not ended yet. */
  get rest(): string {
    if (this.#pieces.length > 1) this.#pieces = [this.#pieces.join('')];
    return this.#pieces[0] ?? '';
  }

  get restLength(): number {
    return this.#length;
  }

  /** What came of the line that has not ended yet was made use of: the line goes on without it. */
  forgetRest(): void {
    this.#pieces = [];
    this.#length = 0;
  }

  push(text: string): void {
    let start = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', start)) {
      this.#pieces.push(text.slice(start, at));
      const line = this.rest;
      this.#pieces = [];
      this.#length = 0;
      start = at + 1;
      this.#options.onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    }
    if (start === text.length) return;
    this.#pieces.push(start === 0 ? text : text.slice(start));
    this.#length += text.length - start;
    if (this.#length > this.#options.maxLength) this.#options.onTooLong();
  }
}
