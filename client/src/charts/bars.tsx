import type { Plot } from './chart.tsx';

export interface Bar {
  readonly key: number;
  /** Shown when the pointer rests on it. */
  readonly title: string;
  /** From the bottom up; the height as a share of the plot. */
  readonly parts: readonly { readonly tone: 'processed' | 'failed' | 'amount'; readonly share: number }[];
}

/** One stacked bar beside the other, over the whole width. */
export function Bars({ plot, bars }: { readonly plot: Plot; readonly bars: readonly Bar[] }) {
  const step = plot.width / bars.length;
  const gap = Math.min(4, step * 0.25);
  return bars.map(({ key, title, parts }, index) => {
    let bottom = plot.height;
    return (
      <g key={key} className="chart-bar">
        <title>{title}</title>
        <rect className="chart-hover" x={index * step} y="0" width={step} height={plot.height} />
        {parts.map(({ tone, share }) => {
          const height = share === 0 ? 0 : Math.max(1.5, share * plot.height);
          bottom -= height;
          return (
            <rect
              key={tone}
              className={`chart-${tone}`}
              x={index * step + gap / 2}
              y={bottom}
              width={step - gap}
              height={height}
              rx="1.5"
            />
          );
        })}
      </g>
    );
  });
}
