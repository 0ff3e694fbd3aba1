import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './design/tokens.css';
import './design/base.css';
import './design/components.css';
import './shell/shell.css';
import { App } from './app.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('expected an element with the id root in index.html');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
