import { DEEP } from '../workloads/deep-operation.ts';
import { productOperation, textOf } from '../workloads/product-operation.ts';
import { WIDE } from '../workloads/wide-operation.ts';

/** Every tenth is large: four subgraphs and seven levels, or ten root fields. */
const LARGE = [DEEP, WIDE];

/** Operations over the benchmark's graph of which no two have the same text or the same normal form. */
export function newOperations(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const large = n % 10 === 9 ? LARGE[Math.floor(n / 10) % LARGE.length] : undefined;
    return large === undefined ? withMark(textOf(productOperation(n)), n) : withMark(large, n);
  });
}

/** A condition that always holds and that no other operation has. */
function withMark(text: string, n: number): string {
  return text.replace(/\{\s/, `{\n  __typename @include(if: $mark${n})\n`).replace(/^(query \w+)\(/, `$1($mark${n}: Boolean! = true, `);
}
