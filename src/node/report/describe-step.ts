/** The steps of a change in words, the same for `apply`, `diff`, the demonstration and the log. */

import type { ObjectReference } from '../../desired/effective.ts';
import type { Step } from '../model/step.ts';

export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'Write':
      return `write    ${step.path} (${formatMode(step.state.mode)}, ${step.existed ? 'changed' : 'new'})`;
    case 'Remove':
      return `remove   ${step.path}`;
    case 'SetAside':
      return `aside    ${step.path} (pods get their CPUs or memory anew)`;
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

/** 0o755 → `0755`, as chmod and people write it. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

export function describeObjects(objects: readonly ObjectReference[]): string {
  return objects.map(named).join(', ');
}

/** From a file there is no generation. */
function named({ name, generation }: ObjectReference): string {
  return generation === 0 ? name : `${name} (generation ${generation})`;
}
