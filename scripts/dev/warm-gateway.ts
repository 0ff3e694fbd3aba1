/** The packages that the gateway stands on, loaded ahead of the next save: they take longer than all of our code. */
import '@apollo/composition';
import '@apollo/query-planner';
import 'graphql-ws';
import 'lru-cache';
import 'pino';
import 'pino-pretty';
import 'prom-client';
import 'undici';
import 'ws';
import 'yaml';
import 'zod';
