/** The steps of a change in words: for `apply`, `diff`, the demonstration and the log. */

import type { ObjectReference } from '../../desired/effective.ts';
import type { Step } from '../model/step.ts';

/** One line, with the verb in a column of its own. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'Write':
      return `write    ${step.path} (${formatMode(step.state.mode)}, ${step.existed ? 'changed' : 'new'})`;
    case 'Remove':
      return `remove   ${step.path}`;
    case 'RemoveDirectory':
      return `remove   ${step.path} (an empty directory)`;
    case 'SetAside':
      return `move     ${step.path} aside (the kubelet assigns CPUs or memory to its pods anew)`;
    case 'Reload':
      return 'reload   systemd (daemon-reload)';
    case 'Enable':
    case 'Disable':
    case 'Stop':
    case 'Restart':
      return `${step.kind.toLowerCase().padEnd(8)} ${step.unit}`;
    default:
      return step satisfies never;
  }
}

/** The step for programs: a mode as chmod writes it. */
export function stepData(step: Step) {
  return step.kind === 'Write' ? { ...step, state: { ...step.state, mode: formatMode(step.state.mode) } } : step;
}

/** 0o755 → `0755`, as chmod writes it. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** `workers (generation 3), gpu (generation 1)`; an object from a file has no generation. */
export function describeObjects(objects: readonly ObjectReference[]): string {
  return objects.map(named).join(', ');
}

function named({ name, generation }: ObjectReference): string {
  return generation === 0 ? name : `${name} (generation ${generation})`;
}
