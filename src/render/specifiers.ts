/** Specifiers of systemd in commands where a person means those of another program: `date +%s`. Pure. */

export interface Specifier {
  /** With its percent sign. */
  readonly text: string;
  /** The program whose format it was meant for; undefined if that cannot be told. */
  readonly program: string | undefined;
}

/** Programs whose arguments have percent signs of their own. */
const formatters = ['date', 'printf', 'stat', 'awk', 'find', 'curl'];

/**
 * The specifiers in a value of Exec*= that were meant for a program. `%s` is the shell of the user, which
 * hardly anybody means.
 */
export function misreadSpecifiers(value: string): Specifier[] {
  return [...value.matchAll(/%(.)/g)].flatMap(({ 0: text, 1: letter = '', index }) => {
    if (!/[A-Za-z]/.test(letter)) return [];
    const program = formatterBefore(value.slice(0, index));
    return program !== undefined || letter === 's' ? [{ text, program }] : [];
  });
}

/** The program that the words before belong to, if it has formats. */
function formatterBefore(text: string): string | undefined {
  const command = text.slice(Math.max(...[';', '|', '&', '`', '('].map((mark) => text.lastIndexOf(mark))) + 1);
  const words = command.split(/[\s"']+/).map((word) => word.slice(word.lastIndexOf('/') + 1));
  return words.find((word) => formatters.includes(word));
}
