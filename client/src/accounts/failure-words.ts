/** Why a payment failed, for a person. A reason that this page does not know is shown as it is. */
export function toFailureWords(reason: string | null | undefined): string {
  if (reason === 'LIMIT_EXCEEDED') return 'Above the limit for one payment. The money goes back to the account.';
  return reason ? `${reason}. The money goes back to the account.` : 'The money goes back to the account.';
}
