import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roomsLint } from '../../hack/house/lint.ts';
import { rooms } from '../../hack/house/rooms.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Reaches the world: refused in every room that gets it as an argument. */
const reaching = [
  "export { readFileSync } from 'node:fs';",
  "export { readFile } from 'node:fs/promises';",
  "export { connect } from 'node:net';",
  "export { request } from 'node:https';",
  "export { spawn } from 'node:child_process';",
  "export { hostname } from 'node:os';",
  "export { env } from 'node:process';",
  "export { setTimeout as timer } from 'node:timers/promises';",
  "export { randomUUID } from 'node:crypto';",
  "export const later = () => import('node:fs');",
  "export { CoreV1Api } from '@kubernetes/client-node';",
  "export { pino } from 'pino';",
  'export const clock = () => Date.now();',
  'export const monotonic = () => performance.now();',
  'export const random = () => Math.random();',
  'export const environment = () => process.env;',
  'export const wait = (f: () => void) => setTimeout(f, 1);',
  "export const fetched = () => fetch('https://example.com');",
  "export const print = () => console.log('x');",
  'export const everything = () => globalThis;',
];

/** Gives the same on every machine at any time: refused nowhere. */
const harmless = [
  "export { createHash } from 'node:crypto';",
  "export { posix } from 'node:path';",
  'export const largest = () => Math.max(1, 2);',
];

interface Planted {
  readonly path: string;
  readonly lines: readonly { readonly text: string; readonly isRefused: boolean }[];
}

/** One file of a room: every room imported, and everything that reaches the world, a line each. */
function plant(room: (typeof rooms)[number], folder: '' | 'deeper/'): Planted {
  const path = `src/${room.name}/${folder}planted.ts`;
  const imports = rooms.map(({ name }, index) => {
    const found = posix.relative(posix.dirname(path), `src/${name}/inside/target.ts`);
    const text = `export { it as it${index} } from '${found.startsWith('.') ? found : `./${found}`}';`;
    return { text, isRefused: name !== room.name && !room.mayImport.includes(name) };
  });
  return {
    path,
    lines: [
      ...imports,
      ...reaching.map((text) => ({ text, isRefused: !room.reachesOutside })),
      ...harmless.map((text) => ({ text, isRefused: false })),
    ],
  };
}

const planted = rooms.flatMap((room) => [plant(room, ''), plant(room, 'deeper/')]);

describe('the lint of the rooms', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'rooms-lint-'));
  let complaints = '';

  beforeAll(() => {
    for (const { path, lines } of planted) {
      mkdirSync(join(scratch, dirname(path)), { recursive: true });
      writeFileSync(join(scratch, path), `${lines.map(({ text }) => text).join('\n')}\n`);
    }
    cpSync(join(repository, 'hack/house/no-random.grit'), join(scratch, 'hack/house/no-random.grit'));
    writeFileSync(join(scratch, 'biome.json'), JSON.stringify({ ...roomsLint(), linter: { rules: { recommended: false } } }));
    const biome = join(repository, 'node_modules/.bin/biome');
    const words = ['lint', '--reporter=github', '--max-diagnostics=none', '.'];
    complaints = spawnSync(biome, words, { cwd: scratch, encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout;
    expect(complaints).toContain('planted.ts');
  }, 600_000);

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test.each(planted)('$path is refused what its room may not import or reach, and nothing else', ({ path, lines }) => {
    const found = [...complaints.matchAll(/file=([^,]+),line=(\d+),/g)].filter(([, file]) => file?.endsWith(path));
    const refused = new Set(found.map(([, , line]) => Number(line) - 1));
    expect(lines.filter((_, index) => refused.has(index)).map(({ text }) => text)).toEqual(
      lines.filter(({ isRefused }) => isRefused).map(({ text }) => text),
    );
  });
});
