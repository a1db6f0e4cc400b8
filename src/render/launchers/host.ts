/** Launcher `host`: the unit starts the kubelet that is installed on the host. */

import { hostDefaults } from '../../api/schema/launchers/host.ts';
import type { LauncherFields } from '../../api/types.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import { refusal, type SpecProblem } from '../../desired/spec-problem.ts';
import type { CapabilityReader } from '../capabilities.ts';
import { flagWords } from '../flags.ts';
import type { Launched, Launcher } from './launcher.ts';

const binaryField = ['launcher', 'host', 'binary'];

/** `spec.launcher.host` with its defaults. */
export function hostLauncher(fields: NonNullable<LauncherFields['host']>, spec: EffectiveSpec): Launcher {
  const { binary } = { ...hostDefaults, ...fields };
  return {
    kind: 'host',
    fields: { binary },
    programs: [{ path: binary, field: binaryField }],
    version: spec.kubelet.version,
    kubelet: { path: binary, field: binaryField },
    startedByScript: [],
    asks: spec.kubelet.version === undefined ? {} : { kubelet: binary },
    paths: [],
    scripts: [],
    cleanups: () => [],
    launch: (capabilities) => launchHost(spec, binary, capabilities),
    fieldOfProgram: (program) => (program === binary ? binaryField : undefined),
  };
}

function launchHost(spec: EffectiveSpec, binary: string, capabilities: CapabilityReader): Launched {
  const words = flagWords(spec.kubelet).map(({ word }) => word);
  return {
    launch: {
      command: { kind: 'Starts', start: [binary, ...words], startPre: [], stop: [] },
      environment: spec.unit.environment,
      files: [],
    },
    problems: [...imageProblems(spec), ...kubeletVersionProblems(spec.kubelet, binary, capabilities)],
  };
}

function imageProblems({ kubelet }: EffectiveSpec): SpecProblem[] {
  if (kubelet.image === undefined) return [];
  return [
    refusal(
      'InvalidValue',
      ['kubelet', 'image'],
      'the launcher host runs the kubelet of the host, which has no image',
      'remove kubelet.image, or choose the launcher podman or rkt',
    ),
  ];
}

/** The kubelet that runs must be the one that the flags and fields were checked for. */
export function kubeletVersionProblems(
  kubelet: EffectiveSpec['kubelet'],
  program: string,
  capabilities: CapabilityReader,
): SpecProblem[] {
  if (kubelet.version === undefined || capabilities.read(`kubeletIs_${kubelet.version}`) !== false) return [];
  return [
    refusal(
      'InvalidValue',
      ['kubelet', 'version'],
      `${program} on this node is not kubelet ${kubelet.version}`,
      'install that kubelet on the node, or set kubelet.version to the one that is there; without its last number it means every patch release',
    ),
  ];
}
