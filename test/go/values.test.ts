import { describe, expect, test } from 'vitest';
import { integerOf, isGoDuration, isGoFloat, isGoInteger, parseBool, parseInteger } from '../../src/go/values.ts';

interface Grammar {
  readonly name: string;
  readonly accepts: (text: string) => boolean;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const grammars: readonly Grammar[] = [
  {
    name: 'boolean',
    accepts: (text) => parseBool(text).ok,
    good: ['true', 'false', 'True', 'FALSE', 't', 'F', '1', '0'],
    bad: ['', 'yes', 'no', 'on', 'fAlse', ' true', '2', 'true\n'],
  },
  {
    name: 'integer',
    accepts: isGoInteger,
    good: ['0', '110', '+5', '-1', '010', '0x6e', '0o17', '0b1', '1_000', '9223372036854775807', '-9223372036854775808'],
    bad: ['', '-', '1e2', '1.0', '08', '1__0', '_1', '1_', '9223372036854775808', 'ten', '110 ', '1\n'],
  },
  {
    name: 'float',
    accepts: isGoFloat,
    good: ['0', '0.5', '.5', '5.', '1e-3', '-1E+3', 'Inf', 'NaN', '0x1p-2'],
    bad: ['', '.', 'e1', '1e', 'half', '0.5s'],
  },
  {
    name: 'duration',
    accepts: isGoDuration,
    good: ['0', '-0', '0s', '90s', '1.5h', '.5m', '1h30m', '-1m', '300ms', '1us', '1µs', '2562047h'],
    bad: ['', '60', '1 m', '1m30', '1H', '1d', 's', '.s', '1.2.3s', '2562048h', '30s\n'],
  },
];

describe.each(grammars)('Go reads as a $name', ({ accepts, good, bad }) => {
  test.each(good)('%j', (text) => {
    expect(accepts(text)).toBe(true);
  });
  test.each(bad)('not %j', (text) => {
    expect(accepts(text)).toBe(false);
  });
});

test('long nonsense is refused without delay', () => {
  const digits = '1'.repeat(100_000);
  expect(isGoDuration(`${digits}x`)).toBe(false);
  expect(isGoFloat(`${digits}x`)).toBe(false);
  expect(isGoInteger(`${digits}x`)).toBe(false);
});

test.each([
  ['0x6e', 110n],
  ['010', 8n],
  ['-0b11', -3n],
  ['+1_000', 1000n],
  ['99999999999999999999', 99999999999999999999n],
  ['1.5', undefined],
])('the integer %j', (text, value) => {
  expect(integerOf(text)).toBe(value);
});

test('a decimal integer is refused in the words of Go', () => {
  expect(parseInteger('0x1')).toMatchObject({ ok: false, refusal: { reason: 'strconv.Atoi: parsing "0x1": invalid syntax' } });
  expect(parseInteger('9223372036854775808')).toMatchObject({ refusal: { reason: expect.stringContaining('out of range') } });
  expect(parseInteger('+007')).toEqual({ ok: true, value: 7 });
});
