/**
 * Fits text for people into a limit. It cuts between graphemes: never inside an emoji or before a combining
 * mark.
 */

const mark = '…';

/**
 * At most `limit` characters, the last of them `…` if something was cut. Characters are Unicode code points,
 * as the API server counts them for `maxLength` (utf8.RuneCountInString, kube-openapi
 * pkg/validation/validate/values.go). The result is valid Unicode, so an API server returns it unchanged: a
 * lone surrogate becomes U+FFFD.
 */
export function cut(text: string, limit: number): string {
  return cutBy(text, limit, countCodePoints);
}

/** Like `cut`, but the limit counts bytes of UTF-8. */
export function cutBytes(text: string, limit: number): string {
  return cutBy(text, limit, Buffer.byteLength);
}

function cutBy(text: string, limit: number, sizeOf: (text: string) => number): string {
  const whole = wellFormed(text);
  if (sizeOf(whole) <= limit) return whole;
  const end = offsetOf(limit - sizeOf(mark), whole, sizeOf);
  // Whether a grapheme ends here depends only on the text before it and on the next code point.
  return `${whole.slice(0, graphemeAt(whole.slice(0, end + 2), end).index)}${mark}`;
}

/** The offset behind the first code points, as many as have at most this size together. */
function offsetOf(size: number, text: string, sizeOf: (text: string) => number): number {
  let left = size;
  let offset = 0;
  for (const codePoint of text) {
    left -= sizeOf(codePoint);
    if (left < 0) break;
    offset += codePoint.length;
  }
  return offset;
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _codePoint of text) count += 1;
  return count;
}

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

let segmenter: Intl.Segmenter | undefined;

/** The grapheme at the offset; an empty one at the end of the text. */
function graphemeAt(text: string, offset: number): { readonly index: number; readonly segment: string } {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text).containing(offset) ?? { index: offset, segment: '' };
}
