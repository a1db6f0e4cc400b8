import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { selectKubeletConfigs } from '../../../src/manifest/read/select.ts';
import { printableText } from '../../any-text.ts';
import { largeness } from '../../runs.ts';

interface Recorded {
  readonly error?: string;
  readonly weRefuse?: string;
}

interface Recording {
  readonly header: string;
  readonly fragments: readonly (Recorded & { readonly yaml: string; readonly json?: unknown })[];
  readonly files: readonly (Recorded & {
    readonly title: string;
    readonly file: string;
    readonly objects?: readonly unknown[];
  })[];
}

const recording: Recording = JSON.parse(readFileSync(new URL('../../vectors/kubectl-scalars.json', import.meta.url), 'utf8'));

const indented = (fragment: string) => fragment.split('\n').map((line) => `  ${line}`);
const manifestOf = (fragment: string) => `${recording.header}spec:\n${indented(fragment).join('\n')}\n`;
const read = (text: string) => {
  const { documents, problems } = readManifests(text, 'file.yaml');
  return { values: documents.map(({ value }) => value), problems, codes: problems.map(({ code }) => code) };
};
const specOf = (value: unknown) => (value as { spec?: unknown }).spec;
const place = (problem: ReturnType<typeof read>['problems'][number] | undefined) =>
  `${problem?.position?.line}:${problem?.position?.column} ${problem?.position?.excerpt}`;

describe('as kubectl 1.32 recorded it', () => {
  test('there is a recording worth its name', () => {
    expect(recording.fragments.length).toBeGreaterThan(400);
    expect(recording.files.length).toBeGreaterThan(40);
  });

  test.for(recording.fragments)('$yaml', ({ yaml, json, error, weRefuse }) => {
    const { values, problems, codes } = read(manifestOf(yaml));
    if (weRefuse !== undefined) expect(codes).toEqual([weRefuse]);
    else if (error !== undefined) expect(problems).toHaveLength(1);
    else {
      expect(problems).toEqual([]);
      expect(specOf(values[0])).toEqual(json);
    }
  });

  test.for(recording.files)('$title', ({ file, objects, error, weRefuse }) => {
    const { documents, problems } = readManifests(file, 'file.yaml');
    const selection = selectKubeletConfigs(documents);
    const all = [...problems, ...selection.problems];
    if (weRefuse !== undefined) expect(all.map(({ code }) => code)).toEqual([weRefuse]);
    else if (error !== undefined) expect(all).not.toEqual([]);
    else {
      expect(all).toEqual([]);
      expect(selection.objects.map(({ name, value }) => ({ name, ...('spec' in value ? { spec: value.spec } : {}) }))).toEqual(
        objects,
      );
    }
  });
});

describe('places', () => {
  const text =
    'apiVersion: a/v1\nkind: K\nspec:\n  flags:\n    v: 2\n  list:\n    - one\n    - {two: 2}\n  base: &base {x: 1}\n  more:\n    <<: *base\n';
  const yaml = `# first\n---\n${text}`;

  test.for<[path: (string | number)[], part: 'Key' | 'Value', expected: string]>([
    [[], 'Key', '3:1'],
    [['spec'], 'Key', '5:1'],
    [['spec', 'flags', 'v'], 'Key', '7:5'],
    [['spec', 'flags', 'v'], 'Value', '7:8'],
    [['spec', 'list', 0], 'Key', '9:7'],
    [['spec', 'list', 1, 'two'], 'Value', '10:13'],
    [['spec', 'list', 7], 'Value', '8:3'],
    [['spec', 'missing', 'deeper'], 'Value', '5:1'],
    [['spec', 'flags', 'v', 'deeper'], 'Key', '7:5'],
    [['spec', 'more', 'x'], 'Key', '11:16'],
    [['constructor'], 'Key', '3:1'],
  ])('%j %s', ([path, part, expected]) => {
    const position = readManifests(yaml, 'file.yaml').documents[0]?.locate(path, part);
    expect(`${position?.line}:${position?.column}`).toBe(expected);
    expect(position?.excerpt).toBe(yaml.split('\n')[(position?.line ?? 0) - 1]);
  });

  test('carriage returns and a byte order mark change neither line nor excerpt', () => {
    const position = readManifests(`\ufeff${yaml.replaceAll('\n', '\r\n')}`, 'f').documents[0]?.locate(['spec', 'flags', 'v']);
    expect(position).toEqual({ file: 'f', line: 7, column: 5, excerpt: '    v: 2' });
  });

  test('in JSON, object by object', () => {
    const { documents } = readManifests('{"kind": "A"}\n  {"kind": "B",\n "x": [1, {"y": 2}]}', 'f');
    expect(documents[1]?.locate(['x', 1, 'y'], 'Value')).toEqual({
      file: 'f',
      line: 3,
      column: 17,
      excerpt: ' "x": [1, {"y": 2}]}',
    });
    expect(documents[1]?.locate([])).toMatchObject({ line: 2, column: 3 });
  });

  test('an item of a List has the places of the List', () => {
    const { documents } = readManifests('kind: List\napiVersion: v1\nitems:\n- kind: A\n  x: 1\n- kind: B\n  x: 2\n', 'f');
    expect(documents.map((document) => document.locate(['x'], 'Value').line)).toEqual([5, 7]);
  });
});

describe('errors', () => {
  test.for<[title: string, text: string, reason: RegExp, place: string]>([
    ['a tab', 'spec:\n\tx: 1\n', /tab.*indentation/, '2:1 \tx: 1'],
    ['an open bracket', 'a: [1, 2\nb: 3\n', /not closed/, '2:1 b: 3'],
    ['an open quote', 'a: "x\nb: 3\n', /quote/, '1:4 a: "x'],
    ['a second colon', 'a: b: c\n', /second/, '1:4 a: b: c'],
    ['a line without a colon', 'a: 1\nword\nb: 2\n', /neither|line/, '2:1 word'],
    ['an unknown alias', 'a: 1\n---\nb: *a\n', /no anchor &a/, '3:4 b: *a'],
    ['an escape', 'a: "x\\qy"\n', /escape/, '1:6 a: "x\\qy"'],
    ['a control character', 'a: x\u0007\n', /U\+0007/, '1:5 a: x\u0007'],
    ['infinity', 'a: [.inf]\n', /JSON/, '1:5 a: [.inf]'],
    ['a wrong tag', 'a: !!int x\n', /has the tag !!int/, '1:10 a: !!int x'],
    ['a null key', 'a:\n  ~: 1\n', /cannot be a key/, '2:3   ~: 1'],
    ['a list as key', 'a:\n  [b]: 1\n', /cannot be a key/, '2:3   [b]: 1'],
    ['a merge of a number', 'a:\n  <<: 1\n', /<< takes/, '2:3   <<: 1'],
    ['a separator with words', 'a: 1\n--- x\n', /'---'/, '2:4 --- x'],
    ['JSON without a comma', '{"a": 1\n "b": 2}', /',' or '}'/, '2:2  "b": 2}'],
    ['JSON cut off', '{"a": [1,', /ends where/, '1:10 {"a": [1,'],
    ['JSON with an open string', '{"a": "x\n}', /not closed/, '1:7 {"a": "x'],
    ['JSON with a trailing comma', '{"a": 1,}', /a key in double quotes but found "}"/, '1:9 {"a": 1,}'],
    ['JSON with a bare word', '{"a": yes}', /a value/, '1:7 {"a": yes}'],
  ])('%s', ([, text, reason, where]) => {
    const { problems } = read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: 'error', code: 'NotYaml', reason: expect.stringMatching(reason) });
    expect(problems[0]?.remedy).not.toBe('');
    expect(place(problems[0])).toBe(where);
  });

  test('every bad document of a file is told, and the good ones are still there', () => {
    const { values, problems } = read('a: [\n---\nb: 1\n---\nc: *x\n');
    expect(problems.map((problem) => problem.position?.line)).toEqual([1, 5]);
    expect(values).toEqual([{ b: 1 }]);
  });

  test('duplicate keys and large integers are all told, with their paths', () => {
    const { problems, values } = read('a: {b: 1, b: 2}\nc: [9007199254740993, -0x20000000000001]\n');
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ['DuplicateKey', ['a', 'b']],
      ['NumberTooLarge', ['c', 0]],
      ['NumberTooLarge', ['c', 1]],
    ]);
    expect(place(problems[0])).toBe('1:11 a: {b: 1, b: 2}');
    expect(values).toEqual([]);
  });

  test('the same in JSON', () => {
    const { problems } = read('{"a": {"b": 1,\n"b": 2}, "c": [9007199254740993, 1e300, 1e400]}');
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ['DuplicateKey', ['a', 'b']],
      ['NumberTooLarge', ['c', 0]],
      ['NumberTooLarge', ['c', 2]],
    ]);
    expect(place(problems[0])).toBe('2:1 "b": 2}, "c": [9007199254740993, 1e300, 1e400]}');
  });
});

describe('limits', () => {
  test('an object of more than 1 MiB is TooLarge, quickly', () => {
    const { codes, values } = read(manifestOf(`x: ${'x'.repeat(1024 * 1024)}`));
    expect([codes, values]).toEqual([['TooLarge'], []]);
  });

  test('an object of a megabyte is read', () => {
    expect(specOf(read(manifestOf(`x: ${'x'.repeat(1_000_000)}`)).values[0])).toEqual({ x: 'x'.repeat(1_000_000) });
  });

  test('a file of more than 3 MiB is not even parsed', () => {
    const { codes, problems } = read('[ '.repeat(2 * 1024 * 1024));
    expect(codes).toEqual(['TooLarge']);
    expect(place(problems[0])).toBe('1:1 ');
  });

  test('many objects may share a file', () => {
    expect(read(`${manifestOf(`x: ${'x'.repeat(600_000)}`)}---\n`.repeat(4)).values).toHaveLength(4);
  });

  test.for<[string, string]>([
    ['flow', '['.repeat(largeness(100_000))],
    ['flow, closed', '['.repeat(1000) + ']'.repeat(1000)],
    ['JSON', '{"a":'.repeat(largeness(100_000))],
    ['block', '- '.repeat(10_000)],
  ])('deep nesting ends in an error: %s', ([, text]) => {
    expect(read(text)).toMatchObject({ codes: ['NotYaml'], problems: [{ reason: expect.stringMatching(/deep/) }] });
  });

  test.for<[string, string]>([
    ['laughs', ['a: &a0 [lol, lol]', ...Array.from({ length: 40 }, (_, n) => `b${n}: &a${n + 1} [*a${n}, *a${n}]`)].join('\n')],
    [
      'a chain',
      ['a: &a0 [lol]', ...Array.from({ length: largeness(20_000) }, (_, n) => `b${n}: &a${n + 1} [*a${n}]`)].join('\n'),
    ],
    ['a list of Lists', `x: &x [${'y, '.repeat(largeness(10_000))}]\nz: [${'*x, '.repeat(largeness(10_000))}]`],
  ])('aliases cannot make more than the limit: %s', ([, text]) => {
    expect(read(text).codes).toEqual(['TooLarge']);
  });

  test('merges cannot either', () => {
    const lines = Array.from({ length: largeness(5000) }, (_, n) => `b${n + 1}: &b${n + 1} {<<: *b${n}, k${n}: 1}`);
    expect(read(['b0: &b0 {}', ...lines].join('\n')).codes).toEqual(['NotYaml']);
  });

  const lines = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, n) => line(n)).join('\n');
  test.for<[string, () => string]>([
    ['documents', () => 'a: 1\n---\n'.repeat(100_000)],
    ['separators that are none', () => '--- x\n'.repeat(300_000)],
    ['anchors', () => lines(100_000, (n) => `a${n}: &a${n} 1`)],
    ['aliases', () => `a: &a 1\n${lines(100_000, (n) => `b${n}: *a`)}`],
    ['keys', () => lines(250_000, (n) => `k${n}: 1`)],
    ['keys of JSON', () => `{${lines(250_000, (n) => `"k${n}":1,`)}"z":1}`],
    ['equal keys', () => 'k: 1\n'.repeat(300_000)],
    ['items', () => `a: [${'1,'.repeat(1_000_000)}]`],
    ['items of items', () => `${'- '.repeat(150)}1\n`.repeat(9_000)],
    ['objects of JSON', () => '{"a":1}\n'.repeat(20_000)],
  ])('a file with too many %s is refused before much of it is parsed', ([, make]) => {
    const text = make();
    const begun = process.cpuUsage();
    const { problems } = read(text);
    const { user, system } = process.cpuUsage(begun);
    expect(problems.at(-1)).toMatchObject({ code: 'TooLarge', reason: expect.stringMatching(/more than \d+ (documents|parts)/) });
    expect((user + system) / 1000).toBeLessThan(4_000);
  });

  test('as many as a person may write are read', () => {
    expect(read(manifestOf('x: 1\n').concat('---\n').repeat(largeness(5_000))).values).toHaveLength(largeness(5_000));
  });

  test('items of a List that are all one alias cannot either', () => {
    const text = `kind: List\napiVersion: v1\nx: &x {kind: K, apiVersion: v1, x: ${'x'.repeat(500_000)}}\nitems: [${'*x, '.repeat(largeness(10_000))}]\n`;
    expect(read(text).codes).toContain('TooLarge');
  });
});

describe('laws', () => {
  /** Values within our limits that JSON can hold. Nulls in maps are dropped, as kubectl apply does. */
  const jsonObject = fc.dictionary(
    printableText(),
    fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.boolean(),
        fc.maxSafeInteger(),
        printableText(),
        fc.array(tie('value')),
        fc.dictionary(printableText(), tie('value')),
      ),
    })).value,
  );

  test('JSON reads as JSON.parse reads it', () => {
    fc.assert(
      fc.property(jsonObject, fc.constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        expect(read(text)).toMatchObject({ problems: [], values: [JSON.parse(text)] });
      }),
    );
  });

  test('no text makes the reader throw, and every problem has a place in the file', () => {
    const pieces = [
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&x ',
      '*x',
      '!!int ',
      '|\n',
      '<<: ',
      '? ',
      '\t',
      '#',
      '---\n',
      ',',
      '1',
      '\\',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        for (const { position } of read(text).problems) {
          expect(text.split(/\r?\n/)[(position?.line ?? 0) - 1]).toBe(position?.excerpt);
          expect(position?.column).toBeLessThanOrEqual((position?.excerpt.length ?? 0) + 1);
        }
      }),
    );
  });
});
