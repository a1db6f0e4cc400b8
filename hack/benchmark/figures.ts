/** What was measured, and the table that is made of it. */

/** Values of one thing, one for each round, in `unit`. */
export interface Figure {
  readonly what: string;
  readonly unit: 'ms' | 'MiB' | '%' | 'calls';
  readonly values: readonly number[];
  /** Of the script in the same rounds; then the budget is a ratio. */
  readonly script?: readonly number[];
  readonly budget?: number;
}

interface Spread {
  readonly minimum: number;
  readonly median: number;
  readonly maximum: number;
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { minimum: sorted[0] ?? Number.NaN, median, maximum: sorted.at(-1) ?? Number.NaN };
}

/** Pair by pair, so that it holds on a machine whose speed drifts. */
function ratios({ values, script }: Figure): number[] {
  return script ? values.map((value, index) => value / (script[index] ?? Number.NaN)) : [];
}

interface Verdict {
  readonly line: readonly string[];
  readonly isMissed: boolean;
}

function verdict(figure: Figure): Verdict {
  const { what, unit, values, script, budget } = figure;
  const own = spread(values);
  const ratio = script && spread(ratios(figure));
  const measured = ratio ? ratio.median : own.median;
  const isMissed = budget !== undefined && measured > budget;
  const shown = (number: number) => `${format(number)} ${unit}`;
  return {
    isMissed,
    line: [
      what,
      ...[own.minimum, own.median, own.maximum].map(shown),
      ...(ratio ? [ratio.minimum, ratio.median, ratio.maximum].map((number) => `× ${number.toFixed(2)}`) : ['', '', '']),
      budget === undefined ? '' : `≤ ${ratio ? `× ${budget}` : shown(budget)}`,
      budget === undefined ? '' : isMissed ? 'MISSED' : 'kept',
    ],
  };
}

function format(number: number): string {
  return number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2);
}

const heading = ['', 'minimum', 'median', 'maximum', 'of the', "script's", 'time', 'budget', ''];

/** The table, and a sentence on what is missed. The median decides. */
export function report(figures: readonly Figure[]): string {
  const verdicts = figures.map(verdict);
  const rows = [heading, ...verdicts.map(({ line }) => line)];
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const missed = verdicts.filter(({ isMissed }) => isMissed).map(({ line }) => line[0]);
  return [...table, '', missed.length === 0 ? 'Every budget is kept.' : `Missed: ${missed.join('; ')}.`].join('\n');
}
