import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonMap } from '../../src/api/json.ts';
import { readManifests } from '../../src/manifest/read/read.ts';
import { renderConfiguration } from '../../src/render/configuration.ts';
import { printableText } from '../any-text.ts';

/** As kubectl, and so the kubelet, reads it. */
function read(text: string): unknown {
  const { documents, problems } = readManifests(text, 'config.yaml');
  expect(problems).toEqual([]);
  expect(documents).toHaveLength(1);
  return documents[0]?.value;
}

const head = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };

test('reads well: keys sorted, strings quoted', () => {
  const text = renderConfiguration({
    maxPods: 64,
    clusterDNS: ['10.96.0.10'],
    evictionHard: { 'nodefs.available': '10%' },
    a: [],
    b: {},
  });
  expect(text).toBe(`a: []
apiVersion: "kubelet.config.k8s.io/v1beta1"
b: {}
clusterDNS:
  - "10.96.0.10"
evictionHard:
  nodefs.available: "10%"
kind: "KubeletConfiguration"
maxPods: 64
`);
});

test('an object may name the version and kind itself', () => {
  expect(read(renderConfiguration({ ...head, maxPods: 1 }))).toEqual({ ...head, maxPods: 1 });
});

test('the same map twice is written twice: aliases are not for everybody', () => {
  const shared = { a: 1 };
  expect(renderConfiguration({ x: shared, y: shared })).not.toMatch(/[&*]/);
});

describe('comes back exactly', () => {
  test.each([
    'on',
    'no',
    'y',
    'null',
    '~',
    '0644',
    '1_000',
    '12:30:45',
    '.inf',
    '<<',
    '=',
    '2001-01-01',
    '1e3',
    '0x1F',
    '',
    ' ',
    '- a',
    'a: b',
    '#',
  ])('%j as a value and as a key', (text) => {
    const configuration = { value: text, list: [text], map: { [text]: text } };
    expect(read(renderConfiguration(configuration))).toEqual({ ...head, ...configuration });
  });

  test.each(['\u0000', '\u007f', '\u0085', '\u2028', '\ufeff', '\r\n', '\t', 'ä€', '😀', '"', '\\', "'", 'a'.repeat(2000)])(
    '%j',
    (text) => {
      const configuration = { value: text, map: { [`k${text}`]: 1 } };
      expect(read(renderConfiguration(configuration))).toEqual({ ...head, ...configuration });
    },
  );

  /** But for `key: null`, which is no key to kubectl and the kubelet. */
  test('whatever JSON it is', () => {
    const number = fc
      .oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
      .map((value) => (Object.is(value, -0) || (Number.isInteger(value) && !Number.isSafeInteger(value)) ? 0 : value));
    const text = printableText({ maxLength: 12 });
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        text,
        number,
        fc.boolean(),
        fc.array(fc.oneof(tie('json'), fc.constant(null)), { maxLength: 4 }),
        fc.dictionary(text, tie('json'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.dictionary(
          text.map((key) => `k${key}`),
          json,
          { maxKeys: 5, noNullPrototype: true },
        ),
        (configuration) => {
          expect(read(renderConfiguration(configuration as JsonMap))).toEqual({ ...head, ...configuration });
        },
      ),
    );
  });
});

test('the order of keys changes no byte', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }), (configuration) => {
      const reversed = Object.fromEntries(Object.entries(configuration).reverse());
      expect(renderConfiguration(reversed)).toBe(renderConfiguration(configuration));
    }),
  );
});
