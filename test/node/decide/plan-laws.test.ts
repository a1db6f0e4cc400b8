import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlanOptions, plan } from '../../../src/node/decide/plan.ts';
import { installSection } from '../../../src/systemd/unit-text.ts';
import {
  carriedOut,
  changedUnit,
  installed,
  notInstalled,
  observed,
  settings,
  target,
  textOf,
  unitFile,
  type World,
  words,
} from '../world.ts';

describe('laws', () => {
  const content = fc.constantFrom(undefined, 'a', 'b');
  const unitText = fc.constantFrom(undefined, installed, changedUnit, notInstalled);
  const world: fc.Arbitrary<World> = fc
    .record({
      unit: unitText,
      settings: content,
      vendor: unitText,
      linked: fc.boolean(),
      activeState: fc.constantFrom('active', 'activating', 'inactive', 'failed'),
      systemdRuns: fc.boolean(),
    })
    .map(({ unit: text, settings: other, ...rest }) => {
      const files = Object.entries({ [unitFile]: text, [settings]: other }).filter(([, value]) => value !== undefined);
      return { ...rest, files: Object.fromEntries(files) as Record<string, string>, invocationId: 'first' };
    });
  const wanted = fc.record({ [unitFile]: unitText, [settings]: content });
  const restart = fc.constantFrom('WhenChanged', 'Always', 'Never') as fc.Arbitrary<PlanOptions['restart']>;

  test('planning again after applying yields nothing, and the host is as it should be', () => {
    fc.assert(
      fc.property(world, wanted, fc.boolean(), fc.boolean(), restart, (before, files, enabled, active, how) => {
        const text = files[unitFile] ?? before.vendor;
        fc.pre(!before.linked || installSection(textOf(before) ?? '') !== '');
        // Only what was enabled can be: a unit without a file has no links, one without [Install] counts as enabled.
        fc.pre(enabled ? text !== undefined : text === undefined || installSection(text) !== '');
        const aim = target(files, { enabled, active });
        const paths = Object.keys(files);
        const contents = Object.fromEntries(Object.entries(files).map(([path, value]) => [path, value ?? '']));
        const after = carriedOut(before, plan(observed(before, paths), aim, { restart: how }), contents);

        expect(words(plan(observed(after, paths), aim, { restart: how === 'Always' ? 'WhenChanged' : how }))).toEqual([]);
        for (const [path, value] of Object.entries(files)) expect(after.files[path]).toBe(value);
        expect(after.linked && textOf(after) !== undefined).toBe(enabled && installSection(text ?? '') !== '');
      }),
    );
  });

  test('at most one reload and one restart, and these last', () => {
    fc.assert(
      fc.property(world, wanted, restart, (before, files, how) => {
        const kinds = plan(observed(before, Object.keys(files)), target(files), { restart: how }).map(({ kind }) => kind);
        expect(kinds.join(' ')).toMatch(/^(Stop ?)?(Disable ?)?((Write|Remove) ?)*(Enable ?)?(Reload ?)?(Restart)?$/);
      }),
    );
  });
});
