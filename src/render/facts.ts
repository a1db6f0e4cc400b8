/**
 * Everything that is known of a machine. Rendering does not read this, but asks for named capabilities
 * (capabilities.ts).
 */

import type { FieldPath, Problem } from '../api/problem.ts';
import type { InstalledKubelet } from '../kubelet/installed/installed.ts';

export interface HostFacts {
  /** os-release(5), without quotes; {} if there is none. */
  readonly osRelease: Readonly<Record<string, string>>;
  readonly bootId?: string;
  /**
   * `1.30.0`, as `rkt version` says. Absent, as are the next three, if the program is not there or did not
   * answer.
   */
  readonly rktVersion?: string;
  /** `4.3.1`, as `podman --version` says. */
  readonly podmanVersion?: string;
  /** The number alone: 252. */
  readonly systemdVersion?: number;
  /** `v1.30.2`, as `kubelet --version` says. */
  readonly kubeletVersion?: string;
  /** False if a boot empties /etc. */
  readonly etcPersists?: boolean;
  /** The node's own kubelet, as it is without us; absent if nobody has looked. */
  readonly installed?: InstalledKubelet;
}

/** The facts that a file can give. */
type GivenFact = Exclude<keyof HostFacts, 'installed'>;

/** The programs whose version is a fact. */
export type ProgramName = 'rkt' | 'podman' | 'kubelet' | 'systemd';

/**
 * Reads os-release(5): assignments as in a shell, without expansion; the last of a name counts. Other lines
 * are ignored, as systemd does.
 */
export function parseOsRelease(text: string): Record<string, string> {
  const assignments = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line.trim()) ?? [];
    return name === undefined || value === undefined ? [] : [[name, unquote(value)]];
  });
  return Object.fromEntries(assignments);
}

/**
 * A backslash escapes `$`, `"`, backslash and backquote in double quotes, nothing in single quotes, and any
 * character outside of quotes.
 */
function unquote(value: string): string {
  const [, double, single] = /^(?:"(.*)"|'(.*)')$/.exec(value) ?? [];
  if (double !== undefined) return double.replace(/\\([$"\\`])/g, '$1');
  return single ?? value.replace(/\\(.)/g, '$1');
}

export type ParsedFacts = { readonly ok: true; readonly facts: HostFacts } | { readonly ok: false; readonly problems: Problem[] };

const VERSION = /^v?\d+\.\d+\.\d+/;

/** Which values each fact may have, and what to write instead of another. */
const FACTS: Readonly<Record<GivenFact, { readonly accepts: (value: unknown) => boolean; readonly remedy: string }>> = {
  osRelease: {
    accepts: isRecord,
    remedy: 'Give the names and values of /etc/os-release as a map, e.g. {ID: coreos, VERSION_ID: "1298.6.0"}',
  },
  bootId: { accepts: isText, remedy: 'Give the text of /proc/sys/kernel/random/boot_id' },
  rktVersion: { accepts: isVersion, remedy: 'Give three numbers as a string, e.g. "1.30.0"' },
  podmanVersion: { accepts: isVersion, remedy: 'Give three numbers as a string, e.g. "4.3.1"' },
  systemdVersion: { accepts: isCount, remedy: 'Give the number alone, e.g. 252' },
  kubeletVersion: { accepts: isVersion, remedy: 'Give three numbers as a string, e.g. "v1.30.2"' },
  etcPersists: { accepts: (value) => typeof value === 'boolean', remedy: 'Give true or false' },
};

/**
 * Checks the content of a facts file, which is parsed as YAML or JSON already. A fact that is left out or
 * `null` is unknown. Unknown names and wrong types are refused, because a misspelt fact would silently render
 * for another machine.
 * @param others names that a person may also give, and that are read elsewhere
 */
export function parseFacts(value: unknown, others: readonly string[] = []): ParsedFacts {
  if (!isRecord(value))
    return { ok: false, problems: [wrongType([], 'the facts are no map', `Give a map of ${Object.keys(FACTS).join(', ')}`)] };
  const given = Object.entries(value).filter(([, fact]) => fact !== null);
  const problems = given.flatMap(([name, fact]) => factProblems(name, fact, others));
  if (problems.length > 0) return { ok: false, problems };
  // `factProblems` has checked the type of every entry.
  return { ok: true, facts: { osRelease: {}, ...Object.fromEntries(given) } };
}

function factProblems(name: string, value: unknown, others: readonly string[]): Problem[] {
  const fact = Object.hasOwn(FACTS, name) ? FACTS[name as GivenFact] : undefined;
  if (fact === undefined) {
    const remedy = `Use one of ${[...others, ...Object.keys(FACTS)].join(', ')}`;
    return [
      { severity: 'error', code: 'UnknownField', path: [name], reason: `there is no fact named ${JSON.stringify(name)}`, remedy },
    ];
  }
  if (!fact.accepts(value)) return [wrongType([name], `${JSON.stringify(value)} is no ${name}`, fact.remedy)];
  if (name !== 'osRelease' || !isRecord(value)) return [];
  return Object.entries(value)
    .filter(([, text]) => typeof text !== 'string')
    .map(([key, text]) =>
      wrongType(
        [name, key],
        `${JSON.stringify(text)} is no string`,
        'Put the value in quotes: YAML reads 22.10 as the number 22.1',
      ),
    );
}

function wrongType(path: FieldPath, reason: string, remedy: string): Problem {
  return { severity: 'error', code: 'WrongType', path, reason, remedy };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isVersion(value: unknown): boolean {
  return typeof value === 'string' && VERSION.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0;
}
