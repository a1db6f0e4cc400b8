/** All launchers. This does not compile while one of `launcherKinds` is missing. */

import { type LauncherKind, launcherKinds } from '../../api/schema/launcher.ts';
import type { LauncherFields } from '../../api/types.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import { existingLauncher } from './existing/launcher.ts';
import { hostLauncher } from './host.ts';
import type { Launcher } from './launcher.ts';
import { podmanLauncher } from './podman/launcher.ts';
import { rktLauncher } from './rkt/launcher.ts';

/**
 * Applies the launcher's defaults to the fields that the objects set. It must not throw, whatever the fields
 * hold.
 */
type MakeLauncher<Kind extends LauncherKind> = (fields: NonNullable<LauncherFields[Kind]>, spec: EffectiveSpec) => Launcher;

const launchers: { readonly [Kind in LauncherKind]: MakeLauncher<Kind> } = {
  rkt: rktLauncher,
  podman: podmanLauncher,
  host: hostLauncher,
  existing: existingLauncher,
};

/**
 * The launcher that a spec names.
 * @throws RangeError for a spec without a launcher that is built; validation refuses it before
 */
export function launcherOf(spec: EffectiveSpec): Launcher {
  const [launcher] = launcherKinds.flatMap((kind) => makeLauncher(kind, spec) ?? []);
  if (launcher === undefined) throw new RangeError(`no launcher is built of ${JSON.stringify(spec.launcher)}`);
  return launcher;
}

function makeLauncher<Kind extends LauncherKind>(kind: Kind, spec: EffectiveSpec): Launcher | undefined {
  const fields: LauncherFields[Kind] = spec.launcher[kind];
  const make: MakeLauncher<Kind> = launchers[kind];
  return fields == null ? undefined : make(fields, spec);
}
