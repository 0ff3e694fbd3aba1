import { Lexer, Source, TokenKind } from 'graphql';
import { ProtocolError } from '../platform/foundation/errors.ts';

/** Enough for any operation that a gateway writes for us; what is longer is hostile. */
export const MAX_TOKENS = 15_000;
/** Brackets of any kind inside each other. Parser and validation are recursive: without a bound a document could use up the stack. */
const MAX_NESTING = 200;

const OPENING = new Set<TokenKind>([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING = new Set<TokenKind>([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * To be called before the document is parsed; reads no further than MAX_TOKENS, and leaves other errors to the parser.
 * @throws ProtocolError GRAPHQL_PARSE_FAILED nested more than 200 deep
 */
export function refuseDeepNesting(document: string): void {
  const lexer = new Lexer(new Source(document));
  let depth = 0;
  for (let count = 0; count < MAX_TOKENS; count += 1) {
    const kind = nextKind(lexer);
    if (kind === TokenKind.EOF) return;
    if (OPENING.has(kind)) depth += 1;
    if (CLOSING.has(kind)) depth -= 1;
    if (depth > MAX_NESTING) throw new ProtocolError('GRAPHQL_PARSE_FAILED', `the document is nested more than ${MAX_NESTING} deep`);
  }
}

function nextKind(lexer: Lexer): TokenKind {
  try {
    return lexer.advance().kind;
  } catch {
    return TokenKind.EOF; // not GraphQL: the parser says so better
  }
}
