import type { Environment } from '../../platform/foundation/config.ts';

/**
 * Puts environment variables into text as Rover does: `${env.NAME}` and `${env.NAME:-default}`. As in a shell, the default also stands in for an empty value.
 * @param onProblem told of each placeholder that cannot be filled; it is left as it stands
 */
export function expandEnv(text: string, env: Environment, onProblem: (problem: string) => void): string {
  return text.replace(/\$\{([^}]*)\}/g, (placeholder, inside: string) => {
    const match = /^env\.([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside);
    if (!match?.[1]) {
      onProblem(`${placeholder} is not understood; expected \${env.NAME} or \${env.NAME:-default}`);
      return placeholder;
    }
    const value = env[match[1]] || match[2];
    if (value === undefined) onProblem(`the environment variable ${match[1]} is not set; set it, or write \${env.${match[1]}:-default}`);
    return value ?? placeholder;
  });
}
