/** Imported first by every script that npm runs: an old Node gets one line that says what to do, instead of a syntax error. */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `paygraph needs Node 20.19 or newer, and this is ${process.versions.node}: install a newer one from your package manager or nodejs.org\n`,
  );
  process.exit(1);
}
