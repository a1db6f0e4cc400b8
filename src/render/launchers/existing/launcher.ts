/**
 * Launcher `existing`: the kubelet.service that the node has already starts the kubelet. Words of ours
 * come after its own, and nothing that the node wrote is copied (docs/launchers.md).
 */

import { posix } from 'node:path';
import type { LauncherFields } from '../../../api/types.ts';
import type { EffectiveSpec } from '../../../desired/defaults.ts';
import { refusal, type SpecProblem } from '../../../desired/spec-problem.ts';
import { assumedKubelet } from '../../../kubelet/installed/assumed.ts';
import { samePlaces } from '../../../kubelet/installed/container-run.ts';
import { type InstalledKubelet, launchOf } from '../../../kubelet/installed/installed.ts';
import { isPlainWord } from '../../../kubelet/installed/shell-words.ts';
import { ourVariable, type WayIn, wayInto } from '../../../kubelet/installed/way-in.ts';
import { environmentFileLine, environmentFileValue, quoteLiteralWord, requoteWords } from '../../../systemd/quoting.ts';
import type { CapabilityReader } from '../../capabilities.ts';
import { flagWords } from '../../flags.ts';
import type { ManagedFile } from '../../revision.ts';
import { kubeletVersionProblems } from '../host.ts';
import type { Extends, Launched, Launcher } from '../launcher.ts';
import { nodeConfiguration } from './configuration.ts';
import { fieldProblems } from './refusals.ts';

/** The variables of ours; the drop-in names this file last, so that it counts most. */
export const environmentPath = '/etc/kubernetes/kubelet-config.env';

/** `spec.launcher.existing`. */
export function existingLauncher(fields: NonNullable<LauncherFields['existing']>, spec: EffectiveSpec): Launcher {
  return {
    kind: 'existing',
    fields,
    programs: [],
    version: spec.kubelet.version,
    startedByScript: [],
    asks: {},
    asksInstalled: true,
    paths: [],
    scripts: [],
    cleanups: () => [],
    launch: (capabilities) => launchExisting(fields, spec, capabilities),
    fieldOfProgram: () => undefined,
  };
}

function launchExisting(
  { argsVariable, volatile }: NonNullable<LauncherFields['existing']>,
  spec: EffectiveSpec,
  capabilities: CapabilityReader,
): Launched {
  const installed = capabilities.installed() ?? assumedKubelet(spec.unit.name);
  const persists = capabilities.read('etcPersists');
  const configuration = nodeConfiguration(spec, installed, capabilities);
  const words = [...flagWords(withoutConfiguration(spec)).map(({ word }) => word), ...configuration.words];
  const isNeeded = words.length > 0 || Object.keys(spec.unit.environment).length > 0;
  const found =
    isNeeded || installed.distribution !== undefined || installed.texts.length === 0
      ? wayInto(installed, argsVariable)
      : undefined;
  const problems = [
    ...fieldProblems(spec, installed),
    ...kubeletVersionProblems(spec.kubelet, "the node's own kubelet", capabilities),
    ...configuration.problems,
    ...(found && !found.ok ? [refusal('UnitInvalid', ['launcher', 'existing'], found.reason, found.remedy)] : []),
    ...(found?.ok
      ? [...wordProblems(found.way, words, spec), ...mountProblems(found.isContainer, installed, configuration.files)]
      : []),
    ...(persists === false && volatile !== true ? [doesNotPersist()] : []),
  ];
  const isRight = problems.every(({ severity }) => severity !== 'error');
  if (!isRight) return { launch: undefined, problems };
  const way = found?.ok ? found.way : undefined;
  return {
    launch: {
      command: { kind: 'Extends', ...dropInLines(way, words, spec) },
      environment: {},
      files: [...environmentFiles(way, words, spec), ...configuration.files],
    },
    problems,
  };
}

function withoutConfiguration({ kubelet }: EffectiveSpec): EffectiveSpec['kubelet'] {
  const { configuration: _configuration, ...others } = kubelet;
  return others;
}

/**
 * The variable that carries our words; undefined if they stand in the command itself, or if there are
 * none.
 */
function carrierOf(way: WayIn | undefined, words: readonly string[]): string | undefined {
  if (way === undefined || words.length === 0 || way.words === 'Literal') return undefined;
  return way.kind === 'Variable' ? way.name : ourVariable;
}

function dropInLines(way: WayIn | undefined, words: readonly string[], { unit }: EffectiveSpec): Omit<Extends, 'kind'> {
  const carrier = carrierOf(way, words);
  const hasFile = carrier !== undefined || Object.keys(unit.environment).length > 0;
  const file = hasFile ? [['EnvironmentFile', `-${environmentPath}`] as const] : [];
  const command =
    way?.kind === 'Restated' && words.length > 0
      ? [['ExecStart', ''] as const, ['ExecStart', restated(way, words)] as const]
      : [];
  return { lines: [...file, ...command] };
}

/** The node's command word for word, with our words at its end. */
function restated(way: Extract<WayIn, { kind: 'Restated' }>, words: readonly string[]): string {
  const { command } = way;
  if (way.words === 'Literal') return `${command.line} ${words.map(quoteLiteralWord).join(' ')}`;
  if (way.words === 'Exact') return `${command.line} $${ourVariable}`;
  const [program = '', option = '', script = '', ...rest] = command.words;
  return `${command.prefixes}${requoteWords([program, option, `${script} $${ourVariable}`, ...rest])}`;
}

function environmentFiles(way: WayIn | undefined, words: readonly string[], { unit }: EffectiveSpec): ManagedFile[] {
  const carrier = carrierOf(way, words);
  const own =
    carrier === undefined
      ? []
      : [way?.words === 'Plain' ? environmentFileValue(carrier, words.join(' ')) : environmentFileLine(carrier, words)];
  const variables = Object.entries(unit.environment).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [...own, ...variables.map(([name, value]) => environmentFileValue(name, value))];
  return lines.length === 0 ? [] : [{ path: environmentPath, mode: 0o644, uid: 0, gid: 0, content: lines.join('') }];
}

function wordProblems(way: WayIn, words: readonly string[], { unit }: EffectiveSpec): SpecProblem[] {
  const carrier = carrierOf(way, words);
  const own = Object.keys(unit.environment).filter((name) => name === carrier || name === ourVariable);
  const taken = own.map((name) =>
    refusal(
      'UnitInvalid',
      ['unit', 'environment', name],
      `the words of this object reach the kubelet through ${name}`,
      'write the words as kubelet.flags, and remove the variable',
    ),
  );
  const odd = way.words === 'Plain' ? words.filter((word) => !isPlainWord(word)) : [];
  return [
    ...taken,
    ...odd.map((word) => {
      const reason = `a shell reads the words of this kubelet, and ${JSON.stringify(word)} has characters that mean something to it`;
      return refusal('FlagInvalid', ['kubelet', 'flags'], reason, 'use only letters, digits and _ . / : = , @ % + - in it');
    }),
  ];
}

/** A kubelet in a container sees only what is mounted into it. */
function mountProblems(isContainer: boolean, installed: InstalledKubelet, files: readonly ManagedFile[]): SpecProblem[] {
  if (!isContainer) return [];
  const { command } = launchOf(installed);
  const places = samePlaces(command?.words ?? []);
  return files.flatMap(({ path }) => {
    if (places.some((place) => place === '/' || path.startsWith(`${place}/`))) return [];
    const reason = `the container of this kubelet does not see ${path} of the host, so it cannot read a configuration there: ExecStart=${command?.line ?? ''}`;
    const remedy = `mount ${posix.dirname(path)} into the container under the same path, or use the launcher podman`;
    return [refusal('UnitInvalid', ['launcher', 'existing'], reason, remedy)];
  });
}

function doesNotPersist(): SpecProblem {
  return refusal(
    'EtcDoesNotPersist',
    ['launcher', 'existing', 'volatile'],
    'a boot of this node empties /etc, so the kubelet starts without these settings until the agent has restarted it once more',
    'set launcher.existing.volatile: true if one more restart after each boot is all right',
  );
}
