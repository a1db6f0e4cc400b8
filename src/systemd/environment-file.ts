/** Reads the files that `EnvironmentFile=` names, as systemd does (its basic/env-file.c). Pure. */

/** What the characters of a file mean at one place in it. */
type State =
  | 'BeforeName'
  | 'Name'
  | 'BeforeValue'
  | 'Value'
  | 'Escape'
  | 'SingleQuotes'
  | 'DoubleQuotes'
  | 'EscapeInQuotes'
  | 'Comment'
  | 'EscapeInComment';

interface Reader {
  readonly found: [name: string, value: string][];
  name: string;
  value: string;
  /** The length of the value up to its last character that is no blank outside of quotes. */
  kept: number;
}

const isLineEnd = (character: string) => character === '\n' || character === '\r';
const isBlank = (character: string) => character === ' ' || character === '\t' || isLineEnd(character);

/** Every assignment in the order of the file; of equal names the last one counts. */
export function readEnvironmentFile(text: string): [name: string, value: string][] {
  const reader: Reader = { found: [], name: '', value: '', kept: 0 };
  let state: State = 'BeforeName';
  for (const character of text) state = steps[state](character, reader);
  if (!['BeforeName', 'Name', 'Comment', 'EscapeInComment'].includes(state)) finish(reader);
  return reader.found;
}

const steps: Readonly<Record<State, (character: string, reader: Reader) => State>> = {
  BeforeName: (character, reader) => {
    if (character === '#' || character === ';') return 'Comment';
    if (isBlank(character)) return 'BeforeName';
    Object.assign(reader, { name: character, value: '', kept: 0 });
    return 'Name';
  },
  Name: (character, reader) => {
    if (isLineEnd(character)) return 'BeforeName';
    if (character === '=') return 'BeforeValue';
    reader.name += character;
    return 'Name';
  },
  BeforeValue: (character, reader) => {
    if (isLineEnd(character)) return finish(reader);
    if (character === "'") return 'SingleQuotes';
    if (character === '"') return 'DoubleQuotes';
    if (character === '\\') return 'Escape';
    return isBlank(character) ? 'BeforeValue' : keep(character, reader, 'Value');
  },
  Value: (character, reader) => {
    if (isLineEnd(character)) return finish(reader);
    if (character === '\\') return 'Escape';
    if (!isBlank(character)) return keep(character, reader, 'Value');
    reader.value += character;
    return 'Value';
  },
  Escape: (character, reader) => (isLineEnd(character) ? 'Value' : keep(character, reader, 'Value')),
  SingleQuotes: (character, reader) => (character === "'" ? 'BeforeValue' : keep(character, reader, 'SingleQuotes')),
  DoubleQuotes: (character, reader) => {
    if (character === '"') return 'BeforeValue';
    return character === '\\' ? 'EscapeInQuotes' : keep(character, reader, 'DoubleQuotes');
  },
  EscapeInQuotes: (character, reader) => {
    if (character === '\n') return 'DoubleQuotes';
    return keep('"\\`$'.includes(character) ? character : `\\${character}`, reader, 'DoubleQuotes');
  },
  Comment: (character) => {
    if (character === '\\') return 'EscapeInComment';
    return isLineEnd(character) ? 'BeforeName' : 'Comment';
  },
  EscapeInComment: () => 'Comment',
};

function keep(characters: string, reader: Reader, next: State): State {
  reader.value += characters;
  reader.kept = reader.value.length;
  return next;
}

function finish(reader: Reader): State {
  const name = reader.name.trim();
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) reader.found.push([name, reader.value.slice(0, reader.kept)]);
  return 'BeforeName';
}
