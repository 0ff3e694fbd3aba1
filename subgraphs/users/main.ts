import { runProcess } from '../../platform/foundation/run-process.ts';
import { readUsersConfig } from './config.ts';
import { createUsersService } from './service.ts';

await runProcess((env) => createUsersService(readUsersConfig(env)), process.env);
