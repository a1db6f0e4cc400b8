/** How Go reads the scalars of a command line and of KubeletConfiguration; where Go's releases differ, the most lenient. */

/** `strconv.ParseBool` */
export function isGoBoolean(text: string): boolean {
  return /^(?:1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(text);
}

/** `strconv.ParseInt(text, 0, 64)`: 010 is 8, and since Go 1.13 0b1, 0o7 and 1_000 are numbers. Narrower flags are not told apart. */
export function isGoInteger(text: string): boolean {
  const [, sign, digits = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (!/^(?:0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?\d)*)$/.test(digits)) return false;
  const plain = digits.replaceAll('_', '').replace(/^0(?=\d)/, '0o');
  return BigInt(plain) <= (sign === '-' ? 2n ** 63n : 2n ** 63n - 1n);
}

/** `strconv.ParseFloat(text, 64)`, whose hexadecimal forms are let pass unread. */
export function isGoFloat(text: string): boolean {
  return /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|inf|infinity|nan|0x[\da-f._p+-]+)$/i.test(text);
}

const nanoseconds: Readonly<Record<string, number>> = {
  ...{ ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6 },
  ...{ s: 1e9, m: 60e9, h: 3600e9 },
};

/** `time.ParseDuration`: 0 alone needs no unit, and the whole fits into 64 bits of nanoseconds. */
export function isGoDuration(text: string): boolean {
  if (/^[+-]?0$/.test(text)) return true;
  if (!/^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return false;
  const parts = text.matchAll(/([\d.]+)([^\d.]+)/g);
  const total = [...parts].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (nanoseconds[unit] ?? 0), 0);
  return total <= 2 ** 63;
}
