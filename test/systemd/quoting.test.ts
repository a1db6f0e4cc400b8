import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  execLine,
  execLines,
  quoteEnvironment,
  quoteExecWord,
  UnquotableError,
  unquotableReason,
} from '../../src/systemd/quoting.ts';
import { splitWords, unescapeSpecifiers } from '../../src/systemd/words.ts';
import { anyText } from '../any-text.ts';
import { unescapeExecWord } from './words.ts';

interface Recorded {
  readonly rhs: string;
  readonly words: string[];
  readonly errno: number;
}
const recorded: Recorded[] = JSON.parse(readFileSync(new URL('../vectors/systemd-words.json', import.meta.url), 'utf8')).results;

/** Whatever a unit file can carry, with much of what needs care. */
const piece = fc.constantFrom(
  ' ',
  '\t',
  '\n',
  '"',
  "'",
  '\\',
  '$',
  '%',
  '%%',
  '$$',
  '\u0024{X}',
  '%n',
  ';',
  '#',
  '-',
  '=',
  'é',
  '日本',
  '😀',
  '\u00a0',
);
const quotable = fc
  .array(fc.oneof(piece, anyText()), { maxLength: 12 })
  .map((pieces) => pieces.join(''))
  .filter((text) => unquotableReason(text) === undefined);

/**
 * What systemd makes of the value of a setting: it joins the lines first, skipping comments in between
 * (systemd.syntax(7)).
 */
function joinLines(value: string): string {
  const lines = value.split('\n').filter((line, index) => index === 0 || !/^\s*[#;]/.test(line));
  return lines.map((line) => (line.endsWith('\\') ? `${line.slice(0, -1)} ` : line)).join('');
}

describe('splitWords', () => {
  it.each(recorded)("agrees with systemd's own splitter on $rhs", ({ rhs, words, errno }) => {
    const split = splitWords(rhs);
    if (errno === 0) expect(split).toEqual({ ok: true, words });
    else expect(split).toMatchObject({ ok: false });
  });

  it.each([
    ['\\U0001f600 \\u20ac \\xe2\\x82\\xac \\342\\202\\254', ['😀', '€', '€', '€']],
    ['\\U0001F600\\u20AC', ['😀€']],
    ['a\\u0041b\\101c\\x41', ['aAbAcA']],
    ['a\rb\nc\td', ['a', 'b', 'c', 'd']],
    ['a\u00a0b\u2028c\vd', ['a\u00a0b\u2028c\vd']],
    ['"" \'\'', ['', '']],
    ['\\"a\\" \\\'b\\\'', ['"a"', "'b'"]],
    ['\\a\\b\\f\\v\\r', ['\x07\b\f\v\r']],
    ['\ufeffa', ['\ufeffa']],
    ['', []],
    [' \t', []],
  ])('splits %j', (rhs, words) => {
    expect(splitWords(rhs)).toEqual({ ok: true, words });
  });

  it.each([
    '\\',
    'a\\',
    '\\x0g',
    '\\x4',
    '\\00',
    '\\400',
    '\\x00',
    '\\000',
    '\\u0000',
    '\\u00e',
    '\\X41',
    '\\U0000d800',
    '\\U0000fffe',
    '\\U00110000',
    '\\ ',
    '\\$',
  ])('refuses the escape in %j', (rhs) => {
    expect(splitWords(rhs)).toEqual({ ok: false, reason: expect.stringContaining('unknown escape sequence') });
  });

  it.each([`"a`, `a"b`, `'a`, `"a'`, `don't`])('refuses the open quote in %j', (rhs) => {
    expect(splitWords(rhs)).toEqual({ ok: false, reason: expect.stringContaining('never closed') });
  });
});

describe('quoteEnvironment', () => {
  it.each([
    ['KUBELET_IMAGE_TAG', 'v1.2.2_coreos.0', 'KUBELET_IMAGE_TAG=v1.2.2_coreos.0'],
    ['RKT_OPTS', '--volume x,kind=host', '"RKT_OPTS=--volume x,kind=host"'],
    ['A', '', 'A='],
    ['A', '50%', 'A=50%%'],
    ['A', '$HOME \u0024{X}', '"A=$HOME \u0024{X}"'],
    ['A', "don't", `"A=don't"`],
    ['A', 'say "hi"\\', '"A=say \\"hi\\"\\\\"'],
    ['A', 'a\tb\nc', '"A=a\\tb\\nc"'],
    ['A', 'é#;', 'A=é#;'],
  ])('writes %s = %j', (name, value, written) => {
    expect(quoteEnvironment(name, value)).toBe(written);
  });

  it('is undone by splitting and resolving', () => {
    fc.assert(
      fc.property(quotable, (value) => {
        const written = quoteEnvironment('NAME', value);
        expect(written).not.toContain('\n');
        const split = splitWords(written);
        expect(split.ok && split.words.map(unescapeSpecifiers)).toEqual([`NAME=${value}`]);
      }),
    );
  });

  it.each(['', '1A', 'A-B', 'A B', 'é'])('refuses the name %j', (name) => {
    expect(() => quoteEnvironment(name, 'x')).toThrow(expect.objectContaining({ code: 'InvalidName', value: name }));
  });
});

describe('quoteExecWord', () => {
  it.each([
    ['--config=/etc/kubernetes/manifests', '--config=/etc/kubernetes/manifests'],
    ['', '""'],
    [';', '";"'],
    ['#a', '"#a"'],
    ['a;#b', 'a;#b'],
    ['$X', '$$X'],
    ['100%', '100%%'],
    ['a=b c', '"a=b c"'],
    ['a\u00a0b', '"a\u00a0b"'],
  ])('writes %j', (word, written) => {
    expect(quoteExecWord(word)).toBe(written);
  });

  it.each(['a\0', '\x01', 'a\rb', '\x7f', '\x1b[0m'])('refuses the control character in %j', (word) => {
    expect(unquotableReason(word)?.code).toBe('ControlCharacter');
    expect(() => quoteExecWord(word)).toThrow(UnquotableError);
  });

  it.each(['\ud800', 'a\udc00', '\ufdd0', '\uffff', '\u{1fffe}'])('refuses %j, which systemd does not take for UTF-8', (word) => {
    expect(unquotableReason(word)?.code).toBe('NotUnicode');
    expect(() => quoteExecWord(word)).toThrow(UnquotableError);
  });
});

describe('execLine and execLines', () => {
  it('prints one argument a line, as the page of CoreOS does', () => {
    const command = [
      '/usr/lib/coreos/kubelet-wrapper',
      '--api-servers=http://127.0.0.1:8080',
      '--config=/etc/kubernetes/manifests',
    ] as const;
    expect(execLines(command)).toBe(
      '/usr/lib/coreos/kubelet-wrapper \\\n  --api-servers=http://127.0.0.1:8080 \\\n  --config=/etc/kubernetes/manifests',
    );
    expect(execLine(['/usr/bin/rkt', 'rm', '--uuid-file=/a b'], '-')).toBe('-/usr/bin/rkt rm "--uuid-file=/a b"');
    expect(execLine(['/opt/a b'], '-')).toBe('"-/opt/a b"');
  });

  it('is undone by joining, splitting and resolving, and nothing stands behind a backslash', () => {
    fc.assert(
      fc.property(fc.array(quotable, { maxLength: 6 }), (rest) => {
        const written = execLines(['/bin/100%$', ...rest]);
        expect(written).not.toMatch(/\\[ \t]+$/m);
        const split = splitWords(joinLines(written));
        expect(split.ok && split.words.slice(1).map(unescapeExecWord)).toEqual(rest);
        expect(split.ok && unescapeSpecifiers(split.words[0] ?? '')).toBe('/bin/100%$');
        expect(splitWords(execLine(['/bin/100%$', ...rest]))).toEqual(split);
      }),
    );
  });

  it.each([
    '',
    'rkt',
    '-/bin/x',
    '@/bin/x',
    ':/bin/x',
    '+/bin/x',
    '!/bin/x',
    ';',
    '/',
    '/bin/',
    '/a"b',
    "/a'b",
    '/a\\b',
    '/a\nb',
  ])('refuses the program %j', (program) => {
    expect(() => execLines([program])).toThrow(expect.objectContaining({ code: 'InvalidExecutable', value: program }));
  });
});

describe('unescapeSpecifiers and unescapeExecWord', () => {
  it.each([
    ['100%', '100%', '100%'],
    ['%%n', '%n', '%n'],
    ['%n', undefined, undefined],
    ['%%%n', undefined, undefined],
    ['$$X', '$$X', '$X'],
    ['$X', '$X', undefined],
    ['a$X', 'a$X', 'a$X'],
    ['a\u0024{X}', 'a\u0024{X}', undefined],
    ['$\u0024{X}', '$\u0024{X}', '\u0024{X}'],
    ['$$\u0024{X}', '$$\u0024{X}', undefined],
    ['$', '$', '$'],
  ])('read %j', (word, environment, exec) => {
    expect(unescapeSpecifiers(word)).toBe(environment);
    expect(unescapeExecWord(word)).toBe(exec);
  });
});
