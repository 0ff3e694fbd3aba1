import { runProcess } from '../../platform/foundation/run-process.ts';
import { readPaymentsConfig } from './config.ts';
import { createPaymentsService } from './service.ts';

await runProcess((env) => createPaymentsService(readPaymentsConfig(env)), process.env);
