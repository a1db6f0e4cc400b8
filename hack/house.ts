/**
 * How the house stands: rooms, floors, arrows and circles of src/, and what can be counted of how it is written. `npx tsx hack/house.ts` prints all
 * of it; with --check only what must not be, and fails when there is any; PREFIX narrows the findings to a part of src/ (`src/render`).
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Finding, longComments, longFunctions, undocumentedFunctions } from './house/manners.ts';
import { roomOf, rooms } from './house/rooms.ts';
import { readSources, type Source } from './house/sources.ts';
import { type Structure, structureOf } from './house/structure.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false }, root: { type: 'string' } },
});
const sources = readSources(options.root ?? fileURLToPath(new URL('..', import.meta.url)));
const structure = structureOf(sources);
const counted: readonly (readonly [string, readonly Finding[]])[] = [
  ['functions over 40 lines that are neither data nor a switch', sources.flatMap(longFunctions)],
  ['exported functions without a docstring', sources.flatMap(undocumentedFunctions)],
  ['comment lines over 110 columns', sources.flatMap(longComments)],
];

if (!options.check) console.log(plan(sources, structure));
const wrong = [
  ...structure.circles.map((circle) => `circle: ${circle.map((path) => `src/${path}`).join(' ↔ ')}`),
  ...structure.forbidden,
  ...counted.flatMap(([, findings]) => findings.map(({ place, what }) => `${place} ${what}`)),
].filter((line) => positionals.length === 0 || positionals.some((prefix) => line.includes(prefix)));
for (const line of wrong) console.log(line);
if (options.check) process.exitCode = wrong.length > 0 ? 1 : 0;

function plan(files: readonly Source[], { floors, arrows, circles, forbidden, betweenRooms }: Structure): string {
  const lines = files.reduce((sum, file) => sum + file.lines.length - 1, 0);
  const rows = rooms.map(({ name, holds }) => {
    const inside = files.filter(({ path }) => roomOf(path)?.name === name);
    const heights = inside.map(({ path }) => floors.get(path) ?? 0);
    const length = inside.reduce((sum, file) => sum + file.lines.length - 1, 0);
    const span = inside.length === 0 ? '' : `${Math.min(...heights)}–${Math.max(...heights)}`;
    return `  ${name.padEnd(18)}${String(inside.length).padStart(4)} files${String(length).padStart(7)} lines   floors ${span.padEnd(7)}${holds}`;
  });
  return [
    `${files.length} files, ${lines} lines, ${Math.max(...floors.values())} floors, ${arrows} arrows, ${circles.length} circles, ${forbidden.length} forbidden arrows`,
    `${rooms.length} rooms, ${betweenRooms.size} kinds of arrows between them`,
    ...rows,
    ...counted.map(([what, findings]) => `${findings.length} ${what}`),
  ].join('\n');
}
