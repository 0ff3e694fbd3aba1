import { existsSync } from 'node:fs';
import { withOwnDefaults } from './own-defaults.ts';

if (existsSync('.env')) process.loadEnvFile('.env');
Object.assign(process.env, withOwnDefaults(process.env, process.argv.slice(2)));
await import('../gateway/main.ts');
