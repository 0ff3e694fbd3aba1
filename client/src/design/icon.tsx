/** 24 by 24, drawn with strokes in the colour of the text. */
const PATHS = {
  accounts:
    'M4 7.5A2.5 2.5 0 0 1 6.5 5H17a2 2 0 0 1 2 2v1.5M4 7.5V17a2.5 2.5 0 0 0 2.5 2.5h12A1.5 1.5 0 0 0 20 18v-8a1.5 1.5 0 0 0-1.5-1.5h-13M16 14h.01',
  feed: 'M3 12h4l2.5-7 5 14L17 12h4',
  charts: 'M4 20h16M7 16v-5M12 16V5M17 16V9',
  operator: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  settings:
    'M12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM19.3 14.5l1.4 1.1-1.9 3.3-1.7-.7a7.4 7.4 0 0 1-2 1.2l-.3 1.8h-3.8l-.3-1.8a7.4 7.4 0 0 1-2-1.2l-1.7.7-1.9-3.3 1.4-1.1a7.4 7.4 0 0 1 0-2.4l-1.4-1.1L7 7.7l1.7.7a7.4 7.4 0 0 1 2-1.2l.3-1.8h3.8l.3 1.8a7.4 7.4 0 0 1 2 1.2l1.7-.7 1.9 3.3-1.4 1.1a7.4 7.4 0 0 1 0 2.4Z',
  check: 'M20 6 9 17l-5-5',
  cross: 'M12 8v5M12 16.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  failed: 'M6 6l12 12M18 6 6 18',
  clock: 'M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  info: 'M12 11v5.5M12 7.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  warning: 'M12 9.5v4M12 17h.01M10.3 4.3 2.8 17.5A2 2 0 0 0 4.5 20.5h15a2 2 0 0 0 1.7-3L13.7 4.3a2 2 0 0 0-3.4 0Z',
  plus: 'M12 5v14M5 12h14',
  back: 'M15 5l-7 7 7 7',
  forward: 'M9 5l7 7-7 7',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15l12-7.5-12-7.5Z',
  retry: 'M4 12a8 8 0 0 1 13.7-5.6L20 8.5M20 4v4.5h-4.5M20 12a8 8 0 0 1-13.7 5.6L4 15.5M4 20v-4.5h4.5',
  inbox:
    'M4 13.5 6.5 6a1.5 1.5 0 0 1 1.4-1h8.2a1.5 1.5 0 0 1 1.4 1L20 13.5M4 13.5V18a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 18v-4.5M4 13.5h4.5l1.2 2.5h4.6l1.2-2.5H20',
} as const;

export type IconName = keyof typeof PATHS;

/** A decoration: what it means is also said in words beside it. */
export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
