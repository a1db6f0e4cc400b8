import { describe, expect, test } from 'vitest';
import {
  largestInUse,
  mostFlagsInUse,
  mostWithheldInUse,
  nodeKubeletStatusSchema,
} from '../../../src/api/schema/node-kubelet.ts';
import type { PlainKubelet } from '../../../src/kubelet/plain-kubelet.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';
import { readCommandLine } from '../../../src/kubelet/settings/command-line.ts';
import { isWithheld, kubeletInUse, type SettingsOnMachine, settingsInUse } from '../../../src/kubelet/upgrade/in-use.ts';
import { upgradeFindings } from '../../../src/kubelet/upgrade/upgrade.ts';

const path = '/var/lib/kubelet/config.yaml';
const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';

/** @param files the texts of drop-ins, by path, behind the file of --config */
function machine(words: readonly string[], yaml?: string, files: Readonly<Record<string, string>> = {}): SettingsOnMachine {
  const all = yaml === undefined ? words : [...words, `--config=${path}`];
  const commandLine = readCommandLine(
    all.map((text) => ({ text, by: '/etc/x' })),
    knownRelease('1.36'),
  );
  const texts = Object.entries({ ...(yaml !== undefined && { [path]: yaml }), ...files }).map(
    ([name, text]) => [name, `${head}${text}`] as const,
  );
  return { commandLine, configuration: new Map(texts), unread: [], workingDirectory: '/' };
}

describe('a report', () => {
  test('has the flags in their order and the fields that are set, and no more', () => {
    const found = settingsInUse(
      machine(['--v=2', '--node-labels=a=b,c=d', '--fail-swap-on', 'false'], 'maxPods: 50\nfeatureGates: {MemoryQoS: true}\n'),
    );
    expect(found).toEqual({
      flags: ['v=2', 'node-labels=a=b,c=d', 'fail-swap-on=true', `config=${path}`],
      configuration: { maxPods: 50, featureGates: { MemoryQoS: true } },
    });
  });

  test('has the drop-ins in the one configuration, and what they take away is gone', () => {
    const dropIns = { '/etc/d/10.conf': 'maxPods: 70\n', '/etc/d/20.conf': 'serializeImagePulls: null\n' };
    const found = settingsInUse(machine(['--config-dir=/etc/d'], 'maxPods: 50\nserializeImagePulls: false\n', dropIns));
    expect(found.configuration).toEqual({ maxPods: 70 });
    expect(found.flags).toEqual([`config=${path}`]);
  });

  test('tells a relative path as the kubelet takes it', () => {
    expect(settingsInUse(machine([], 'staticPodPath: manifests\n')).configuration).toEqual({
      staticPodPath: '/var/lib/kubelet/manifests',
    });
  });

  test.each<[string, readonly string[], string, string]>([
    ['headers', [], 'staticPodURLHeader: {X-Pass: [hunter2]}\n', 'staticPodURLHeader'],
    ['an address with a password', [], 'staticPodURL: https://me:hunter2@example.org/\n', 'staticPodURL'],
    ['headers of a flag', ['--manifest-url-header=X-Pass:hunter2'], '', '--manifest-url-header'],
    ['an address of a flag', ['--manifest-url=https://example.org/?hunter2'], '', '--manifest-url'],
    ['a flag that no kubelet has', ['--my-password=hunter2'], '', '--my-password'],
    ['a field that no kubelet has', [], 'myPassword: hunter2\n', 'myPassword'],
    ['what looks like a secret anywhere', [], 'tracing: {endpoint: "https://me:hunter2@example.org"}\n', 'tracing'],
    ['what looks like a secret in a flag', ['--node-labels=x=https://me:hunter2@example.org'], '', '--node-labels'],
  ])('withholds %s, and names it', (_what, words, yaml, name) => {
    const found = settingsInUse(machine([...words, '--v=2'], yaml));
    expect(JSON.stringify(found)).not.toContain('hunter2');
    expect(found.withheld).toEqual([name]);
    expect(isWithheld(found, name)).toBe(true);
    expect(isWithheld(found, `${name}X`)).toBe(false);
    expect(found.flags).toContain('v=2');
  });

  test('withholds no value that only has a telling name', () => {
    const yaml =
      'authorization: {mode: Webhook}\nimagePullCredentialsVerificationPolicy: NeverVerify\nauthentication: {webhook: {cacheTTL: 2m}}\n';
    const found = settingsInUse(machine(['--authentication-token-webhook=true'], yaml));
    expect(found.withheld).toBeUndefined();
    expect(found.configuration).toMatchObject({ imagePullCredentialsVerificationPolicy: 'NeverVerify' });
  });

  test('is bounded: the largest values are withheld first, and named', () => {
    const sysctls = Array.from({ length: 2_000 }, (_, index) => `"net.a${index}"`).join(', ');
    const found = settingsInUse(machine(['--v=2'], `maxPods: 50\nallowedUnsafeSysctls: [${sysctls}]\n`));
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThanOrEqual(largestInUse);
    expect(found).toMatchObject({
      withheld: ['allowedUnsafeSysctls'],
      configuration: { maxPods: 50 },
      flags: ['v=2', `config=${path}`],
    });
  });

  test('is bounded whatever the command line is', () => {
    const words = Array.from({ length: 3_000 }, (_, index) => `--none-${'x'.repeat(300)}${index}=1`);
    const repeated = Array.from({ length: mostFlagsInUse + 1 }, (_, index) => `--node-labels=a${index}=b`);
    const found = settingsInUse(machine([...words, ...repeated, `--pod-cidr=${'1'.repeat(5_000)}`]));
    expect(found.withheld).toHaveLength(mostWithheldInUse);
    expect(found.withheldMore).toBe(3_002 - mostWithheldInUse);
    expect(found.flags ?? []).toHaveLength(0);
    const { properties } = nodeKubeletStatusSchema.properties.inUse as unknown as {
      properties: Record<string, { items: { maxLength: number } }>;
    };
    for (const name of found.withheld ?? [])
      expect(name.length).toBeLessThanOrEqual(properties['withheld']?.items.maxLength ?? 0);
  });

  test('names what cannot be read', () => {
    const broken = settingsInUse(machine([], 'maxPods: ['));
    expect(broken).toEqual({ flags: [`config=${path}`], unread: [path] });
    const { configuration, ...missing } = machine([], '');
    expect(settingsInUse({ ...missing, configuration: new Map() }).unread).toEqual([path]);
    expect(configuration.size).toBe(1);
    const unknown = { ...machine(['--v=2']), commandLine: readCommandLine([{ text: undefined, by: '' }], undefined) };
    expect(settingsInUse({ ...unknown, cgroupVersion: 2 })).toEqual({ argumentsUnknown: true, cgroupVersion: 2 });
  });
});

describe('the kubelet of a report', () => {
  const [from, to] = [knownRelease('1.33'), knownRelease('1.37')];
  const cases: readonly [string, readonly string[], string | undefined, Readonly<Record<string, string>>?][] = [
    ['gates', [], 'featureGates: {SidecarContainers: true, MemoryQoS: true}\n'],
    [
      'flags',
      ['--containerd=/x', '--event-qps=0', '--pod-infra-container-image=p', '--max-housekeeping-interval=10s'],
      undefined,
    ],
    ['fields', [], 'eventRecordQPS: 0\nevictionSoft: {memory.available: 5%}\n'],
    ['drop-ins', ['--config-dir=/etc/d'], 'maxPods: 1\n', { '/etc/d/a.conf': 'eventRecordQPS: 0\n' }],
    ['nothing', [], undefined],
    ['an empty file', [], ''],
  ];

  test.each(cases)('takes the same to the next release as the one on the node: %s', (_what, words, yaml, files = {}) => {
    const there = machine(words, yaml, files);
    const onNode: PlainKubelet = {
      words: [],
      commandLine: there.commandLine,
      read: (name) => there.configuration.get(name),
      dropIns: () => Object.keys(files),
      workingDirectory: '/',
    };
    const plainly = (kubelet: PlainKubelet) => upgradeFindings(kubelet, from, to).map(({ kind, reason }) => `${kind} ${reason}`);
    const expected = plainly(onNode);
    expect(plainly(kubeletInUse(settingsInUse(there)))).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
  });
});
