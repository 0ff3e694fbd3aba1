import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Relative addresses in the built page, so that it works below any path; nothing inline, because the page's policy forbids it. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react()],
  build: { outDir: '../dist/client', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { host: '127.0.0.1', port: 5173, strictPort: false },
});
