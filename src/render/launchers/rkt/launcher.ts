/** Launcher `rkt`: the unit starts a kubelet-wrapper, CoreOS's own or ours, which runs the kubelet in rkt. */

import type { RktLauncher } from '../../../api/types.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import type { Launcher } from '../launcher.ts';
import { rktFields } from './fields.ts';
import { versionOfImage } from './image.ts';
import { launchRkt } from './launch.ts';
import { podCommand } from './pod-command.ts';

const rktField = ['launcher', 'rkt'];

/** `spec.launcher.rkt` with its defaults. */
export function rktLauncher(said: RktLauncher, spec: EffectiveSpec): Launcher {
  const fields = rktFields(said);
  const wrapper = { path: fields.wrapper.path, field: [...rktField, 'wrapper', 'path'] };
  return {
    kind: 'rkt',
    fields,
    programs: [{ path: fields.binary, field: [...rktField, 'binary'] }, wrapper],
    asks: { rkt: fields.binary },
    version: spec.kubelet.version ?? versionOfImage(spec),
    startedByScript: [{ path: fields.binary, field: [...rktField, 'binary'], variable: 'RKT' }],
    // rkt writes the UUID of the pod by itself.
    paths: [
      { path: fields.uuidFile, field: [...rktField, 'uuidFile'], writer: 'Program' },
      { ...wrapper, writer: 'Agent' },
    ],
    scripts: [{ path: wrapper.path, field: [...rktField, 'wrapper'] }],
    cleanups: () => [podCommand('rm', fields, spec)],
    launch: (capabilities) => launchRkt(spec, fields, capabilities),
    // The only lines with rkt itself begin with `-`, and such a program may be missing.
    fieldOfProgram: () => undefined,
  };
}
