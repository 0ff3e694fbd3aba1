/**
 * Jest's global setup of the projects that need real neighbours; jest calls it once a run, whatever the number of projects,
 * and once more through the setup of the project with browser tests.
 * Plain JavaScript, because jest would load TypeScript here as CommonJS.
 */
import './run-typescript.mjs';

export default async function startForTheRun() {
  if (globalThis.stopNeighboursOfTheRun) return;
  const { startNeighbours } = await import('./neighbours.ts');
  const neighbours = await startNeighbours();
  Object.assign(process.env, neighbours.env); // workers inherit it
  globalThis.stopNeighboursOfTheRun = () => neighbours.stop();
}
