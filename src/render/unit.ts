/** The systemd unit of the kubelet, or the drop-in to the one that is there. */

import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { dropInDirectories, dropInDirectory, unitPath } from '../systemd/load-path.ts';
import { execLines, quoteEnvironment } from '../systemd/quoting.ts';
import { clearsExecStart, foreignInstallKeys, foreignInstallKeysIn, setsExecStart } from '../systemd/unit-text.ts';
import type { Launch, Starts } from './launchers/launcher.ts';
import type { ManagedFile } from './revision.ts';
import { misreadSpecifiers } from './specifiers.ts';

type Unit = EffectiveSpec['unit'];
type Section = readonly (readonly [key: string, value: string])[];

/** Options that the object may replace by its own. All other options of an object are added to ours. */
export const unitDefaults: Readonly<Record<string, Section>> = {
  Unit: [
    ['Description', 'Kubernetes kubelet'],
    ['Wants', 'network-online.target'],
    ['After', 'network-online.target'],
  ],
  Service: [
    ['Restart', 'always'],
    ['RestartSec', '10'],
  ],
  Install: [['WantedBy', 'multi-user.target']],
};

/** Sorts after the 10-kubeadm.conf of kubeadm's packages and before most of what an administrator adds. */
export const dropInName = '50-kubelet-config.conf';

/** The drop-in of the launcher `existing`: it sorts last, because the last of equal options counts. */
export const lastDropInName = 'zz-kubelet-config.conf';

/** Our drop-ins: a revision has at most one of them. */
export const ownDropIns: readonly string[] = [dropInName, lastDropInName];

/**
 * The whole unit with mode Replace, the drop-in with mode DropIn; nothing if the node's unit stays as it
 * is.
 */
export function unitFiles(unit: Unit, launch: Launch): ManagedFile[] {
  const { command } = launch;
  if (command.kind === 'Starts') return [unitFile(unit, launch, command)];
  const content = sectionsOf(new Map([['Service', command.lines]]), unit);
  const path = `${dropInDirectory(unit.name)}/${lastDropInName}`;
  return content === '' ? [] : [{ path, mode: 0o644, uid: 0, gid: 0, content }];
}

function unitFile(unit: Unit, launch: Launch, command: Starts): ManagedFile {
  const isDropIn = unit.mode === 'DropIn';
  const ours = new Map<string, Section>([
    ['Unit', isDropIn ? [] : defaultsOf('Unit', unit)],
    ['Service', [...serviceLines(launch, command, unit), ...(isDropIn ? [] : defaultsOf('Service', unit))]],
    ['Install', isDropIn ? [] : defaultsOf('Install', unit)],
  ]);
  const path = isDropIn ? `${dropInDirectory(unit.name)}/${dropInName}` : unitPath(unit.name);
  return { path, mode: 0o644, uid: 0, gid: 0, content: sectionsOf(ours, unit) };
}

function sectionsOf(ours: ReadonlyMap<string, Section>, unit: Unit): string {
  const names = new Set([...ours.keys(), ...Object.keys(unit.options).sort()]);
  const sections = [...names]
    .map((name) => [name, [...(ours.get(name) ?? []), ...optionsOf(name, unit)]] as const)
    .filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => `[${name}]\n${lines.map(([key, value]) => `${key}=${value}\n`).join('')}`);
  return sections.join('\n');
}

function serviceLines({ environment }: Launch, { startPre, start, stop, service = [] }: Starts, unit: Unit): Section {
  const variables = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...variables.map(([name, value]) => ['Environment', quoteEnvironment(name, value)] as const),
    ...startPre.map((line) => ['ExecStartPre', line] as const),
    // A service has one ExecStart, so a drop-in clears that of the unit before it sets its own.
    ...(unit.mode === 'DropIn' ? [['ExecStart', ''] as const] : []),
    ['ExecStart', execLines(start)],
    ...stop.map((line) => ['ExecStop', line] as const),
    ...service.filter(([key]) => unit.options['Service']?.[key] === undefined),
  ];
}

function defaultsOf(section: string, { options }: Unit): Section {
  return (unitDefaults[section] ?? []).filter(([key]) => options[section]?.[key] === undefined);
}

function optionsOf(section: string, { options }: Unit): Section {
  const keys = Object.entries(options[section] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return keys.flatMap(([key, values]) => values.map((value) => [key, value] as const));
}

/** Refuses options that would begin another line or section, or replace the command of the launcher. */
export function unitProblems({ mode, options }: Unit): SpecProblem[] {
  return Object.entries(options).flatMap(([section, keys]) => [
    ...nameProblems(['unit', 'options', section], section),
    ...Object.entries(keys).flatMap(([key, values]) => {
      const path = ['unit', 'options', section, key];
      return [
        ...nameProblems(path, key),
        ...keyProblems(path, section, key, mode),
        ...values.flatMap((value) => valueProblems(path, value)),
        ...(key.startsWith('Exec') ? values.flatMap((value) => specifierProblems(path, value)) : []),
      ];
    }),
  ]);
}

function nameProblems(path: SpecProblem['path'], name: string): SpecProblem[] {
  if (/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) return [];
  const reason = `${JSON.stringify(name)} cannot be the name of a section or option`;
  return [
    refusal(
      'UnitInvalid',
      path,
      reason,
      'use the names of systemd.unit(5) and systemd.service(5), such as Service and RestartSec',
    ),
  ];
}

function keyProblems(path: SpecProblem['path'], section: string, key: string, mode: Unit['mode']): SpecProblem[] {
  if (section === 'Service' && key === 'ExecStart') {
    return [refusal('UnitInvalid', path, 'the launcher sets ExecStart', 'say what is started with kubelet.flags and launcher')];
  }
  if (section === 'Service' && key === 'Environment') {
    return [
      refusal(
        'UnitInvalid',
        path,
        'variables are set in unit.environment, where they need no quoting',
        'move it to unit.environment',
      ),
    ];
  }
  if (section === 'Install' && foreignInstallKeys.includes(key)) return [foreignInstall(path, key)];
  if (section === 'Install' && mode === 'DropIn') {
    return [
      refusal(
        'UnitInvalid',
        path,
        "with mode: DropIn the node's own unit says when it starts",
        'remove it, or use mode: Replace',
      ),
    ];
  }
  return [];
}

/** An alias such as ssh.service would replace that unit at the next boot. */
function foreignInstall(path: SpecProblem['path'], key: string): SpecProblem {
  const reason = `${key}= of [Install] changes other units than the kubelet's`;
  return refusal('UnitInvalid', path, reason, 'remove it; WantedBy= says with what the kubelet starts');
}

/** The same in extra files that systemd reads as a part of the unit. */
export function unitFileProblems({ unit, files }: Pick<EffectiveSpec, 'unit' | 'files'>): SpecProblem[] {
  const dropIns = dropInDirectories(unit.name);
  return files.flatMap(({ path, content }) => {
    const isDropIn = dropIns.some((directory) => path.startsWith(`${directory}/`));
    if (!isDropIn && path !== unitPath(unit.name)) return [];
    const field = ['files', path];
    const starts = isDropIn && (setsExecStart(content) || clearsExecStart(content)) ? [startsAnother(field)] : [];
    return [...starts, ...foreignInstallKeysIn(content).map((key) => foreignInstall(field, key))];
  });
}

/** A drop-in among the extra files could start another command than launcher and flags say, unchecked. */
function startsAnother(path: SpecProblem['path']): SpecProblem {
  const reason = 'the drop-in sets ExecStart, which would replace the command of launcher and flags';
  return refusal('UnitInvalid', path, reason, 'say what is started with kubelet.flags and launcher');
}

function specifierProblems(path: SpecProblem['path'], value: string): SpecProblem[] {
  return misreadSpecifiers(value).map(({ text, program }) => {
    const meaning = text === '%s' ? ' by the shell of its user' : '';
    const reader = program === undefined ? 'the command' : program;
    const reason = `systemd replaces ${text}${meaning} before ${reader} sees it`;
    return caution('NotExpanded', path, reason, `write %${text} if ${reader} is to get ${text}`);
  });
}

function valueProblems(path: SpecProblem['path'], value: string): SpecProblem[] {
  if (value.includes('\n')) {
    return [
      refusal(
        'UnitInvalid',
        path,
        'the value has a line break, which would begin another option',
        'give each value as an item of the list',
      ),
    ];
  }
  if (/(^|[^\\])(\\\\)*\\$/.test(value)) {
    return [
      refusal(
        'UnitInvalid',
        path,
        'the value ends in a backslash, which would join the next option to it',
        'remove the backslash, or double it',
      ),
    ];
  }
  return [];
}
