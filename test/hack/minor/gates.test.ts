import { describe, expect, test } from 'vitest';
import { compareDependencies, compareGates } from '../../../hack/minor/compare-gates.ts';
import { dependenciesOf, type Gates, gateConstants, gatesOf, specText } from '../../../hack/minor/gates.ts';
import { featureGates } from '../../../src/kubelet/data/feature-gates.ts';
import { readGates, stateOfRow } from '../../../src/kubelet/gate-table.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';

const source = `
const (
	// owner: @someone
	//
	// A gate that is named "Otherwise" (in its remark).
	Plain featuregate.Feature = "Plain"
	Renamed featuregate.Feature = "CalledSo"
	Untyped = "Untyped"
	Converted = featuregate.Feature("Converted")
	Later featuregate.Feature = "Later"
	Ancient featuregate.Feature = "Ancient"
	group Feature = "Group"
)

func specs() map[featuregate.Feature]featuregate.VersionedSpecs {
	return map[featuregate.Feature]featuregate.VersionedSpecs{
		Plain: {
			{Version: version.MustParse("1.35"), Default: false, PreRelease: featuregate.Alpha},
			{Version: version.MustParse("1.38"), Default: true, PreRelease: featuregate.Beta},
			{Version: version.MustParse("1.40"), Default: true, PreRelease: featuregate.GA, LockToDefault: true}, // remove in 1.43 }
		},
		/* Renamed: { */
		Renamed: {
			{Version: version.MustParse("1.38"), PreRelease: featuregate.GA, Default: true, LockToDefault: true},
		},
		Untyped: {{Version: version.MustParse("1.38"), Default: false, PreRelease: featuregate.Deprecated}},
		Later:   {{Version: version.MustParse("1.39"), Default: false, PreRelease: featuregate.Alpha}},
		other.Elsewhere: {{Version: version.MustParse("1.38"), Default: false, PreRelease: Alpha}},
		Ancient: {{Version: version.MustParse("1.0"), Default: true, PreRelease: featuregate.GA}},
		group: {{Default: false, PreRelease: Alpha, Version: version.MajorMinor(0, 0)}},
	}
}

var needs = map[featuregate.Feature][]featuregate.Feature{
	Plain:   {},
	Renamed: {Plain, featuregate.Feature(other.Elsewhere)}, // and more
}
`;
const constants = new Map([...gateConstants(source), ['Elsewhere', 'FromElsewhere']]);
const next = knownRelease('1.38');

describe('gates in Go', () => {
  test('each with what holds up to the release, by its name', () => {
    const gates = [...gatesOf(source, constants, next)].map(([name, specs]) => `${name} ${specs.map(specText).join(' ')}`);
    expect(gates).toEqual([
      'Plain 1.35:alpha:off 1.38:beta:on',
      'CalledSo 1.38:stable:on:locked',
      'Untyped 1.38:deprecated:off',
      'FromElsewhere 1.38:alpha:off',
      'Ancient 1.0:stable:on',
      'Group 0.0:alpha:off',
    ]);
  });

  test('what each needs, by the names of the gates', () => {
    expect([...dependenciesOf(source, constants)]).toEqual([['CalledSo', ['Plain', 'FromElsewhere']]]);
  });

  test.each([
    [
      'a stage of another name',
      'A: {{Version: version.MustParse("1.38"), PreRelease: featuregate.Gamma}},',
      'the stage of gate A',
    ],
    [
      'a version of another form',
      'A: {{Version: v138, PreRelease: featuregate.Beta}},',
      'the version of gate A is not known: v138',
    ],
    ['a gate without its constant', 'B: {{}},', 'no file that was read says which gate B is'],
    ['an entry that is none', 'A,', '`A` is no entry of a table of gates'],
  ])('%s is not guessed', (_, entry, message) => {
    const text = `A Feature = "A"\nx := map[Feature]VersionedSpecs{\n${entry}\n}`;
    expect(() => gatesOf(text, new Map([['A', 'A']]), next)).toThrow(message);
  });

  test('a source that ends too soon is not guessed', () => {
    expect(() => gatesOf('x = map[Feature]VersionedSpecs{ A: {', new Map(), next)).toThrow('is not closed');
  });
});

/** What our own table says of a release. */
function gatesOfTable(release: number): Gates {
  const known = [...readGates(featureGates)].filter(([, row]) => stateOfRow(row, release).kind === 'Known');
  return new Map(known.map(([name, { history }]) => [name, history.filter(({ from }) => from <= release)]));
}

describe('gates beside the table', () => {
  const release = knownRelease('1.37');

  test('lines that were taken out of the table are printed as they stood there, and no other ones', () => {
    const lines = featureGates.trim().split('\n');
    // Every seventh gate of 1.37 that no patch release has brought.
    const known = gatesOfTable(release);
    const taken = lines.filter(
      (line, index) => index % 7 === 0 && known.has(line.split(' ', 1)[0] ?? '') && !/sampled|gaps/.test(line),
    );
    const rest = lines.filter((line) => !taken.includes(line)).join('\n');
    const found = compareGates(rest, known, release);
    expect(taken.length).toBeGreaterThan(20);
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['new']));
    // A gate that began before is taken for one that patch releases brought: the table had not seen it.
    expect(found.map(({ line }) => line?.replace(' sampled=1.37', ''))).toEqual(taken);
  });

  test.each([
    ['a new gate', '', '1.38:alpha:off', 'new', 'G 1.38- 1.38:alpha:off'],
    [
      'one that patch releases have as well',
      '',
      '1.36:beta:off 1.38:beta:on',
      'new',
      'G 1.36- 1.36:beta:off 1.38:beta:on sampled=1.38',
    ],
    ['one that says what held before it', '', '1.0:stable:on 1.38:deprecated:off', 'new', 'G 1.38- 1.38:deprecated:off'],
    ['one that says only that', '', '1.0:stable:on', 'new', 'G 1.38- 1.38:stable:on'],
    ['a stage', 'G 1.36- 1.36:alpha:off', '1.36:alpha:off 1.38:beta:off', 'changed', 'G 1.36- 1.36:alpha:off 1.38:beta:off'],
    ['a default', 'G 1.36- 1.36:beta:off', '1.36:beta:off 1.38:beta:on', 'changed', 'G 1.36- 1.36:beta:off 1.38:beta:on'],
    [
      'a lock',
      'G 1.9- 1.9:stable:on gaps=1.12',
      '1.9:stable:on 1.38:stable:on:locked',
      'changed',
      'G 1.9- 1.9:stable:on 1.38:stable:on:locked gaps=1.12',
    ],
    ['a gate that is gone', 'G 1.36- 1.36:stable:on:locked', undefined, 'removed', 'G 1.36-1.37 1.36:stable:on:locked'],
    ['a gate that never came', 'G 1.38- 1.38:alpha:off', undefined, 'removed', undefined],
    ['a gate that did not go', 'G 1.36-1.37 1.36:alpha:off', '1.36:alpha:off', 'new', 'G 1.36- 1.36:alpha:off'],
    ['a gate that came earlier', 'G 1.39- 1.39:beta:on', '1.38:alpha:off', 'new', 'G 1.38- 1.38:alpha:off 1.39:beta:on'],
    ['a release that was left open', 'G 1.36- 1.36:alpha:off gaps=1.38', '1.36:alpha:off', 'new', 'G 1.36- 1.36:alpha:off'],
  ])('%s', (_, line, specs, kind, expected) => {
    const gates: Gates = new Map(specs === undefined ? [] : [['G', readGates(`G 1.38- ${specs}`).get('G')?.history ?? []]]);
    const table = ['Other 1.4-1.5 1.4:alpha:off', ...(line === '' ? [] : [line])].join('\n');
    const found = compareGates(table, gates, next);
    expect(found.map((finding) => [finding.name, finding.kind, finding.line])).toEqual([['G', kind, expected]]);
  });

  test('a gate that both say the same of is not told, however its history is written', () => {
    const gates: Gates = new Map([['G', readGates('G 1.36- 1.36:beta:on').get('G')?.history ?? []]]);
    expect(compareGates('G 1.30- 1.30:alpha:off 1.36:beta:on', gates, next)).toEqual([]);
  });
});

test('dependencies beside the table', () => {
  const spec = (isLocked: boolean) => [{ from: next, stage: 'stable' as const, isOn: true, isLocked }];
  const gates: Gates = new Map([...'ABCD'].map((name) => [name, spec(name === 'D')]));
  const needs = new Map([
    ['A', ['B', 'D']],
    ['B', ['C', 'D']],
  ]);
  const found = compareDependencies({ A: [], C: ['A'], Gone: ['A'], B: ['C'] }, needs, gates);
  expect(found.map(({ name, kind, line }) => [name, kind, line])).toEqual([
    // D is locked on, and cannot be what is missing.
    ['A', 'new', '"A": ["B"],'],
    ['C', 'removed', undefined],
  ]);
});
