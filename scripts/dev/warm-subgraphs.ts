/** The packages that the subgraphs stand on, loaded ahead of the next save: they take longer than all of our code. */
import '@apollo/server';
import '@apollo/subgraph';
import 'amqplib';
import 'dataloader';
import 'graphql-ws/use/ws';
import 'kysely';
import 'pg';
import 'pino';
import 'pino-pretty';
import 'prom-client';
import 'undici';
import 'uuid';
import 'ws';
import 'zod';
