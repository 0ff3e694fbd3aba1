import { VariableCollector, isVariable } from '@apollo/federation-internals';

let isMended = false;

/**
 * Makes Apollo's planner look once at each value of an argument. It goes through a list twice, as a list and as an object, so that each level of
 * lists in lists doubles the time: thirty levels in a client's operation take minutes, a hundred for ever. In effect for the process from then on.
 */
export function collectVariablesOnce(): void {
  if (isMended) return;
  isMended = true;
  VariableCollector.prototype.collectInArguments = function (this: VariableCollector, args) {
    collect(args, this);
  };
}

function collect(value: unknown, collector: VariableCollector): void {
  if (isVariable(value)) collector.add(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner, collector);
}
