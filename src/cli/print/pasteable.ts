/** Commands of ours that a message quotes, about the host that the person gave, ready to paste. Pure. */

/** The commands that take --root. */
export const takeRoot: readonly string[] = [
  'apply',
  'diff',
  'render',
  'validate',
  'explain',
  'agent',
  'status',
  'history',
  'rollback',
  'retry',
  'hold',
  'import',
  'upgrade-check',
];

/** A quoted command that names a root already is left as it is. */
const quoted = /(?<![\w-])kubelet-config ([a-z-]+)(?![\w-])(?! --(?:help|root)\b)/g;

/** What the person gave to this command, and means in the next one too. */
export interface Given {
  readonly root?: string | undefined;
  /** The paths of -f. */
  readonly files?: readonly string[] | undefined;
}

/** The place for the paths of -f in a command that needs them. */
const placeForFiles = /(?<=kubelet-config [a-z-]{1,32}) -f PATH\b/g;

/**
 * Repeats --root in every command of ours that the text quotes and that takes it, and -f where the text has
 * `-f PATH`. Standard input is not there a second time, so the place for a path then stays.
 */
export function pasteable(text: string, { root, files = [] }: Given): string {
  const isKnown = files.length > 0 && !files.includes('-');
  const paths = files.map((file) => (file.startsWith('-') ? ` --file=${forShell(file)}` : ` -f ${forShell(file)}`)).join('');
  const withFiles = isKnown ? text.replace(placeForFiles, () => paths) : text;
  if (root === undefined || /^\/*$/.test(root)) return withFiles;
  // A value that begins with a dash would be taken for an option.
  const option = `--root${root.startsWith('-') ? '=' : ' '}${forShell(root)}`;
  return withFiles.replaceAll(quoted, (words, name: string) => (takeRoot.includes(name) ? `${words} ${option}` : words));
}

/** One word of a POSIX shell. */
function forShell(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** A problem or a finding: its reason may say what to type too. */
export function pasteableProblem<Told extends { readonly reason: string; readonly remedy: string }>(
  told: Told,
  given: Given,
): Told {
  return { ...told, reason: pasteable(told.reason, given), remedy: pasteable(told.remedy, given) };
}

/** The same in the words of a result for a program; whatever else it holds stays as it is. */
export function pasteableData(value: unknown, given: Given): unknown {
  if (Array.isArray(value)) return value.map((item) => pasteableData(item, given));
  if (!isMap(value)) return value;
  const words = 'remedy' in value ? [...toldIn, 'reason'] : toldIn;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' && words.includes(key) ? pasteable(item, given) : pasteableData(item, given),
    ]),
  );
}

/** Where results for programs say what to type. */
const toldIn: readonly string[] = ['remedy', 'message', 'release'];

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
