import { describe, expect, test } from 'vitest';
import { locateProblems } from '../../src/api/locate-problems.ts';
import { validateKubeletConfig } from '../../src/api/validate/validate.ts';
import { pasteable } from '../../src/cli/print/pasteable.ts';
import { parseQuantity } from '../../src/go/quantity.ts';
import { isIpAddress } from '../../src/go/text.ts';
import { integerOf, isGoDuration, isGoFloat } from '../../src/go/values.ts';
import { readEntries } from '../../src/host/last-output.ts';
import { readManifests } from '../../src/manifest/read/read.ts';
import { readHoldText } from '../../src/node/model/hold.ts';
import { parseOsRelease } from '../../src/render/facts.ts';
import { misreadSpecifiers } from '../../src/render/specifiers.ts';
import { checkRktArguments } from '../../src/rkt/check.ts';
import { dockerRefusal } from '../../src/rkt/docker-reference.ts';
import { imageRefusal } from '../../src/rkt/image-reference.ts';
import { parseMount, parseVolume } from '../../src/rkt/volume-grammar.ts';
import { readEnvironmentFile } from '../../src/systemd/environment-file.ts';
import { unquotableReason } from '../../src/systemd/quoting.ts';
import { foreignInstallKeysIn, setsExecStart } from '../../src/systemd/unit-text.ts';
import { wordFault } from '../../src/systemd/word-fault.ts';
import { splitWords, unescapeSpecifiers } from '../../src/systemd/words.ts';
import { foreignLines, terminalText } from '../../src/text/foreign-text.ts';
import { hideInOutput, hideInReason, hideSecrets } from '../../src/text/hide-secrets.ts';
import { milliseconds } from './work.ts';

/** An object that has the text wherever it may have any. */
const everywhere = (text: string) => ({
  apiVersion: 'kubelet-config.dev/v1alpha1',
  kind: 'KubeletConfig',
  metadata: { name: text },
  spec: {
    nodeSelector: { matchLabels: { [text]: text, a: text }, matchExpressions: [{ key: text, operator: text, values: [text] }] },
    kubelet: {
      version: text,
      image: text,
      flags: { [text]: 1, v: text },
      configuration: { a: text, [text]: 1 },
      configurationPath: text,
    },
    launcher: { rkt: { binary: text, options: [text], volumes: [{ name: text, hostPath: text }], uuidFile: text } },
    unit: { name: text, environment: { A: text, [text]: '' }, options: { Service: { ExecStart: [text] } } },
    files: [{ path: text, mode: text, content: text }],
    patches: [{ op: 'add', path: text, value: text }],
  },
});

/** What reads text of others, and what stands before the text that makes it take long. */
const readers: readonly (readonly [name: string, read: (text: string) => unknown, begins?: readonly string[]])[] = [
  ['hideSecrets', hideSecrets, ['', 'token: ', 'token=x', '-----BEGIN ', 'eyJaaaaa.']],
  ['hideInReason', hideInReason, ['', 'token: ']],
  ['hideInOutput', hideInOutput, ['', 'password: ']],
  ['foreignLines', foreignLines, ['', '\u001b[']],
  ['terminalText', terminalText, ['', '\u001b]']],
  ['readManifests', (text) => readManifests(text, 'f'), ['', 'a: ', 'a: "', 'a: [', '{"a": ', 'a: |\n  ']],
  ['validateKubeletConfig', (text) => validateKubeletConfig(everywhere(text))],
  ['locateProblems', (text) => locateProblems([problemOf(text)], locate)],
  ['pasteable', (text) => pasteable(text, { root: '/host', files: ['f'] }), ['', 'kubelet-config ']],
  ['splitWords', splitWords, ['', '"']],
  ['wordFault', (text) => wordFault(text, true), ['', '"']],
  ['unescapeSpecifiers', unescapeSpecifiers],
  ['unquotableReason', unquotableReason],
  ['setsExecStart', setsExecStart, ['', '[Service]\n', '[Service]\nExecStart=']],
  ['foreignInstallKeysIn', foreignInstallKeysIn, ['[Install]\n']],
  ['readEnvironmentFile', readEnvironmentFile, ['', 'A=', 'A="']],
  ['parseOsRelease', parseOsRelease, ['', 'A=', 'A="']],
  ['readHoldText', readHoldText, ['', 'x\nheld by ']],
  ['readEntries', readEntries, ['', '{"MESSAGE":"']],
  ['misreadSpecifiers', misreadSpecifiers],
  ['checkRktArguments', (text) => checkRktArguments([text]), ['', '--volume=', '--set-env=', '--exec=']],
  ['imageRefusal', imageRefusal, ['', 'docker://', 'sha512-', 'https://a/']],
  ['dockerRefusal', dockerRefusal, ['', 'a/', 'a:1/', 'a@sha256:']],
  ['parseVolume', parseVolume, ['', 'a,kind=host,source=']],
  ['parseMount', parseMount, ['', 'volume=a,target=']],
  ['parseQuantity', parseQuantity, ['', '1']],
  ['integerOf', integerOf, ['', '0x']],
  ['isGoFloat', isGoFloat, ['', '1e']],
  ['isGoDuration', isGoDuration, ['', '1.']],
  ['isIpAddress', isIpAddress],
];

const problemOf = (text: string) =>
  ({ severity: 'error', code: 'WrongType', path: [], reason: `found ${text}`, remedy: `write "${text}"` }) as const;
const locate = Object.assign(() => ({ file: 'f', line: 1, column: 1, excerpt: '' }), {
  written: () => ({ value: '8', source: '010' }),
});

const pieces = [
  ...['a', '0', ' ', '\n', '\t', '-', '_', '.', ':', '/', '=', ',', '"', "'", '\\', '$', '%', '[', '{', '#', '&', '?', '*', '`'],
  ...['a.', 'a-', 'a/', 'a:', 'a=', 'a,', 'a ', 'a\n', '- ', '? ', '"a', '\\\n', ' \n', '%%', '${', '1m', '01', '1_', 'eyJ-'],
  ...[
    'token ',
    'token:',
    'token="',
    'kubelet-config ',
    '\u001b[',
    'found 8',
    '--v=',
    '[A]\n',
    'A=\\\n',
    '{"a":',
    ': ',
    'é',
    '\ud800',
  ],
];

/** Of the texts for one reader the two that took longest at 2 KiB are tried with 64 KiB. */
describe('64 KiB of its worst input take no more than their length is worth:', () => {
  test.for(readers)('%s', ([, read, begins = ['']]) => {
    const texts = begins.flatMap((begin) => pieces.map((piece) => (size: number) => begin + piece.repeat(size / piece.length)));
    for (const make of texts) read(make(64));
    const measured = texts.map((make) => ({ make, took: milliseconds(() => read(make(2_048))) }));
    const worst = measured.toSorted((a, b) => b.took - a.took).slice(0, 2);
    for (const { make } of worst) {
      const text = make(65_536);
      expect(
        milliseconds(() => read(text)),
        JSON.stringify(text.slice(0, 40)),
      ).toBeLessThan(1_000);
    }
  });
});
