import { describe, expect, test } from 'vitest';
import { compareFlags } from '../../../hack/minor/compare-flags.ts';
import { type Flag, flagsOf, notDeprecated } from '../../../hack/minor/flags.ts';
import { type FlagRow, flagRows } from '../../../src/kubelet/data/kubelet-flags.ts';
import { flagType, isInRelease } from '../../../src/kubelet/flag-table.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';

const source = `
const nameOfIt = "named-elsewhere"

func (f *KubeletFlags) AddFlags(mainfs *pflag.FlagSet) {
	fs.StringVar(&f.RootDirectory, "root-dir", f.RootDirectory, "Where (files, and more) are. "+
		"See --other.")
	// fs.StringVar(&f.Gone, "in-a-remark", f.Gone, "")
	labels := cliflag.ConfigurationMap(f.NodeLabels)
	fs.Var(&labels, "node-labels", fmt.Sprintf("Labels, %s", strings.Join(a(), ", ")))
	fs.DurationVar(&f.Age.Duration, "age", f.Age.Duration, "An age")
	fs.MarkDeprecated("age", "use --older instead")
	cleanFlagSet.BoolP("help", "h", false, "help")
	fs.Var(newThing(&f.Thing), nameOfIt, "A thing of a type of its own")
}

func AddKubeletConfigFlags(mainfs *pflag.FlagSet, c *kubeletconfigapi.KubeletConfiguration) {
	defer func() {
		excepted := map[string]bool{
			"level": true,
		}
		fs.VisitAll(func(f *pflag.Flag) {
			if excepted[f.Name] {
				return
			}
			f.Deprecated = deprecated
		})
	}()
	fs.Int32Var(&c.MaxPods, "max-pods", c.MaxPods, "")
	fs.StringSliceVar(&c.ClusterDNS, "cluster-dns", c.ClusterDNS, "")
	fs.StringVar((*string)(&c.Authorization.Mode), "mode", string(c.Authorization.Mode), "")
	fs.Var(&utilflag.IPVar{Val: &c.Address}, "address", "")
	fs.VarP(VerbosityLevelPflag(&c.Verbosity), "level", "l", "")
}

func addCadvisorFlags(fs *pflag.FlagSet) {
	register(global, local, "with_underscores")
	registerDeprecated(global, local, "mistaken", "")
}
`;

test('the flags that Go registers', () => {
  const flags = flagsOf(source).map(({ name, type, repeatable, deprecated, goPath }) => {
    return [name, type ?? 'unknown', repeatable ? 'repeatable' : '', deprecated ? 'deprecated' : '', goPath ?? '']
      .join(' ')
      .trim();
  });
  expect(flags).toEqual([
    'root-dir string',
    'node-labels map repeatable',
    'age duration  deprecated',
    'help bool',
    'named-elsewhere unknown',
    'max-pods int  deprecated MaxPods',
    'cluster-dns list repeatable deprecated ClusterDNS',
    'mode string  deprecated Authorization.Mode',
    'address ip  deprecated Address',
    'level int   Verbosity',
    'with-underscores unknown',
    'mistaken unknown  deprecated',
  ]);
});

test('the rule of deprecation, for flags of another package', () => {
  expect(notDeprecated(source)).toEqual(new Set(['level']));
  expect(notDeprecated('func a() {}')).toBeUndefined();
  const [flag] = flagsOf('func addFlags() { fs.StringVar(&c.Format, "logging-format", c.Format, "") }', 'Logging.');
  expect(flag?.goPath).toBe('Logging.Format');
});

const release = knownRelease('1.36');
const base: Flag = { name: 'a', type: 'string', repeatable: false, deprecated: false, goPath: undefined };

function flagOf(row: FlagRow): Flag {
  const deprecated = row.deprecated !== undefined && knownRelease(row.deprecated) <= release;
  return { name: row.name, type: flagType(row, release), repeatable: row.repeatable === true, deprecated, goPath: row.field };
}

describe('flags beside the table', () => {
  const here = flagRows.filter((row) => isInRelease(row, release));
  const fields = here.flatMap(({ field }) =>
    field === undefined ? [] : [{ path: field, goPath: field, type: 'string' as const }],
  );

  test('lines that were taken out of the table are printed, and no other ones', () => {
    const taken = here.filter((_, index) => index % 11 === 0);
    const found = compareFlags(
      flagRows.filter((row) => !taken.includes(row)),
      here.map(flagOf),
      fields,
      release,
    );
    expect(found.map(({ kind, name }) => `${kind} ${name}`)).toEqual(taken.map(({ name }) => `new ${name}`));
    expect(
      found.find(({ name }) => name === taken.find(({ field, repeatable }) => field !== undefined && repeatable)?.name)?.line,
    ).toMatch(
      /^\{ name: '[a-z-]+', type: '(list|map)', repeatable: true, since: '1\.36', deprecated: '1\.36', field: '\w+' \},$/,
    );
  });

  test('flags that were taken out of the release are printed with their end', () => {
    const gone = new Set(['address', 'v']);
    const found = compareFlags(flagRows, here.filter(({ name }) => !gone.has(name)).map(flagOf), fields, release);
    expect(found.map(({ kind, line }) => [kind, line])).toEqual([
      ['removed', "{ name: 'address', type: 'ip', until: '1.35', deprecated: '1.10', field: 'address' },"],
      ['removed', "{ name: 'v', type: 'int', until: '1.35', field: 'logging.verbosity' },"],
    ]);
  });

  test.each<readonly [string, Partial<FlagRow>, Partial<Flag>, string | undefined]>([
    ['the same', { deprecated: '1.30' }, { deprecated: true }, undefined],
    ['newly deprecated', {}, { deprecated: true }, "{ name: 'a', type: 'string', deprecated: '1.36' },"],
    ['deprecated later', { deprecated: '1.37' }, { deprecated: true }, "{ name: 'a', type: 'string', deprecated: '1.36' },"],
    ['not deprecated', { deprecated: '1.30' }, {}, "{ name: 'a', type: 'string' },"],
    ['of another type', {}, { type: 'int' }, "{ name: 'a', type: 'int', before: ['1.36', 'string'] },"],
    ['of a type that is not known', {}, { type: undefined }, undefined],
    ['that was doubtful', { doubtful: '1.36' }, {}, "{ name: 'a', type: 'string' },"],
    ['that will be doubtful', { doubtful: '1.37' }, {}, undefined],
    [
      'with advice',
      { advice: "don't" },
      { deprecated: true },
      `{ name: 'a', type: 'string', deprecated: '1.36', advice: "don't" },`,
    ],
  ])('a flag %s', (_, row, flag, line) => {
    const found = compareFlags([{ name: 'a', type: 'string', ...row }], [{ ...base, ...flag }], [], release);
    expect(found.map((finding) => finding.line)).toEqual(line === undefined ? [] : [line]);
  });

  test('a name that comes back has a row of its own', () => {
    const [found] = compareFlags([{ name: 'a', type: 'bool', until: '1.20' }], [base], [], release);
    expect(found).toMatchObject({
      kind: 'new',
      what: 'string; the table lets it end with 1.20',
      line: "{ name: 'a', type: 'string', since: '1.36' },",
    });
  });
});
