import { runProcess } from '../../platform/foundation/run-process.ts';
import { readLoyaltyConfig } from './config.ts';
import { createLoyaltyService } from './service.ts';

await runProcess((env) => createLoyaltyService(readLoyaltyConfig(env)), process.env);
