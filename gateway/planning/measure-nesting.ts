/** How deep brackets of all kinds are nested in a GraphQL document, found without recursion. Strings and comments do not count. */
export function measureNesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case 0x7b: // {
      case 0x5b: // [
      case 0x28: // (
        depth += 1;
        if (depth > deepest) deepest = depth;
        break;
      case 0x7d: // }
      case 0x5d: // ]
      case 0x29: // )
        depth -= 1;
        break;
      case 0x23: // #
        index = endOfLine(text, index);
        break;
      case 0x22: // "
        index = endOfString(text, index);
        break;
    }
  }
  return deepest;
}

function endOfLine(text: string, start: number): number {
  let index = start;
  while (index < text.length && text[index] !== '\n' && text[index] !== '\r') index += 1;
  return index;
}

/** @returns the index of the closing quote; a string that is not closed ends with its line, and the parser will refuse it */
function endOfString(text: string, start: number): number {
  if (text.startsWith('"""', start)) {
    let end = text.indexOf('"""', start + 3);
    while (end !== -1 && text[end - 1] === '\\') end = text.indexOf('"""', end + 3);
    return end === -1 ? text.length : end + 2;
  }
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"' || text[index] === '\n') return index;
  }
  return text.length;
}
