import { Card } from '../design/card.tsx';
import { Page } from '../design/page.tsx';
import { saveTransport, useSettings } from './settings.ts';
import type { Transport } from './transport.ts';

const TRANSPORTS: readonly { readonly value: Transport; readonly label: string; readonly text: string }[] = [
  {
    value: 'multipart',
    label: 'Multipart over HTTP',
    text: 'The default. Works wherever this page works, also through proxies that know no WebSocket.',
  },
  { value: 'websocket', label: 'WebSocket', text: 'One socket for all live parts, with the graphql-transport-ws protocol.' },
];

/** What this browser prefers. */
export function SettingsPage() {
  const { transport } = useSettings();
  return (
    <Page title="Settings" lead="Kept in this browser.">
      <Card title="Live connection">
        <fieldset className="choices">
          <legend className="muted small">How news of payments reaches this page. A change takes effect at once.</legend>
          {TRANSPORTS.map(({ value, label, text }) => (
            <label key={value} className="choice">
              <input type="radio" name="transport" value={value} checked={transport === value} onChange={() => saveTransport(value)} />
              <span>
                <span className="choice-label">{label}</span>
                <span className="choice-text">{text}</span>
              </span>
            </label>
          ))}
        </fieldset>
      </Card>
    </Page>
  );
}
