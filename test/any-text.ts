/** Generated strings. fast-check's own units `binary` and `grapheme` build maps of all code points: seconds and 100 MB each. */

import fc from 'fast-check';

type Length = Pick<fc.StringConstraints, 'minLength' | 'maxLength'>;

const ofCodePoints = (...ranges: readonly (readonly [min: number, max: number])[]) => {
  const codePoint = fc.oneof(...ranges.map(([min, max]) => fc.integer({ min, max }))).map((code) => String.fromCodePoint(code));
  return (length: Length = {}): fc.Arbitrary<string> => fc.string({ unit: codePoint, ...length });
};

/** Every code point but lone surrogates, half of them ASCII. */
export const anyText = ofCodePoints([0, 0x7f], [0, 0x7f], [0x80, 0xd7ff], [0xe000, 0x10ffff]);

/** ASCII, other letters, CJK and emoji, without control characters. */
export const printableText = ofCodePoints([0x20, 0x7e], [0x20, 0x7e], [0xa1, 0x1fff], [0x3041, 0xd7a3], [0x1f300, 0x1faff]);
