import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unquotableReason } from '../../src/systemd/quoting.ts';
import { printableText } from '../any-text.ts';
import { generatedSlow } from '../runs.ts';
import { decodeWords } from './launchers/rkt/decode-words.ts';
import { argumentsOf, environmentOf, file, unitPath, unknown, version, withRkt } from './subject.ts';

/**
 * Whatever a value holds, the process gets exactly that: through systemd's quoting, and through our
 * wrapper's.
 */

const nasty = [
  '$',
  '\u0024{X}',
  '$$',
  '%',
  '%n',
  '%%',
  '"',
  "'",
  '\\',
  '\\n',
  '\\x41',
  ' ',
  '  ',
  ';',
  '#',
  '*',
  '~',
  '`id`',
  '',
  'ä€😀',
  '\u2028',
  '\u00a0',
];
const piece = fc.oneof(fc.constantFrom(...nasty), printableText({ maxLength: 8 }));
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
/** On one line, as flags have to be. */
const line = text.filter((value) => unquotableReason(value) === undefined && !value.includes('\n'));
const lines = fc.tuple(line, fc.constantFrom('', '\n', '\t', '\n\n')).map(([value, blank]) => `${blank}${value}${blank}x`);
/** A blank and a backslash at the end of a flag are refused. */
const isNotJoined = (value: string) => !/[ \t]\\$/.test(value);
/** rkt looks for its command outside quotes, and takes `="` for the beginning of one. */
const isUnquoted = (value: string) => !value.includes('="');

/** Of a kubelet as old as this the rules for values are not known: it is given any text. */
const unruled = 'v1.16.0';

describe('flags', () => {
  test.each(nasty)('%j', (value) => {
    const unit = file({ kubelet: { version: unruled, flags: { 'node-labels': value } } });
    expect(argumentsOf(unit)).toEqual(['/usr/bin/kubelet', `--node-labels=${value}`]);
  });

  test('of any text, once or several times', () => {
    fc.assert(
      fc.property(line.filter(isNotJoined), fc.array(line, { maxLength: 3 }), (single, list) => {
        const unit = file({ kubelet: { version: unruled, flags: { 'hostname-override': single, 'node-labels': list } } });
        expect(argumentsOf(unit)).toEqual([
          '/usr/bin/kubelet',
          `--hostname-override=${single}`,
          ...list.map((item) => `--node-labels=${item}`),
        ]);
      }),
      { numRuns: generatedSlow },
    );
  });

  test('false, 0 and nothing are values', () => {
    const unit = file({
      kubelet: {
        version: unruled,
        flags: { 'cert-dir': false, 'cgroup-root': 0, 'cluster-domain': '', config: [], 'provider-id': true, 'root-dir': 1.5 },
      },
    });
    expect(argumentsOf(unit)).toEqual([
      '/usr/bin/kubelet',
      '--cert-dir=false',
      '--cgroup-root=0',
      '--cluster-domain=',
      '--provider-id=true',
      '--root-dir=1.5',
    ]);
  });
});

test('environment of any text, with tab and newline', () => {
  fc.assert(
    fc.property(lines, (value) => {
      expect(environmentOf(file({ unit: { environment: { VALUE: value, OTHER: 'x' } } }))).toEqual({ VALUE: value, OTHER: 'x' });
    }),
    { numRuns: generatedSlow },
  );
});

describe('podman', () => {
  const argumentsWith = (podman: object, flags: Record<string, string> = {}) =>
    argumentsOf(file({ kubelet: { image: 'quay.io/kubelet', version: 'v1.30.2', flags }, launcher: { podman } }));

  test('options and flags of any text', () => {
    fc.assert(
      fc.property(lines, line.filter(isNotJoined), (first, flag) => {
        const words = argumentsWith({ options: [`--label=a=${first}`] }, { 'hostname-override': flag });
        expect(words.slice(-3)).toEqual([`--label=a=${first}`, 'quay.io/kubelet:v1.30.2', `--hostname-override=${flag}`]);
      }),
      { numRuns: generatedSlow },
    );
  });

  test('volumes of any path that podman can be told', () => {
    const path = line.filter((value) => !value.includes(':')).map((value) => `/srv/v${value}`);
    fc.assert(
      fc.property(path, path, (hostPath, mountPath) => {
        expect(argumentsWith({ volumes: [{ name: 'v', hostPath, mountPath }] }).at(-2)).toBe(
          `--volume=${hostPath}:${mountPath}:bind`,
        );
      }),
      { numRuns: generatedSlow },
    );
  });
});

/** `--hostname` takes any text at all, so that rkt's own rules are not in the way. */
describe('rkt', () => {
  const exact = (rkt: Parameters<typeof withRkt>[0], name: string) =>
    decodeWords(environmentOf(file(withRkt(rkt), unitPath, unknown))[name] ?? '');

  test('options of any text, empty ones too', () => {
    fc.assert(
      fc.property(lines, line, (first, second) => {
        const options = [`--hostname=${first}`, '--hostname', second];
        expect(exact({ options }, 'RKT_RUN_ARGS_EXACT').slice(-3)).toEqual(options);
      }),
      { numRuns: generatedSlow },
    );
  });

  test('arguments before run and after the image', () => {
    fc.assert(
      fc.property(lines.filter(isUnquoted), (value) => {
        expect(exact({ globalArgs: [`--dir=/x${value}`] }, 'RKT_GLOBAL_ARGS_EXACT')).toEqual([`--dir=/x${value}`]);
        expect(exact({ imageArgs: [`--exec=/k${value}`] }, 'KUBELET_IMAGE_ARGS_EXACT')).toEqual([`--exec=/k${value}`]);
      }),
      { numRuns: generatedSlow },
    );
  });

  test('volumes of any path that rkt can be told', () => {
    const path = line.filter((value) => !value.includes(',')).map((value) => `/srv/${value}`);
    fc.assert(
      fc.property(path, path, (hostPath, mountPath) => {
        const words = exact({ volumes: [{ name: 'v', hostPath, mountPath }] }, 'RKT_RUN_ARGS_EXACT').slice(1);
        expect(words).toEqual([
          '--volume',
          `v,kind=host,source=${hostPath}`,
          '--mount',
          expect.stringMatching(/^volume=v,target=/),
        ]);
        expect(decodeURIComponent(words[3]?.replace('volume=v,target=', '') ?? '')).toBe(mountPath);
      }),
      { numRuns: generatedSlow },
    );
  });

  test('the commands that remove and stop the pod', () => {
    fc.assert(
      fc.property(line.filter(isUnquoted), (value) => {
        const unit = file(withRkt({ globalArgs: [`--dir=/x${value}`], uuidFile: `/opt/bin/u${value.replaceAll('/', '')}` }));
        const uuidFile = `--uuid-file=/opt/bin/u${value.replaceAll('/', '')}`;
        expect(argumentsOf(unit, 'ExecStartPre')).toEqual(['-/usr/bin/rkt', `--dir=/x${value}`, 'rm', uuidFile]);
        expect(argumentsOf(unit, 'ExecStop')).toEqual(['-/usr/bin/rkt', `--dir=/x${value}`, 'stop', uuidFile]);
      }),
      { numRuns: generatedSlow },
    );
  });

  test('what belongs to the kubelet stays its argument', () => {
    const unit = file(withRkt({}, { kubelet: { version, flags: { 'node-labels': 'a=$b %c "d"' } } }));
    expect(argumentsOf(unit)).toEqual(['/opt/bin/kubelet-wrapper', '--node-labels=a=$b %c "d"']);
  });
});
