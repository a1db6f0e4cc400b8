/** spec.launcher: how the kubelet is started. A launcher is declared here and built in render/launchers. */

import { existingSchema } from './launchers/existing.ts';
import { hostSchema } from './launchers/host.ts';
import { podmanSchema } from './launchers/podman.ts';
import { rktSchema } from './launchers/rkt.ts';
import { object, optional } from './parts.ts';

/** The members, each of which render/launchers builds. */
export const launcherKinds = ['rkt', 'podman', 'host', 'existing'] as const;
export type LauncherKind = (typeof launcherKinds)[number];

const members = {
  rkt: optional(rktSchema),
  podman: optional(podmanSchema),
  host: optional(hostSchema),
  existing: optional(existingSchema),
};
const names = Object.keys(members);

export const launcherSchema = object(
  'How the kubelet is started: exactly one of the members. Leave launcher out altogether to inherit it; naming another member replaces the launcher of an object with lower priority.',
  members,
  {
    // The rule is on launcher, not on spec: an object may leave launcher out, only the merged spec needs one.
    rules: [
      {
        rule: `[${names.map((name) => `has(self.${name})`).join(', ')}].filter(x, x).size() == 1`,
        reason: `launcher needs exactly one of ${names.join(', ')}`,
        remedy: 'name one of them, or leave launcher out altogether to inherit it',
      },
    ],
  },
);
