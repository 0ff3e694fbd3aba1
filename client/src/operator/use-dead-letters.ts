import { useQuery } from '@apollo/client/react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { DeadLetter } from './operator-action.ts';
import { DEAD_LETTERS } from './operator-operations.ts';

const PAGE_SIZE = 10;

export interface DeadLetterPages {
  /** Undefined before the first answer. */
  readonly letters: readonly DeadLetter[] | undefined;
  readonly error: unknown;
  /** From 1. */
  readonly page: number;
  readonly hasNext: boolean;
  readonly isLoading: boolean;
  next(): void;
  previous(): void;
  /** Looks at this page again; goes back a page when this one has become empty. */
  refresh(): Promise<void>;
}

/**
 * The messages that were set aside, page by page. Looked at anew when their number changes; a look costs the broker something, so there is no fast polling.
 * @param count how many there are now
 */
export function useDeadLetters(count: number | undefined): DeadLetterPages {
  /** The cursors behind which the pages begin, up to the page that is shown. */
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const variables = { first: PAGE_SIZE, after: cursors.at(-1) ?? null };
  const { data, previousData, error, loading, refetch } = useQuery(DEAD_LETTERS, {
    variables,
    fetchPolicy: 'network-only',
    notifyOnNetworkStatusChange: true,
  });
  const { nodes, pageInfo } = (data ?? previousData)?.deadLetters ?? {};
  const previous = (): void => setCursors((known) => (known.length > 1 ? known.slice(0, -1) : known));

  const refresh = async (): Promise<void> => {
    const { data: fresh } = await refetch();
    if (fresh?.deadLetters.nodes.length === 0) previous();
  };

  const known = useRef(count);
  const onOtherCount = useEffectEvent(() => void refresh().catch(() => undefined)); // shown as `error`
  useEffect(() => {
    const before = known.current;
    known.current = count;
    if (before !== undefined && count !== undefined && before !== count) onOtherCount();
  }, [count]);

  return {
    letters: nodes,
    error,
    page: cursors.length,
    hasNext: pageInfo?.hasNextPage ?? false,
    isLoading: loading,
    next: () => pageInfo?.endCursor && setCursors([...cursors, pageInfo.endCursor]),
    previous,
    refresh,
  };
}
