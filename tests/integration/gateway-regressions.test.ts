import { describe, expect, it } from '@jest/globals';
import { findDifference } from '../support/differential/compare-answers.ts';
import { createFederatedGraph } from '../support/federated-graph.ts';
import { readFrozenCases } from '../support/frozen-graph/frozen-case.ts';

/** What the differential suite found once, each case frozen: `npm run fuzz -- --seed N --operation M --freeze TITLE` writes one down. */
describe('an operation is answered rightly where it was not once:', () => {
  it.each(readFrozenCases())('$title', async ({ subgraphs, planner, operation, expected }) => {
    const answer = await createFederatedGraph(subgraphs, { planner }).run(operation);

    expect(findDifference(answer, expected)).toBeUndefined();
  });
});
