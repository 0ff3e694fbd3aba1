import { formatMoment, type MomentStyle } from './format-moment.ts';

export interface MomentProps {
  /** RFC 3339, as the graph writes it. */
  readonly at: string;
  /** Default `short`. */
  readonly style?: MomentStyle;
}

/** A moment in the browser's date format and time zone. */
export function Moment({ at, style = 'short' }: MomentProps) {
  return (
    <time className="number" dateTime={at} title={formatMoment(at, 'full')}>
      {formatMoment(at, style)}
    </time>
  );
}
