/** The fields of launcher `rkt` with their defaults. */

import { rktDefaults } from '../../../api/schema/launchers/rkt.ts';
import type { RktLauncher, Volume } from '../../../api/types.ts';

export interface RktFields {
  readonly binary: string;
  readonly globalArgs: readonly string[];
  readonly imageArgs: readonly string[];
  readonly options: readonly string[];
  readonly volumes: readonly Volume[];
  readonly stage1: NonNullable<RktLauncher['stage1']>;
  readonly uuidFile: string;
  readonly wrapper: { readonly path: string; readonly source: 'Auto' | 'Managed' | 'Shipped' };
}

/** Adds the defaults to the fields that the objects set. */
export function rktFields(rkt: RktLauncher): RktFields {
  return {
    binary: rkt.binary ?? rktDefaults.binary,
    globalArgs: rkt.globalArgs ?? [],
    imageArgs: rkt.imageArgs ?? [],
    options: rkt.options ?? [],
    volumes: rkt.volumes ?? [],
    stage1: rkt.stage1 ?? {},
    uuidFile: rkt.uuidFile ?? rktDefaults.uuidFile,
    wrapper: { ...rktDefaults.wrapper, ...rkt.wrapper },
  };
}
