import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

const root = document.getElementById('root');
if (!root) throw new Error('expected an element with the id root in index.html');
createRoot(root).render(<StrictMode>paygraph</StrictMode>);
