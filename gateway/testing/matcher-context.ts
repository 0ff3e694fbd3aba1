/** The part of jest's matcher context that the kit's matchers use. Said here because the kit does not load jest: it is handed to it. */
export interface MatcherContext {
  readonly isNot?: boolean;
  readonly customTesters: readonly unknown[];
  equals(a: unknown, b: unknown, testers?: unknown[]): boolean;
  readonly utils: {
    matcherHint(name: string, received?: string, expected?: string, options?: { isNot?: boolean }): string;
    printExpected(value: unknown): string;
    printReceived(value: unknown): string;
    diff(expected: unknown, received: unknown): string | null;
    readonly subsetEquality: unknown;
  };
}

export interface MatcherOutcome {
  readonly pass: boolean;
  message(): string;
}
