/** An axis from 0 to `top`. Values stay whole numbers until they become a share of the height. */
export interface Scale {
  readonly top: bigint;
  /** 0, the middle and the top. */
  readonly ticks: readonly bigint[];
  /** 0 at the bottom, 1 at the top. */
  share(value: bigint): number;
}

/** The smallest top of 2, 4 or 10 times a power of ten that holds `max`, so that the middle is a round number too. */
export function toScale(max: bigint): Scale {
  let top = 2n;
  for (let power = 1n; ; power *= 10n) {
    const fits = [2n, 4n, 10n].find((factor) => factor * power >= max);
    if (fits === undefined) continue;
    top = fits * power;
    break;
  }
  return { top, ticks: [0n, top / 2n, top], share: (value) => Number((value * 100_000n) / top) / 100_000 };
}
