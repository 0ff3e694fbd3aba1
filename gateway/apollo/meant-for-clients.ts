/** A GraphQLError is an answer, also when it comes from another copy of graphql-js or is one of Apollo Server 3's. */
export function isMeantForClients(error: unknown): error is Error & { readonly extensions: Readonly<Record<string, unknown>> } {
  return (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    'extensions' in error &&
    typeof error.extensions === 'object' &&
    error.extensions !== null
  );
}
