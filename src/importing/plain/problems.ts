/** What kubelets make of the plain files that one of them would be started with. Pure. */

import { contentId, type Json } from '../../api/json.ts';
import type { FieldPath, Problem } from '../../api/problem.ts';
import { newestFlags } from '../../kubelet/data/kubelet-flags.ts';
import { knownReleases, newest, oldestInClusters } from '../../kubelet/flag-table.ts';
import { flagProblems } from '../../kubelet/flags.ts';
import { judgePlainKubelet, type KubeletFault } from '../../kubelet/plain-kubelet.ts';
import { formatRelease, knownRelease, type Release } from '../../kubelet/release.ts';
import { rangeRules } from '../../kubelet/rules/ranges.ts';
import { fieldOf } from '../../kubelet/settings/flag-field.ts';
import { type KnownPart, knownPart, type PlainGroup } from './known-part.ts';
import { commandPlace, flagOfField, isSaid, placeOfFault, placeOfFlag } from './place.ts';

const supported = knownReleases.filter((one) => one >= oldestInClusters);
/** The first release of which the rules are known. */
const oldestRules = knownRelease('1.17');
/** With a variable in its environment; without one since 1.30. */
const firstWithDropIns = knownRelease('1.28');

/**
 * Problems with their places in the files of the group.
 * @param release of the kubelet; undefined: an error is what every supported one refuses, a warning what
 * some do
 */
export function plainProblems(group: PlainGroup, release: Release | undefined): Problem[] {
  const known = knownPart(group);
  if (known.launch.kubelet.length === 0) return [notChecked(noKubelet(known), 'give the unit that starts the kubelet', known)];
  // A kubelet that reads no drop-ins is not meant to get some.
  const hasDropIns = known.isAssumed && known.configurations.length > 1;
  const meant = hasDropIns ? supported.filter((one) => one >= firstWithDropIns) : supported;
  const asked = release === undefined ? meant : [release];
  const found = judgedFaults(known, asked).flatMap((judged) => problemOf(judged, asked, known));
  return [
    ...versionProblems(release, known),
    ...found,
    ...(release === undefined ? [] : deprecated(known, release)),
    ...overridden(known),
    ...(group.unit === 'Given' ? missing(known) : []),
  ];
}

interface JudgedFault {
  readonly fault: KubeletFault;
  readonly releases: readonly Release[];
}

/**
 * Each fault once, with the releases that have it. What only some of many take for something else is left
 * out.
 */
function judgedFaults(known: KnownPart, asked: readonly Release[]): JudgedFault[] {
  const found = new Map<string, JudgedFault>();
  for (const release of asked)
    for (const fault of faultsOf(known, release)) {
      const reason = ['flag', 'file'].includes(fault.rule) ? fault.reason.replace(/ in kubelet \S+$/, '') : '';
      const key = contentId([fault.rule, fault.kind, fault.place as unknown as Json, reason]);
      found.set(key, { fault, releases: [...(found.get(key)?.releases ?? []), release] });
    }
  return [...found.values()].filter(({ fault, releases }) => fault.kind === 'Refused' || releases.length === asked.length);
}

/** Rules of one field, which hold whatever else is set. */
const ofOneField: ReadonlySet<string> = new Set([
  ...rangeRules.map(({ id }) => id),
  ...['R1', 'R34', 'R93', 'R118', 'R119', 'R119a', 'R120', 'R71', 'R26b'],
]);

function faultsOf(known: KnownPart, release: Release): KubeletFault[] {
  const { words } = known.kubelet;
  const own = known.isAssumed && release < firstWithDropIns ? words.filter((word) => !word.startsWith('--config-dir=')) : words;
  const faults = judgePlainKubelet({ ...known.kubelet, words: own }, release);
  const isReading = ({ rule }: KubeletFault) => ['flag', 'file', 'type'].includes(rule);
  if (release < oldestRules || release > newest) return faults.filter(isReading);
  if (known.hasConfiguration) return faults;
  const isOfThem = ({ place }: KubeletFault) => place.kind !== 'Field' || isSaid(place.field, known);
  return faults.filter((fault) => isReading(fault) || (ofOneField.has(fault.rule) && isOfThem(fault)));
}

function problemOf({ fault, releases }: JudgedFault, asked: readonly Release[], known: KnownPart): Problem[] {
  const position = placeOfFault(fault, known);
  const { code, path } = subjectOf(fault, known);
  const told = fault.rule === 'flag' ? flagTold(fault, releases.at(-1) ?? newest, known) : undefined;
  const severity = fault.kind === 'Odd' || releases.length < asked.length ? 'warning' : (told?.severity ?? 'error');
  const does =
    asked.length === 1 || releases.length < asked.length ? `${spanOf(releases)} not start` : 'the kubelet does not start';
  const reason =
    told?.reason.replace(/\bkubelet v?\d+\.\d+ does not start/, does) ??
    (fault.kind === 'Refused' && !/does not start with it$/.test(fault.reason)
      ? `${fault.reason}: ${does} with it`
      : fault.reason.replace('the kubelet does not start', does));
  const remedy = inFiles(told?.remedy ?? fault.remedy, known);
  return [{ severity, code, path, reason, remedy, ...(position && { position }) }];
}

function spanOf(releases: readonly Release[]): string {
  const [first, last] = [releases[0] ?? 0, releases.at(-1) ?? 0];
  if (first === last) return `kubelet ${formatRelease(first)} does`;
  return `kubelets ${formatRelease(first)} to ${formatRelease(last)} do`;
}

function subjectOf({ place }: KubeletFault, known: KnownPart): { code: Problem['code']; path: FieldPath } {
  const flag = place.kind === 'Flag' ? place.name : place.kind === 'Field' ? flagOfField(place.field, known) : undefined;
  if (flag !== undefined) return { code: 'FlagInvalid', path: flag === '' ? [] : ['flags', flag] };
  return { code: 'ConfigurationInvalid', path: place.kind === 'Flag' ? [] : place.field };
}

/** A flag that the release does not have: the table says since when, and what to write instead. */
function flagTold({ place, reason }: KubeletFault, release: Release, known: KnownPart) {
  if (place.kind !== 'Flag' || !reason.startsWith('unknown flag')) return undefined;
  return flagProblems({ [place.name]: valueOfFlag(place.name, known) }, release).find(({ reason: why }) => /flag --/.test(why));
}

function valueOfFlag(name: string, { commandLine }: KnownPart): string {
  return commandLine.flags.findLast((flag) => flag.name === name)?.value ?? '';
}

/** A remedy is about the kubelet's own files, not about fields of an object. */
function inFiles(remedy: string, known: KnownPart): string {
  const where = known.configurations[0] === undefined ? 'in a configuration file' : `in ${known.configurations[0]}`;
  return remedy.replace(/\bset kubelet\.configuration\.([\w.]+)/, `set $1 ${where}`).replaceAll('kubelet.configuration.', '');
}

function deprecated(known: KnownPart, release: Release): Problem[] {
  const names = [...new Set(known.commandLine.flags.map(({ name }) => name))];
  return names.flatMap((name) => {
    const found = flagProblems({ [name]: valueOfFlag(name, known) }, release).find(({ reason }) =>
      / is deprecated since /.test(reason),
    );
    return found ? [flagWarning(name, found.reason, found.remedy, known)] : [];
  });
}

/** A flag replaces the whole field, also one that is a map. */
function overridden(known: KnownPart): Problem[] {
  const names = [...new Set(known.commandLine.flags.map(({ name }) => name))];
  return names.flatMap((name) => {
    const field = fieldOf(name, undefined);
    const isGates = field === 'featureGates';
    const said =
      field === undefined || isGates
        ? false
        : isSaid(field.split('.'), { ...known, commandLine: { ...known.commandLine, flags: [] } });
    return said
      ? [flagWarning(name, `the flag --${name} overrides ${field} of the configuration`, 'remove the flag, or the field', known)]
      : [];
  });
}

function flagWarning(name: string, reason: string, remedy: string, known: KnownPart): Problem {
  const position = placeOfFlag(name, known);
  return {
    severity: 'warning',
    code: 'FlagInvalid',
    path: ['flags', name],
    reason,
    remedy: inFiles(remedy, known),
    ...(position && { position }),
  };
}

function versionProblems(release: Release | undefined, known: KnownPart): Problem[] {
  if (release === undefined || release <= newest) return [];
  const reason = `which flags and fields kubelet ${formatRelease(release)} has is not known here: the newest known kubelet is ${newestFlags}`;
  const remedy = 'compare them with its release notes, or check with a newer kubelet-config';
  const position = commandPlace(known);
  return [{ severity: 'warning', code: 'UnknownVersion', path: [], reason, remedy, ...(position && { position }) }];
}

/** One notice for all files that the unit names and that are not there. */
function missing(known: KnownPart): Problem[] {
  const { unknown } = known;
  if (unknown.length === 0) return [];
  const names = unknown.length === 1 ? unknown[0] : `${unknown.slice(0, -1).join(', ')} and ${unknown.at(-1)}`;
  const which = unknown.length === 1 ? 'this file was not given' : 'these files were not given';
  return [
    notChecked(
      `what stands in ${names} is not checked: ${which}`,
      'give them too, or the tree of the machine with --root',
      known,
    ),
  ];
}

function noKubelet({ installed, launch }: KnownPart): string {
  const { commands } = launch;
  if (commands.length > 1)
    return `${installed.unit} has ${commands.length} commands, so it is not known which one is the kubelet's`;
  return `${installed.unit} starts no kubelet that can be read from its files: ExecStart=${commands[0]?.line ?? ''}`;
}

function notChecked(reason: string, remedy: string, known: KnownPart): Problem {
  const position = commandPlace(known);
  return { severity: 'notice', code: 'NotChecked', path: [], reason, remedy, ...(position && { position }) };
}
