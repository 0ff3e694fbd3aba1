/** Stops what global setup started. When jest dies before this, watchdogs do it. */
export default async function stopAfterTheRun() {
  await globalThis.stopNeighboursOfTheRun?.();
}
