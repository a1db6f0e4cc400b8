/**
 * What an expression may know of one node and its machine. The facts are chosen so that they do not wander.
 */

/** Names and values: labels, annotations, variables. */
export type Texts = Readonly<Record<string, string>>;

/** Why a fact is not known, and what a person can do about it. */
export interface Missing {
  readonly reason: string;
  readonly remedy: string;
}

/** A fact that cannot be read is an error of the expressions that use it, and of nothing else. */
export type Fact<Value> = { readonly value: Value } | { readonly missing: Missing };

export interface NodeFacts {
  readonly name: Fact<string>;
  readonly labels: Fact<Texts>;
  readonly annotations: Fact<Texts>;
}

export interface MachineFacts {
  readonly hostname: Fact<string>;
  /** Processors that are online. */
  readonly cpus: Fact<number>;
  /** Whole GiB, rounded down; it sticks while the memory stays near (`stickyGiB`). */
  readonly memoryGiB: Fact<number>;
  /** Address of the interface of the default route; '' without a default route. */
  readonly ipv4: Fact<string>;
  readonly ipv6: Fact<string>;
  /** As Go names it: amd64, arm64. */
  readonly architecture: Fact<string>;
  readonly osRelease: Fact<Texts>;
}

/** What one machine tells of itself. */
export interface HostFactsForExpressions {
  readonly machine: MachineFacts;
  /** The variables of each file that is there, by its path. */
  readonly environmentFiles: Fact<Readonly<Record<string, Fact<Texts>>>>;
}

export interface ExpressionFacts extends HostFactsForExpressions {
  readonly node: NodeFacts;
}

const text = 'string';
const texts = 'map<string, string>';

/** The members of `node` and `machine`, with their types in CEL. */
export const members = {
  node: { name: text, labels: texts, annotations: texts } satisfies Record<keyof NodeFacts, string>,
  machine: {
    hostname: text,
    cpus: 'int',
    memoryGiB: 'int',
    ipv4: text,
    ipv6: text,
    architecture: text,
    osRelease: texts,
  } satisfies Record<keyof MachineFacts, string>,
} as const;

/** The files that every expression may read; the directory stands for the files in it. */
export const factFiles = { files: ['/etc/environment', '/etc/os-release'], directory: '/run/metadata' } as const;

/** Whether an expression may read this file. @param extra the files that the agent's flag adds */
export function isFactFile(path: string, extra: readonly string[]): boolean {
  const { files, directory } = factFiles;
  const isInside = path.startsWith(`${directory}/`) && !path.slice(directory.length + 1).includes('/');
  return [...files, ...extra].includes(path) || isInside;
}

/** Machine facts that are all missing for one reason. */
export function noMachineFacts(missingFact: (name: string) => Missing): MachineFacts {
  const missing = (name: keyof MachineFacts) => ({ missing: missingFact(`machine.${name}`) });
  return {
    hostname: missing('hostname'),
    cpus: missing('cpus'),
    memoryGiB: missing('memoryGiB'),
    ipv4: missing('ipv4'),
    ipv6: missing('ipv6'),
    architecture: missing('architecture'),
    osRelease: missing('osRelease'),
  };
}

const gibibyte = 2 ** 30;
/** How far the memory may move out of the range of the last value before another one counts. */
const slack = gibibyte / 2;

/**
 * The memory in whole GiB, rounded down. The last value is kept while the memory is within half a GiB of
 * its range: MemTotal differs a little by kernel and balloon, and a machine near a whole GiB must not
 * change with it.
 */
export function stickyGiB(bytes: number, last: number | undefined): number {
  const isNear = last !== undefined && last * gibibyte - slack <= bytes && bytes < (last + 1) * gibibyte + slack;
  return isNear ? last : Math.floor(bytes / gibibyte);
}
