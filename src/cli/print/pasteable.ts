/** Commands of ours that a message quotes, about the host that the person gave, ready to paste. Pure. */

/** The commands that take --root. */
export const takeRoot: readonly string[] = ['apply', 'diff', 'agent', 'status', 'history', 'rollback', 'retry', 'hold'];

/** A quoted command that names a root already is left as it is. */
const quoted = /(?<![\w-])kubelet-config ([a-z]+)(?![\w-])(?! --(?:help|root)\b)/g;

/**
 * Repeats --root in every command of ours that the text quotes and that takes it.
 *
 * @param root as the person gave it; undefined if they gave none
 */
export function pasteable(text: string, root: string | undefined): string {
  if (root === undefined || /^\/*$/.test(root)) return text;
  // A value that begins with a dash would be taken for an option.
  const option = `--root${root.startsWith('-') ? '=' : ' '}${forShell(root)}`;
  return text.replaceAll(quoted, (words, name: string) => (takeRoot.includes(name) ? `${words} ${option}` : words));
}

/** One word of a POSIX shell. */
function forShell(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** A problem or a finding: its reason may say what to type too. */
export function pasteableProblem<Told extends { readonly reason: string; readonly remedy: string }>(
  told: Told,
  root: string | undefined,
): Told {
  return { ...told, reason: pasteable(told.reason, root), remedy: pasteable(told.remedy, root) };
}

/** The same in the words of a result for a program; whatever else it holds stays as it is. */
export function pasteableData(value: unknown, root: string | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => pasteableData(item, root));
  if (!isMap(value)) return value;
  const words = 'remedy' in value ? [...toldIn, 'reason'] : toldIn;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' && words.includes(key) ? pasteable(item, root) : pasteableData(item, root),
    ]),
  );
}

/** Where results for programs say what to type. */
const toldIn: readonly string[] = ['remedy', 'message', 'release'];

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
