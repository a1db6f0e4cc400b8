/** Commands of ours that a message quotes, about the host that the person gave, ready to paste. Pure. */

/** What the person gave on the command line that a quoted command needs as well. */
export interface Given {
  readonly root?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

/** The commands that take each of these options. */
export const takers: Readonly<Record<keyof Given, readonly string[]>> = {
  root: ['apply', 'diff', 'agent', 'status', 'history', 'rollback', 'retry', 'hold'],
  kubeconfig: ['agent', 'controller'],
};

/** The options of a quoted command, if it has some already, are left as they are. */
const quoted = /(?<![\w-])kubelet-config ([a-z]+)(?![\w-])(?! --(?:help|root|kubeconfig)\b)/g;

/** Repeats --root and --kubeconfig in every command of ours that the text quotes and that takes them. */
export function pasteable(text: string, given: Given = {}): string {
  return text.replaceAll(quoted, (words, name: string) => [words, ...optionsOf(name, given)].join(' '));
}

function optionsOf(name: string, { root, kubeconfig }: Given): string[] {
  const elsewhere = root === undefined || /^\/*$/.test(root) ? undefined : root;
  return Object.entries({ root: elsewhere, kubeconfig } satisfies Given).flatMap(([option, value]) =>
    value && takers[option as keyof Given].includes(name) ? [optionWords(option, value)] : [],
  );
}

/** A value that begins with a dash would be taken for an option. */
function optionWords(option: string, value: string): string {
  return `--${option}${value.startsWith('-') ? '=' : ' '}${forShell(value)}`;
}

/** One word of a POSIX shell. */
function forShell(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** A problem or a finding: its reason may say what to type too. */
export function pasteableProblem<Told extends { readonly reason: string; readonly remedy: string }>(
  told: Told,
  given?: Given,
): Told {
  return { ...told, reason: pasteable(told.reason, given), remedy: pasteable(told.remedy, given) };
}

/** The same in the words of a result for a program; whatever else it holds stays as it is. */
export function pasteableData(value: unknown, given: Given | undefined): unknown {
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
