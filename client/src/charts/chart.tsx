import { useId, type ReactNode } from 'react';
import { formatMoment } from '../design/format-moment.ts';
import type { Scale } from './scale.ts';
import { useWidth } from './use-width.ts';

/** The part of a drawing that values are in, in pixels. */
export interface Plot {
  readonly width: number;
  readonly height: number;
}

export interface ChartProps {
  /** Read out instead of the drawing: what it shows and its most important numbers. */
  readonly summary: string;
  readonly scale: Scale;
  readonly formatTick: (value: bigint) => string;
  /** The moments at both ends, milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly children: (plot: Plot) => ReactNode;
}

const HEIGHT = 180;
const ABOVE = 18;
const BELOW = 22;
/** Narrower than this, there is room for three moments only. */
const WIDE = 480;

/** Axes and grid for values over time; `children` draws into the plot, whose origin is its upper left corner. */
export function Chart({ summary, scale, formatTick, from, to, children }: ChartProps) {
  const [box, width] = useWidth<HTMLDivElement>();
  const id = useId();
  const plot: Plot = { width, height: HEIGHT - ABOVE - BELOW };
  const labels = width < WIDE ? 3 : 4;
  return (
    <div ref={box} className="chart">
      <svg width={width} height={HEIGHT} role="img" aria-labelledby={id}>
        <title id={id}>{summary}</title>
        <g transform={`translate(0 ${ABOVE})`} aria-hidden="true">
          {scale.ticks.map((tick) => {
            const y = plot.height * (1 - scale.share(tick));
            return (
              <g key={String(tick)}>
                <line className="chart-grid" x1="0" x2={plot.width} y1={y} y2={y} />
                {tick > 0n && (
                  <text className="chart-label" x="0" y={y - 5}>
                    {formatTick(tick)}
                  </text>
                )}
              </g>
            );
          })}
          {children(plot)}
          {Array.from({ length: labels }, (_, index) => {
            const share = index / (labels - 1);
            const anchor = index === 0 ? 'start' : index === labels - 1 ? 'end' : 'middle';
            return (
              <text key={index} className="chart-label" x={plot.width * share} y={plot.height + 16} textAnchor={anchor}>
                {clock(from + (to - from) * share)}
              </text>
            );
          })}
        </g>
      </svg>
    </div>
  );
}

function clock(at: number): string {
  return formatMoment(new Date(at).toISOString(), 'minute');
}
