/** Tells a person what is being done: one line that is rewritten on a terminal, plain lines with the time passed elsewhere. */
export interface Progress {
  step(text: string): void;
  /** Leaves the terminal's line clean for what comes next. */
  done(): void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const startedAt = Date.now();
  const elapsed = (): string => `${((Date.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`;
  if (!stream.isTTY) {
    return { step: (text) => void stream.write(`${elapsed()}  ${text}\n`), done: () => undefined };
  }
  const clear = '\r\u001b[2K';
  let current = '';
  const draw = (): void => void stream.write(`${clear}${elapsed()}  ${current} …`);
  let timer: NodeJS.Timeout | undefined;
  return {
    step: (text) => {
      current = text;
      draw();
      timer ??= setInterval(draw, 100).unref();
    },
    done: () => {
      clearInterval(timer);
      stream.write(clear);
    },
  };
}
