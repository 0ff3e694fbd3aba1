import { Icon } from './icon.tsx';

const LOOKS = {
  PENDING: { tone: 'pending', icon: 'clock', word: 'Pending' },
  PROCESSED: { tone: 'processed', icon: 'check', word: 'Processed' },
  FAILED: { tone: 'failed', icon: 'failed', word: 'Failed' },
} as const;

/** Where a payment stands, as a badge: colour, sign and word. */
export function Status({ value }: { readonly value: keyof typeof LOOKS }) {
  const { tone, icon, word } = LOOKS[value];
  return (
    <span className={`status status-${tone}`}>
      <Icon name={icon} size={14} />
      {word}
    </span>
  );
}
