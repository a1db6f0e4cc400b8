/**
 * Every value that we render reaches the process as the object said it: through systemd's own parser, and
 * through the wrapper under bash.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubeletConfig } from '../builders.ts';
import { run } from '../cli/in-process.ts';
import { bootstrap, type KubeletHost, startKubeletHost, unit } from '../kubelet-host.ts';

/** Of a flag or an option: all on one line. */
const nasty: Readonly<Record<string, string>> = {
  nothing: '',
  blanks: '  two  blanks  ',
  'a dollar': '$',
  'two dollars': '$$',
  'three dollars': '$$$',
  'a variable': '$HOME',
  'a variable in braces': `\${HOME}`,
  'a variable in the middle': `a$HOME-\${PATH}-$$b`,
  'a percent sign': '%',
  'two percent signs': '%%',
  specifiers: '%n %i %H %t %%n',
  'a hundred percent': '100%',
  'double quotes': '"quoted" and "open',
  'single quotes': `'quoted' and it's`,
  backslashes: '\\ \\\\ \\n \\x41 \\u00e9',
  'a backslash at the end': 'C:\\',
  'a tab': 'a\tb',
  'a tab at both ends': '\ta\t',
  'no ASCII': 'Grüße, 北京 🚀 e\u0301',
  'a space of another kind': 'a\u00a0b\u2003c',
  'a semicolon': ';',
  'a semicolon among words': 'a ; b',
  'a remark': '# no remark',
  'a leading dash': '-o --option',
  prefixes: '@-:+!/bin/true',
  'a leading blank': ' a',
  patterns: '* /etc/* ? [a-z]* {a,b} ~',
  substitutions: '$(id) `id` <(id) >/tmp/x | & !!',
  'an assignment': 'A=b c=d',
  'a comma and an ampersand': 'a,b&c',
  'a long one': 'x'.repeat(4000),
};
/** Newer than what is known: flags that no known kubelet has are warned of, no more. */
const version = 'v1.99.0';

/** Near the 128 KiB that Linux gives one argument. */
const veryLong = `/${'0123456789abcdef'.repeat(8000)}`;

/** A variable may also hold what no flag may. */
const nastyVariables = {
  ...nasty,
  'a newline': 'a\nb',
  'newlines all over': '\n a \n\n b=c \n',
  'a newline after a backslash': 'a\\\nb',
  'a very long one': `${'0123456789abcdef'.repeat(2000)}`,
};

let host: KubeletHost;
beforeAll(async () => {
  host = await startKubeletHost();
});
afterAll(async () => {
  await host?.guest.stop();
});

async function applied(object: object): Promise<void> {
  const { exitCode, stderr } = await run(['apply', '--root', host.root, '-f', '-'], { stdin: JSON.stringify(object) });
  if (exitCode !== 0) throw new Error(stderr);
}

/** A property of the unit as systemd has loaded it, behind what `systemctl show` prints. */
async function loaded(property: string): Promise<unknown> {
  const path = `/org/freedesktop/systemd1/unit/${unit.replace('.', '_2e')}`;
  const words = ['busctl', '--json=short', 'get-property', 'org.freedesktop.systemd1', path];
  const { stdout } = await host.guest.run([...words, 'org.freedesktop.systemd1.Service', property]);
  return JSON.parse(stdout).data;
}

/** The words of the one command, of which `$$` becomes `$` only when it is started. */
async function loadedWords(property: string): Promise<string[]> {
  const [[, words]] = (await loaded(property)) as [[string, string[]]];
  return words.map((word) => word.replaceAll('$$', '$'));
}

const named = (values: Readonly<Record<string, string>>, prefix: string) =>
  Object.fromEntries(Object.values(values).map((value, index) => [`${prefix}${index}`, value]));

describe('launcher host', () => {
  const flags = named(nasty, 'nasty-');
  const environment = named(nastyVariables, 'NASTY_');
  const repeated = Object.values(nasty);
  let argv: readonly string[];
  let environ: Readonly<Record<string, string>>;
  let asLoaded: string[];
  let variables: string[];

  beforeAll(async () => {
    host.put('/usr/bin/kubelet', bootstrap.kubelet('1.99.0'), 0o755);
    await applied(
      kubeletConfig('nasty', {
        kubelet: { version, flags: { ...flags, 'node-labels': repeated, 'root-dir': veryLong } },
        launcher: { host: { binary: '/usr/bin/kubelet' } },
        unit: { environment },
        health: { minReadySeconds: 0 },
      }),
    );
    ({ words: argv, environment: environ } = await host.process('/usr/bin/kubelet'));
    asLoaded = await loadedWords('ExecStart');
    variables = (await loaded('Environment')) as string[];
  });

  test.each(Object.keys(nasty).map((what, index) => [what, index] as const))('a flag with %s', (_, index) => {
    const word = `--nasty-${index}=${flags[`nasty-${index}`]}`;
    expect(argv.filter((each) => each.startsWith(`--nasty-${index}=`))).toEqual([word]);
    expect(asLoaded).toContain(word);
  });

  test.each(Object.keys(nastyVariables).map((what, index) => [what, index] as const))('a variable with %s', (_, index) => {
    const name = `NASTY_${index}`;
    expect(environ[name]).toBe(environment[name]);
    expect(variables).toContain(`${name}=${environment[name]}`);
  });

  test('nothing but that, and in its order', () => {
    const inOrder = Object.keys({ ...flags, 'node-labels': 0 }).sort();
    const words = inOrder.flatMap((flag) =>
      (flag === 'node-labels' ? repeated : [flags[flag]]).map((value) => `--${flag}=${value}`),
    );
    words.push(`--root-dir=${veryLong}`);
    expect(argv).toEqual(words);
    expect(asLoaded).toEqual(['/usr/bin/kubelet', ...words]);
    expect(variables).toHaveLength(Object.keys(environment).length);
  });

  test('systemctl show prints it', async () => {
    const shown = await host.shell(`systemctl show ${unit} -p Environment -p ExecStart -p LoadState`);
    expect(shown).toContain('LoadState=loaded');
    expect(shown).toContain('NASTY_0=');
    expect(shown).toContain('argv[]=/usr/bin/kubelet');
  });
});

describe('launcher rkt, through our own wrapper', () => {
  const flags = named(nasty, 'nasty-');
  const values = Object.values(nasty);
  const options = values.map((value, index) => `--set-env=NASTY_${index}=${value}`);
  const imageArgs = values.map((value, index) => `--environment=NASTY_${index}=${value}`);
  const paths = values.filter((value) => !/[,\t]/.test(value)).map((value) => `/data/${value}`);
  const volumes = paths.map((path, index) => ({ name: `nasty-${index}`, hostPath: path, mountPath: path }));
  const global = '--dir=/a $HOME %n "b\\';
  let argv: readonly string[];

  beforeAll(async () => {
    await applied(
      kubeletConfig('nasty', {
        kubelet: { image: `quay.io/coreos/hyperkube:${version}_coreos.0`, version, flags },
        launcher: {
          rkt: { options, imageArgs: ['--exec=/kubelet', ...imageArgs], globalArgs: [global], volumes },
        },
        health: { minReadySeconds: 0 },
      }),
    );
    argv = (await host.process()).words;
  });

  const cases = Object.keys(nasty).map((what, index) => [what, index] as const);

  test.each(cases)('an option with %s', (_, index) => {
    expect(argv.filter((word) => word.startsWith(`--set-env=NASTY_${index}=`))).toEqual([options[index]]);
  });

  test.each(cases)('an argument of the image with %s', (_, index) => {
    expect(argv.filter((word) => word.startsWith(`--environment=NASTY_${index}=`))).toEqual([imageArgs[index]]);
  });

  test.each(cases)('a flag with %s', (_, index) => {
    const behind = argv.slice(argv.indexOf('--') + 1);
    expect(behind.filter((word) => word.startsWith(`--nasty-${index}=`))).toEqual([
      `--nasty-${index}=${flags[`nasty-${index}`]}`,
    ]);
  });

  test.each(volumes)('a volume at $hostPath', ({ name, hostPath, mountPath }) => {
    expect(argv).toContain(`${name},kind=host,source=${hostPath}`);
    const mount = argv.find((word) => word.startsWith(`volume=${name},target=`)) ?? '';
    expect(decodeURIComponent(mount.replace(`volume=${name},target=`, ''))).toBe(mountPath);
  });

  test('an option before all others, also where the pod of the last run is removed and this one is stopped', async () => {
    expect(argv.slice(0, 2)).toEqual([global, 'run']);
    const uuidFile = '--uuid-file=/var/lib/kubelet-config/kubelet-pod.uuid';
    expect(await loadedWords('ExecStartPre')).toEqual(['/usr/bin/rkt', global, 'rm', uuidFile]);
    expect(await loadedWords('ExecStop')).toEqual(['/usr/bin/rkt', global, 'stop', uuidFile]);
  });
});

test('systemd has nothing to complain of', async () => {
  const complaints = `journalctl --boot --quiet --output=cat --grep='^/etc/systemd/system/${unit}' || true`;
  expect(await host.shell(`journalctl --sync; ${complaints}`)).toBe('');
});
