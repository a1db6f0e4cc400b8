import { describe, expect, test } from 'vitest';
import type { JsonMap } from '../../../src/api/json.ts';
import type { InstalledKubelet } from '../../../src/kubelet/installed/installed.ts';
import { launchOf } from '../../../src/kubelet/installed/installed.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { settingOf } from '../../../src/kubelet/settings/compare.ts';
import { configurationInForce } from '../../../src/kubelet/settings/configuration.ts';
import { changedSinceStart } from '../../../src/kubelet/settings/running.ts';
import { runningCommandLine } from '../../../src/kubelet/settings/running-flags.ts';
import { inForce } from '../../../src/kubelet/settings/running-settings.ts';
import { configurationSources, settingsOf } from '../../../src/kubelet/settings/settings.ts';

const config = '/var/lib/kubelet/config.yaml';
const header = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';

function kubelet(file: string, words = ''): InstalledKubelet {
  return {
    unit: 'kubelet.service',
    texts: [{ path: '/unit', content: `[Service]\nExecStart=/usr/bin/kubelet --config=${config} ${words}\n` }],
    environmentFiles: new Map(),
    configurationFiles: new Map([[config, header + file]]),
    configurationDropIns: [],
    version: 'v1.36.2',
  };
}

/** What /configz says of a kubelet that was started with these files: Go leaves out what is empty. */
function configz(started: InstalledKubelet, more: JsonMap = {}): JsonMap {
  const fields = configurationInForce(configurationSources(started, launchOf(started)).sources);
  const isEmpty = (value: unknown) => value === '' || value === 0 || (Array.isArray(value) && value.length === 0);
  return { ...Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value))), ...more };
}

/** The one process of the unit. */
const started = (words: readonly string[]) => ({ processes: [words], managerEnvironment: [] });

const digest = (secret: string) => `digest ${secret}`;
/** The settings of which the running kubelet has another value than its files: name, its value, the files' value. */
function differences(files: InstalledKubelet, running: Parameters<typeof inForce>[1]) {
  const { settings } = inForce(files, running, digest);
  return settings.filter(({ isSame }) => !isSame).map(({ name, value, files: said }) => [name, value, said?.value, said?.by]);
}

describe('a kubelet that was started with the files as they are', () => {
  test.each([
    ['maxPods: 64\n', ''],
    [
      'evictionHard: {memory.available: 300Mi}\nclusterDNS: []\nreadOnlyPort: 0\nprovderID: ""\n',
      '--max-pods=20 --node-ip=10.0.0.1',
    ],
    ['streamingConnectionIdleTimeout: 5m\nfeatureGates: {}\n', '--v=3'],
  ])('%j %s differs in nothing', (file, words) => {
    const installed = kubelet(file, words);
    const process = `/usr/bin/kubelet --config=${config} ${words}`.trim().split(' ');
    const running = { configuration: configz(installed), ...started(process) };
    expect(differences(installed, running)).toEqual([]);
  });

  test('a certificate that it has made itself, and empty maps, are no difference', () => {
    const own = { tlsCertFile: '/var/lib/kubelet/pki/kubelet.crt', tlsPrivateKeyFile: '/var/lib/kubelet/pki/kubelet.key' };
    const installed = kubelet('maxPods: 64\n');
    const found = { configuration: configz(installed, { ...own, kubeReserved: {} }) };
    expect(differences(installed, found)).toEqual([]);
    expect(differences(installed, { configuration: configz(installed, { tlsCertFile: '/etc/x.crt' }) })).toEqual([
      ['tlsCertFile', '/etc/x.crt', undefined, undefined],
    ]);
  });

  test('the same value in other words, and an empty duration, are no difference', () => {
    const installed = kubelet('containerLogMaxSize: 1Gi\nstaticPodPath: /etc//manifests\n');
    const more = { containerLogMaxSize: '1024Mi', staticPodPath: '/etc/manifests', volumeStatsAggPeriod: '60s' };
    const gone = { shutdownGracePeriodCriticalPods: '0s' };
    expect(differences(installed, { configuration: configz(installed, { ...more, ...gone }) })).toEqual([]);
  });

  test('a field that only a later release has is no difference', () => {
    const installed = kubelet('maxPods: 64\n');
    const { settings } = inForce(installed, { configuration: configz(installed, { notYet: { known: 1 } }) }, digest);
    expect(settings).toContainEqual({ name: 'notYet.known', value: 1, files: undefined, isSame: true });
  });

  test('a header of static pods is compared by its digest', () => {
    const installed = kubelet('staticPodURLHeader: {Authorization: [secret]}\n');
    const running = (value: string) => ({
      configuration: configz(installed, { staticPodURLHeader: { Authorization: [value] } }),
    });
    expect(differences(installed, running('digest "secret"'))).toEqual([]);
    expect(differences(installed, running('digest "other"'))).toHaveLength(1);
    // By its arguments alone it has what the file says.
    const words = ['/usr/bin/kubelet', `--config=${config}`];
    expect(differences(installed, started(words))).toEqual([]);
  });
});

describe('a kubelet whose files were changed since its start', () => {
  test.each([
    ['maxPods: 64\n', 'maxPods: 32\n', [['maxPods', 64, 32, config]]],
    [
      'maxPods: 64\n',
      'podsPerCore: 3\n',
      [
        ['maxPods', 64, 110, undefined],
        ['podsPerCore', undefined, 3, config],
      ],
    ],
    ['staticPodPath: /a\n', 'maxPods: 110\n', [['staticPodPath', '/a', undefined, undefined]]],
    [
      'evictionHard: {memory.available: 1Mi, imagefs.available: 5%}\n',
      'evictionHard: {memory.available: 1Mi}\n',
      [['evictionHard["imagefs.available"]', '5%', undefined, undefined]],
    ],
  ])('%j became %j', (before, now, expected) => {
    const installed = kubelet(now);
    const configuration = configz(kubelet(before));
    const found = differences(installed, { configuration });
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(found).toHaveLength(expected.length);
    // The warning before a change tells the same.
    const warned = changedSinceStart(settingsOf(installed), configuration, knownRelease('1.36'));
    expect(warned.map((change) => settingOf(change).name).sort()).toEqual(found.map(([name]) => name).sort());
  });

  test('its arguments tell flags, and without /configz the fields that flags set', () => {
    const installed = kubelet('maxPods: 64\n', '--max-pods=20 --node-ip=10.0.0.1');
    const words = ['/usr/bin/kubelet', `--config=${config}`, '--max-pods=30', '--provider-id=x'];
    expect(differences(installed, started(words))).toEqual([
      ['maxPods', 30, 20, '/unit'],
      ['--node-ip', undefined, '10.0.0.1', '/unit'],
      ['providerID', 'x', undefined, undefined],
    ]);
  });

  test('a word that only the machine knows is no difference, and is shown as the kubelet has it', () => {
    const installed = kubelet('maxPods: 64\n', '--hostname-override=%H');
    const found = started(['/usr/bin/kubelet', `--config=${config}`, '--hostname-override=a']);
    expect(differences(installed, found)).toEqual([]);
    const row = inForce(installed, found, digest).settings.find(({ name }) => name === '--hostname-override');
    expect(row).toMatchObject({ value: 'a', isSame: true });
  });

  test('where a wrapper decides the arguments, no flag is a difference', () => {
    const wrapper = { path: '/unit', content: '[Service]\nExecStart=/opt/bin/kubelet-wrapper --v=2\n' };
    const installed = { ...kubelet('maxPods: 64\n'), texts: [wrapper] };
    expect(differences(installed, started(['/usr/bin/kubelet', '--v=2', '--provider-id=x']))).toEqual([]);
  });
});

test.each([
  [[['/usr/bin/kubelet', '--v=2']], '2'],
  [
    [
      ['/bin/bash', '/opt/bin/kubelet-wrapper', '--v=2'],
      ['/usr/bin/kubelet', '--v=3'],
    ],
    '3',
  ],
  [
    [
      ['/bin/sh', '-c', 'x'],
      ['/hyperkube', 'kubelet', '--v=2'],
    ],
    '2',
  ],
  [[['/bin/sleep', '1']], undefined],
  [[], undefined],
])('among %j the kubelet is that with --v=%s', (processes, expected) => {
  expect(runningCommandLine(processes, undefined)?.flags[0]?.value).toBe(expected);
});
