/**
 * Options of Node for processes that tests start and soon end: V8 optimises code that is hot for as long as a start takes, which is a third of the processor time
 * of that start. Nothing that is measured runs with them.
 */
export const SHORT_LIVED_NODE: readonly string[] = ['--no-opt'];

/** For services that tests start: PostgreSQL needs 30 ms of processor time for each connection, and a start opens all that it may. */
export const FEW_CONNECTIONS = { USERS_POOL_SIZE: '2', PAYMENTS_POOL_SIZE: '2', LOYALTY_POOL_SIZE: '2' };
