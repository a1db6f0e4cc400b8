/**
 * Launcher `podman`: the unit runs the kubelet in a privileged container with the namespaces and the mounts
 * of the host, in the control group of the unit, so that systemd and the proof see the kubelet itself.
 */

import { isAtOrBelow } from '../../../api/paths.ts';
import { podmanDefaults } from '../../../api/schema/launchers/podman.ts';
import type { LauncherFields, Volume } from '../../../api/types.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { execLine } from '../../../systemd/quoting.ts';
import type { CapabilityReader } from '../../capabilities.ts';
import { flagWords } from '../../flags.ts';
import { versionInTag } from '../image-tag.ts';
import type { Launched, Launcher } from '../launcher.ts';
import { fetchOf } from './fetch.ts';
import { podmanImage } from './image.ts';
import { certificateStores, madeDirectories, ownMounts, volumeProblems, withVolumes } from './mounts.ts';
import { readOptions } from './options.ts';

interface Fields {
  readonly binary: string;
  readonly options: readonly string[];
  readonly volumes: readonly Volume[];
}

const binaryField = ['launcher', 'podman', 'binary'];

/** `spec.launcher.podman` with its defaults. */
export function podmanLauncher(said: NonNullable<LauncherFields['podman']>, spec: EffectiveSpec): Launcher {
  const fields: Fields = {
    binary: said.binary ?? podmanDefaults.binary,
    options: said.options ?? [],
    volumes: said.volumes ?? [],
  };
  return {
    kind: 'podman',
    fields,
    programs: [{ path: fields.binary, field: binaryField }],
    version: spec.kubelet.version ?? versionInTag(spec.kubelet.image ?? ''),
    startedByScript: [],
    asks: { podman: fields.binary },
    paths: [],
    scripts: [],
    cleanups: () => [removal(fields, spec)],
    launch: (capabilities) => launchPodman(fields, spec, capabilities),
    fieldOfProgram: (program) => (program === fields.binary ? binaryField : undefined),
  };
}

function launchPodman(fields: Fields, spec: EffectiveSpec, capabilities: CapabilityReader): Launched {
  const store = certificateStore(capabilities);
  const image = podmanImage(spec);
  const options = readOptions(fields.options);
  const { words: mounts, notices } = withVolumes(ownMounts(store), fields.volumes);
  const problems = [
    ...image.problems,
    ...options.problems,
    ...volumeProblems(fields.volumes),
    ...notices,
    ...configurationProblems(spec, fields, store),
    ...serviceProblems(spec),
    ...versionProblems(capabilities),
  ];
  if (image.reference === undefined) return { launch: undefined, problems };
  const own = runWords(spec).filter(
    (word) => !options.options.some(({ name }) => word.startsWith(`--${name}=`) && name !== 'env'),
  );
  const variables = Object.keys(spec.unit.environment).sort();
  const { binary } = fields;
  return {
    launch: {
      command: {
        kind: 'Starts',
        start: [
          ...[binary, 'run', ...own, ...variables.map((name) => `--env=${name}`), ...mounts, ...options.words, image.reference],
          ...flagWords(spec.kubelet).map(({ word }) => word),
        ] as [string, ...string[]],
        startPre: [execLine(['/bin/mkdir', '-p', ...madeDirectories(store)], '-'), removal(fields, spec)],
        stop: [execLine([binary, 'stop', '--ignore', '--time=30', containerName(spec)], '-'), removal(fields, spec)],
        service: podmanService,
      },
      environment: spec.unit.environment,
      files: [],
      fetch: fetchOf(binary, options.options, image.reference),
    },
    problems,
  };
}

/** conmon tells systemd that the container runs, and is the main process: it ends as the kubelet does. */
export const podmanService = [
  ['Type', 'notify'],
  ['NotifyAccess', 'all'],
  ['Delegate', 'yes'],
  ['KillMode', 'mixed'],
  ['TimeoutStartSec', '15min'],
  ['TimeoutStopSec', '90'],
] as const;

function runWords(spec: EffectiveSpec): string[] {
  return [
    `--name=${containerName(spec)}`,
    '--replace',
    '--rm',
    '--detach',
    '--log-driver=passthrough',
    '--cgroups=split',
    '--sdnotify=conmon',
    '--pull=missing',
    '--privileged',
    '--network=host',
    '--pid=host',
    '--ipc=host',
    '--uts=host',
    '--cgroupns=host',
    '--pids-limit=-1',
  ];
}

function containerName({ unit }: EffectiveSpec): string {
  return unit.name.replace(/\.service$/, '').replace(/[^a-zA-Z0-9_.-]/g, '-');
}

/** Removes what a container that was killed has left. The `-` lets it fail. */
function removal({ binary }: Fields, spec: EffectiveSpec): string {
  return execLine([binary, 'rm', '--force', '--ignore', containerName(spec)], '-');
}

/** Whether a line of a unit makes the launcher's directories, or stops or removes a container. */
export function isOwnPodmanLine(line: string): boolean {
  const makes = certificateStores.map((store) => execLine(['/bin/mkdir', '-p', ...madeDirectories(store)], '-'));
  return makes.includes(line) || /^[-@:+!]*"?(\/\S*\/)?podman"? +"?(rm|stop|kill)"?( |$)/.test(line);
}

function certificateStore(capabilities: CapabilityReader): string {
  return String(capabilities.read('certificateStore') ?? '/usr/share/ca-certificates');
}

function configurationProblems({ kubelet }: EffectiveSpec, { volumes }: Fields, store: string): SpecProblem[] {
  const own = ownMounts(store).filter(({ target }) => !volumes.some(({ mountPath }) => mountPath === target));
  const seen = [...own, ...volumes.map(({ hostPath: source, mountPath: target }) => ({ source, target }))];
  const isSeen = seen.some(
    ({ source, target }) => source !== undefined && source === target && isAtOrBelow(kubelet.configurationPath, source),
  );
  if (kubelet.configuration === undefined || isSeen) return [];
  return [
    refusal(
      'PodmanRefuses',
      ['kubelet', 'configurationPath'],
      `the kubelet in the container does not see ${kubelet.configurationPath}`,
      'put it below /etc/kubernetes, or add a volume with the same hostPath and mountPath',
    ),
  ];
}

/** Podman itself ends as soon as the container runs, so another type would take the kubelet for dead. */
function serviceProblems({ unit }: EffectiveSpec): SpecProblem[] {
  const needed: Readonly<Record<string, RegExp>> = {
    Type: /^notify$/,
    NotifyAccess: /^all$/,
    Delegate: /^(?!(no|false|off|0|)$)/,
  };
  return Object.entries(needed).flatMap(([key, right]) => {
    const said = unit.options['Service']?.[key]?.at(-1);
    if (said === undefined || right.test(said)) return [];
    const reason = `with the launcher podman, systemd would lose sight of the kubelet with ${key}=${said}`;
    return [refusal('UnitInvalid', ['unit', 'options', 'Service', key], reason, 'remove it; the launcher sets it')];
  });
}

/** --log-driver=passthrough came with 4.0. */
function versionProblems(capabilities: CapabilityReader): SpecProblem[] {
  if (capabilities.read('podmanAtLeast_4_0_0') !== false) return [];
  const reason = 'the podman of this node is older than 4.0.0, which the command line of the launcher needs';
  return [refusal('PodmanTooOld', ['launcher', 'podman'], reason, 'install podman 4.0.0 or later, or choose another launcher')];
}
