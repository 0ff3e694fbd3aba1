import { runProcess } from '../platform/foundation/run-process.ts';
import { applyCommandLine, GATEWAY_HELP } from './command-line.ts';
import { readGatewayConfig } from './config.ts';
import { createGatewayService } from './service.ts';

await runProcess((env) => {
  const complete = applyCommandLine(process.argv.slice(2), env);
  if (complete) return createGatewayService(readGatewayConfig(complete));
  process.stdout.write(GATEWAY_HELP);
  process.exit(0);
}, process.env);
