import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lastGeneration, shippedGeneration, shippedWrapper } from '../../src/render/coreos.ts';
import { branchGenerations, releaseGenerations } from '../../src/render/data/coreos-wrappers.ts';

const table = readFileSync(new URL('../vectors/coreos-releases.tsv', import.meta.url), 'utf8');
const rows = table
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t'))
  .map(([release = '', , blob = '']) => ({ release, blob }));

/** The script of each generation, by the beginning of its blob; 1 and 7 are in no release. */
const generations: Readonly<Record<string, number>> = {
  absent: 0,
  '004649ea0': 2,
  '4dfba1d35': 3,
  e054466fa: 4,
  '3526b4b9f': 5,
  '94a160bb3': 6,
  '52b6c247e': 8,
  '9dd842345': 9,
  '3b0d31dc7': 10,
  '2855d8eb1': 11,
  '1f30bf17b': 12,
  '78d06936d': 13,
  '6dbfcec3b': 14,
  ed7558887: 15,
};

const coreos = (release: string) => shippedGeneration({ ID: 'coreos', VERSION_ID: release });

/** 960.0.0 has the wrapper among its packages but not in its image; 962.0.0 is the first that has. */
const inImage = ({ release, blob }: { release: string; blob: string }) => (release === '960.0.0' ? 0 : generations[blob]);

describe('shippedGeneration', () => {
  it('knows every tagged release', () => {
    expect(rows).toHaveLength(410);
    expect(rows.map(({ release }) => [release, coreos(release)])).toEqual(rows.map((row) => [row.release, inImage(row)]));
  });

  it('has its tables from the recorded releases', () => {
    const branches: [number, number][] = [];
    const releases: [string, number][] = [];
    let previous = { branch: 0, generation: 0 };
    for (const row of rows) {
      const branch = Number.parseInt(row.release, 10);
      const generation = inImage(row) ?? -1;
      if (branch !== previous.branch) {
        if (generation !== (branches.at(-1)?.[1] ?? 0)) branches.push([branch, generation]);
      } else if (generation !== previous.generation) {
        releases.push([row.release, generation]);
      }
      previous = { branch, generation };
    }
    expect(branchGenerations).toEqual(branches);
    expect(releaseGenerations).toEqual(releases);
  });

  it.each([
    ['899.17.0', 0, 'an old stable release'],
    ['961.9.9', 0, 'below the first'],
    ['1353.5.0', 8, 'between two of its branch'],
    ['1353.7.3', 6, 'between two of its branch'],
    ['1409.10.0', 10, 'after the last of its branch; ten is more than nine'],
    ['1360.0.0', 8, 'a branch that is not known: as the one before began'],
    ['1415.0.0', 9, 'a branch that is not known: as the one before began'],
    ['2600.0.0', 15, 'after the last'],
    ['1298.6.0+2017-03-14-2119', 6, 'a development build'],
  ])('%s: %i, %s', (release, generation) => {
    expect(coreos(release)).toBe(generation);
  });

  it.each([
    [{ ID: 'flatcar', ID_LIKE: 'coreos', VERSION_ID: '2605.5.0' }, 0],
    [{ ID: 'fedora', VARIANT_ID: 'coreos', VERSION_ID: '38' }, 0],
    [{ ID: 'debian' }, 0],
    [{ ID: 'coreos' }, null],
    [{ ID: 'coreos', VERSION_ID: '1298' }, null],
    [{}, null],
  ])('%j: %s', (osRelease, generation) => {
    expect(shippedGeneration(osRelease)).toBe(generation);
  });
});

describe('shippedWrapper', () => {
  it('tells each generation apart', async () => {
    const all = Array.from({ length: lastGeneration }, (_, index) => {
      const { volumes, ...rest } = shippedWrapper(index + 1);
      const facts = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
      const mounts = volumes.map(
        ({ name, source, target }) => `  ${name} ${source === target ? source : `${source} -> ${target}`}`,
      );
      return [`${index + 1}: ${facts.join(' ')}`, ...mounts].join('\n');
    });
    await expect(`${all.join('\n')}\n`).toMatchFileSnapshot('__snapshots__/shipped-wrappers.txt');
  });

  it.each([0, 16, 1.5, -1])('has no generation %d', (generation) => {
    expect(() => shippedWrapper(generation)).toThrow(RangeError);
  });
});
