/** Finds unit options that systemd would ignore or refuse, also in drop-ins among the files. */

import type { FieldPath } from '../api/problem.ts';
import { nearest, show } from '../api/validate/parts.ts';
import type { EffectiveSpec } from '../desired/defaults.ts';
import { caution, refusal, type SpecProblem } from '../desired/spec-problem.ts';
import { sectionOptions } from '../systemd/data/options.ts';
import { dropInDirectory } from '../systemd/load-path.ts';
import { readUnit } from '../systemd/unit-text.ts';
import { wordFault } from '../systemd/word-fault.ts';

interface Option {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly path: FieldPath;
}

const sections = Object.keys(sectionOptions);
const options: Readonly<Record<string, readonly string[]>> = sectionOptions;

/** The problems of all options of a spec. Paths begin below spec. */
export function unitOptionProblems({ unit, files }: Pick<EffectiveSpec, 'unit' | 'files'>): SpecProblem[] {
  const own = ownOptions(unit.options);
  const dropIns = files.filter(({ path }) => path.startsWith(`${dropInDirectory(unit.name)}/`) && path.endsWith('.conf'));
  const inFiles = dropIns.map(({ path, content }) =>
    readUnit(content).map(({ section, key = '', value }) => ({ section, key, value, path: ['files', path] })),
  );
  const restart = own.findLast(isKey('Restart'))?.value ?? (unit.mode === 'Replace' ? 'always' : undefined);
  return [
    ...Object.keys(unit.options).flatMap((section) => sectionProblems(section, ['unit', 'options', section])),
    ...inFiles.flatMap((lines) => withoutRepeats(lines).flatMap(({ section, path }) => sectionProblems(section, path))),
    ...[own, ...inFiles].flatMap((lines) => [...lines.flatMap(optionProblems), ...typeProblems(lines, restart)]),
  ];
}

function ownOptions(unitOptions: EffectiveSpec['unit']['options']): Option[] {
  return Object.entries(unitOptions).flatMap(([section, keys]) =>
    Object.entries(keys).flatMap(([key, values]) =>
      values.map((value, index) => ({ section, key, value, path: ['unit', 'options', section, key, index] })),
    ),
  );
}

function withoutRepeats(lines: readonly Option[]): Option[] {
  return lines.filter(({ section }, index) => lines.findIndex((line) => line.section === section) === index);
}

const elsewhere = ['Socket', 'Timer', 'Mount', 'Automount', 'Swap', 'Path', 'Slice', 'Scope'];
const ofService = 'a service has [Unit], [Service] and [Install]';

/** systemd ignores an unknown section with a message, and one that begins with X- without. */
function sectionProblems(section: string, path: FieldPath): SpecProblem[] {
  if (section === '' || sections.includes(section) || section.startsWith('X-')) return [];
  const reason = `systemd ignores the section [${section}] in a service`;
  if (elsewhere.includes(section)) return [refusal('UnitInvalid', path, reason, `remove the section: ${ofService}`)];
  const near = nearest(section, sections);
  return [caution('UnitInvalid', path, reason, near === undefined ? `remove the section: ${ofService}` : `write ${near}`)];
}

function optionProblems(option: Option): SpecProblem[] {
  const { section, key, path } = option;
  const known = Object.hasOwn(options, section) ? options[section] : undefined;
  if (known === undefined || key === '' || key.startsWith('X-')) return [];
  if (known.includes(key)) return wordProblems(option);
  const home = sections.find((other) => options[other]?.includes(key));
  // All values of one key have the same fault.
  const place = typeof path.at(-1) === 'number' ? path.slice(0, -1) : path;
  if (typeof path.at(-1) === 'number' && path.at(-1) !== 0) return [];
  if (home !== undefined) {
    const reason = `systemd ignores ${key} in [${section}]: it belongs into [${home}]`;
    return [refusal('UnitInvalid', place, reason, `move it to the section ${home}`)];
  }
  const near = nearest(key, known) ?? nearest(key, Object.values(options).flat());
  const reason = `systemd up to 258 has no option ${key} in [${section}], and ignores what it does not know`;
  return [caution('UnitInvalid', place, reason, near ? `write ${near}` : 'look it up in systemd.directives(7), or remove it')];
}

const commands = /^Exec(?!Paths$|SearchPath$)/;
const assignments = ['Environment'];
/** Lists of words in which systemd takes quotes away, and leaves backslashes alone. */
const lists =
  /^(Requires|Requisite|Wants|BindsTo|Upholds|Conflicts|Before|After|PartOf|OnFailure|OnSuccess|WantedBy|RequiredBy|UpheldBy|(ReadWrite|ReadOnly|Inaccessible)Paths|(Requires|Wants)MountsFor)$/;

function wordProblems({ section, key, value, path }: Option): SpecProblem[] {
  const isCommand = section === 'Service' && commands.test(key);
  const isAssignment = section === 'Service' && assignments.includes(key);
  if (!isCommand && !isAssignment && !lists.test(key)) return [];
  const fault = wordFault(value, isCommand || isAssignment);
  // A backslash at the end is another fault, with its own message.
  if (fault === undefined || fault.text === '\\') return [];
  if (fault.kind === 'OpenQuote') {
    const reason = `the quote in ${show(fault.text)} is never closed: systemd ignores the line`;
    return [refusal('UnitInvalid', path, reason, `close it${isCommand ? ', or write \\" for a quote that is text' : ''}`)];
  }
  const remedy = `write \\\\${fault.text.slice(1)} if the backslash is text`;
  const reason = `systemd does not know the escape ${fault.text}`;
  if (isAssignment) return [refusal('UnitInvalid', path, `${reason}, and ignores the assignment`, remedy)];
  return [caution('UnitInvalid', path, `${reason}, and warns about it at every start`, remedy)];
}

/** A service that systemd would not load, or whose start would never end. */
function typeProblems(lines: readonly Option[], restart: string | undefined): SpecProblem[] {
  const type = lines.findLast(isKey('Type'));
  const remedy = 'leave Type out, or write simple or notify: the kubelet is a program that goes on running';
  if (type?.value === 'oneshot') {
    const said = lines.findLast(isKey('Restart'))?.value ?? restart;
    const isRefused = said === 'always' || said === 'on-success';
    const reason = isRefused
      ? `systemd refuses a unit with Type=oneshot and Restart=${said}`
      : 'with Type=oneshot systemd waits for the end of the program, and the kubelet does not end';
    return [refusal('UnitInvalid', type.path, reason, remedy)];
  }
  if (type?.value !== 'dbus' || lines.some(isKey('BusName'))) return [];
  return [refusal('UnitInvalid', type.path, 'systemd refuses a unit with Type=dbus and without BusName', remedy)];
}

function isKey(name: string): (option: Option) => boolean {
  return ({ section, key }) => section === 'Service' && key === name;
}
