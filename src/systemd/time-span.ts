/** Time spans as systemd reads them: systemd.time(7). Pure. */

const microsecond = 1_000;
const second = 1_000_000 * microsecond;

/** The units that systemd takes in a time span, in nanoseconds. */
const units: ReadonlyMap<string, number> = new Map(
  (
    [
      [1, 'nsec ns'],
      [microsecond, 'usec us µs μs'],
      [1_000 * microsecond, 'msec ms'],
      [second, 'seconds second sec s'],
      [60 * second, 'minutes minute min m'],
      [3_600 * second, 'hours hour hr h'],
      [86_400 * second, 'days day d'],
      [7 * 86_400 * second, 'weeks week w'],
      [2_629_800 * second, 'months month M'],
      [31_557_600 * second, 'years year y'],
    ] as const
  ).flatMap(([nanoseconds, names]) => names.split(' ').map((name) => [name, nanoseconds] as const)),
);

/**
 * The nanoseconds of a text such as `30`, `5min` or `1min 30s`; a number without a unit counts seconds, and
 * `infinity` is Infinity. Undefined if systemd would not read it as a time span.
 */
export function timeSpan(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'infinity') return Number.POSITIVE_INFINITY;
  const parts = [...trimmed.matchAll(partOfSpan)];
  if (parts.length === 0 || trimmed.replaceAll(partOfSpan, '') !== '') return undefined;
  let total = 0;
  for (const [, number, unit = ''] of parts) {
    const factor = unit === '' ? second : units.get(unit);
    if (factor === undefined) return undefined;
    total += Number(number) * factor;
  }
  return total;
}

const partOfSpan = /(\d{1,15}(?:\.\d{1,9})?) {0,9}([a-zA-Zµμ]{0,9}) {0,9}/g;
