/** One payment whose processing ended, as the subscription gives it. Amounts are decimal strings, moments RFC 3339 in UTC. */
export interface PaymentEventRecord {
  readonly cursor: string;
  readonly occurredAt: string;
  readonly payment: {
    readonly id: string;
    readonly status: 'PENDING' | 'PROCESSED' | 'FAILED';
    readonly failureReason?: string | null | undefined;
    readonly amount: { readonly amount: string; readonly currency: string };
    readonly description?: string | null | undefined;
    readonly requestedAt: string;
    readonly processedAt?: string | null | undefined;
    readonly user: {
      readonly id: string;
      readonly name: string;
      readonly balance: { readonly amount: string; readonly currency: string };
    };
  };
}
