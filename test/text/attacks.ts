/** Makes, for a regular expression, the texts on which it would take longest if it were not linear. */

/** A part of a pattern, as far as it decides which texts reach it. */
type Part =
  | { readonly kind: 'Characters'; readonly raw: string }
  | { readonly kind: 'Group'; readonly choices: readonly (readonly Part[])[]; readonly looks: boolean }
  | { readonly kind: 'Repeat'; readonly body: Part; readonly least: number; readonly hasLimit: boolean };

/** Each class is asked for these; the first ones that it takes stand for it. */
const samples = [...'a-0 .A:/_\n\t="\',\\$%@[(#;!+*?\u0000\u0001\u007f\u009b\u001b\u202eé\ud800'];

/** How many different texts are made of a part: an overlap with its neighbour is seldom in the first alone. */
const variants = 3;

/** More repetitions than these cost so much that they count as any number of them. */
const smallLimit = 16;

/** @returns begin, the piece to repeat, and end of each text */
export function attacksOn({ source, flags }: RegExp): [begin: string, piece: string, end: string][] {
  const found = new Map<string, [string, string, string]>();
  const kept = flags.replace(/[gy]/g, '');
  const text = (part: Part, variant: number): string => textOf(part, variant, kept);
  const ends = endsFor(source, kept);
  const visit = (parts: readonly Part[], before: string): void => {
    let begin = before;
    for (const part of parts) {
      if (part.kind === 'Repeat' && !part.hasLimit) {
        for (let variant = 0; variant < variants; variant += 1) {
          for (const piece of [text(part.body, variant), begin + text(part.body, variant)]) {
            for (const end of ends) if (piece !== '') found.set(JSON.stringify([begin, piece, end]), [begin, piece, end]);
          }
        }
      }
      const inner = part.kind === 'Repeat' ? part.body : part;
      if (inner.kind === 'Group') for (const choice of inner.choices) visit(choice, begin);
      begin += text(part, 0);
    }
  };
  for (const choice of readPattern(source)) visit(choice, '');
  return [...found.values()];
}

/** What no repetition takes: control characters, and what `[^…]` leaves out. */
function endsFor(source: string, flags: string): string[] {
  const classes = source.match(/\[\^(?:\\[\s\S]|[^\]\\])*\]/g) ?? [];
  const left = classes.flatMap((raw) => samples.filter((sample) => !new RegExp(raw, flags).test(sample)).slice(0, 2));
  return [...new Set(['', '\u0001', '\n', ...left])];
}

function textOf(part: Part, variant: number, flags: string): string {
  if (part.kind === 'Repeat') return textOf(part.body, variant, flags).repeat(Math.max(1, part.least));
  if (part.kind === 'Characters') return charactersOf(part.raw, variant, flags);
  if (part.looks || part.choices.length === 0) return '';
  const choice = part.choices[variant % part.choices.length] ?? [];
  return choice.map((inner) => textOf(inner, variant, flags)).join('');
}

function charactersOf(raw: string, variant: number, flags: string): string {
  if (!/^[[\\.]/.test(raw)) return raw;
  const whole = new RegExp(`^${raw}$`, flags);
  const taken = samples.filter((sample) => whole.test(sample));
  return taken[Math.min(variant, taken.length - 1)] ?? '';
}

const token =
  /\\(?:u\{[^}]+\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|p\{[^}]+\}|k<[^>]+>|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|\((?:\?(?:<?[=!]|:|<[^>]+>))?|[*+?]\??|\{\d+(?:,\d*)?\}\??|[\s\S]/y;

/** Reads a pattern that JavaScript has accepted. */
function readPattern(source: string): Part[][] {
  let at = 0;
  const next = () => {
    token.lastIndex = at;
    return token.exec(source)?.[0];
  };
  const readChoices = (): Part[][] => {
    const choices: Part[][] = [[]];
    for (let word = next(); word !== undefined && word !== ')'; word = next()) {
      at += word.length;
      const parts = choices.at(-1) ?? [];
      if (word === '|') choices.push([]);
      else if (/^([*+?]|\{\d)/.test(word)) repeatLast(parts, word);
      else if (!/^([$^]|\\[bB])$/.test(word)) parts.push(readPart(word));
    }
    return choices;
  };
  const readPart = (word: string): Part => {
    if (!word.startsWith('(')) return { kind: 'Characters', raw: word };
    const choices = readChoices();
    at += 1;
    return { kind: 'Group', choices, looks: /[=!]/.test(word) };
  };
  return readChoices();
}

function repeatLast(parts: Part[], word: string): void {
  const body = parts.pop();
  if (body === undefined) throw new RangeError(`nothing stands before ${word}`);
  const least = Number(/^\{(\d+)/.exec(word)?.[1] ?? (word.startsWith('+') ? 1 : 0));
  const most = word.startsWith('?') ? 1 : Number(/^\{(?:\d+,)?(\d+)\}/.exec(word)?.[1] ?? Number.POSITIVE_INFINITY);
  parts.push({ kind: 'Repeat', body, least, hasLimit: most <= smallLimit });
}
