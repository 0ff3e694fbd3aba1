/**
 * Options of Node for processes that tests start and soon end: V8 shall optimise only what is hot for longer than the default of 67,584 bytes of bytecode, which
 * spares a tenth of all that such a process does. Nothing that is measured runs with them.
 */
export const SHORT_LIVED_NODE: readonly string[] = ['--interrupt-budget=1000000'];

/** For services that tests start: PostgreSQL needs 30 ms of processor time for each connection, and a start opens all that it may. */
export const FEW_CONNECTIONS = { USERS_POOL_SIZE: '2', PAYMENTS_POOL_SIZE: '2', LOYALTY_POOL_SIZE: '2' };
