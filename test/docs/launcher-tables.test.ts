/** Each row of the tables of docs/launchers.md that claims something is shown here: a new row needs an entry. */

import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/api/json.ts';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { type InstalledKubelet, launchOf } from '../../src/kubelet/installed/installed.ts';
import { compareSettings, describeChange } from '../../src/kubelet/settings/compare.ts';
import { settingsOf } from '../../src/kubelet/settings/settings.ts';
import { kubeletConfig } from '../builders.ts';
import { after, contentsOfNode, type Node, nodeOf, renderedFor } from '../importing/tree.ts';
import { textOf } from '../manifests/documents.ts';

const unit = '/etc/systemd/system/kubelet.service';
const dropIn = `${unit}.d/zz-kubelet-config.conf`;
const ownFile = '/etc/kubernetes/kubelet-config.d/50-kubelet-config.conf';
const environment = '/etc/kubernetes/kubelet-config.env';
const config = '/var/lib/kubelet/config.yaml';

type Spec = Partial<KubeletConfigSpec>;
type Launcher = 'existing' | 'host';

/** A node whose unit starts this, with these lines of its configuration. */
const started = (line: string, fields = 'clusterDNS: [10.96.0.10]') =>
  nodeOf({
    [unit]: `[Service]\nExecStart=${line}\n`,
    [config]: `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${fields}\n`,
  });
const kubeadm = () => nodeOf(contentsOfNode('kubeadm-deb'));
const withConfig = (fields?: string) => started(`/usr/bin/kubelet --config=${config} --v=2`, fields);

function renderOn(node: Node, launcher: Launcher, { launcher: more, ...spec }: Spec) {
  const object = kubeletConfig('workers', { ...spec, launcher: { [launcher]: {}, ...more } as never });
  return renderedFor(object, node.facts);
}

/** What the node has after the change. */
async function become(node: Node, launcher: Launcher, spec: Spec) {
  const rendered = renderOn(node, launcher, spec);
  if (rendered.kind === 'Refused') throw new Error(JSON.stringify(rendered.problems));
  const installed = await after(node, rendered);
  return {
    files: Object.fromEntries(rendered.revision.files.map(({ path, content }) => [path, content])),
    enabled: rendered.revision.unit.enabled,
    words: launchOf(installed).kubelet.map(({ text }) => text),
    inForce: (key: string): Json | undefined => settingsOf(installed).settings.get(key)?.value,
    /** A changed list is one setting; that it changed is no loss. */
    lost: changesOf(node.installed, installed).filter((text) => text.startsWith('Lost')),
  };
}

function changesOf(before: InstalledKubelet, later: InstalledKubelet): string[] {
  return compareSettings(settingsOf(before), settingsOf(later)).changes.map(
    (change) => `${change.kind} ${describeChange(change)}`,
  );
}

function refusals(node: Node, launcher: Launcher, spec: Spec): string[] {
  const rendered = renderOn(node, launcher, spec);
  return rendered.kind === 'Refused' ? rendered.problems.map(({ reason, remedy }) => `${reason}; ${remedy}`) : [];
}

const fields = (configuration: Record<string, Json>): Spec => ({ kubelet: { configuration } });
const both = [['existing'], ['host']] as const;

type Proofs = Readonly<Record<string, () => Promise<void>>>;

const ways: Proofs = {
  'names a directory of drop-ins with `--config-dir`, and the object sets fields alone': async () => {
    const node = await started(`/usr/bin/kubelet --config=${config} --config-dir=/etc/k.d`);
    const { files, words } = await become(node, 'existing', fields({ maxPods: 64 }));
    expect(Object.keys(files)).toEqual(['/etc/k.d/zz-kubelet-config.conf']);
    expect(words).toHaveLength(3);
  },
  'ends in a variable that is empty, as `$KUBELET_EXTRA_ARGS` of kubeadm': async () => {
    const { files } = await become(await kubeadm(), 'existing', { kubelet: { flags: { v: 4 } } });
    expect(files).toEqual({
      [environment]: 'KUBELET_EXTRA_ARGS="--v=4"\n',
      [dropIn]: `[Service]\nEnvironmentFile=-${environment}\n`,
    });
  },
  'anything else that starts a kubelet: literal flags, a variable that is set, `podman run`, `sh -c "exec kubelet …"`':
    async () => {
      const set = '/usr/bin/kubelet $A\nEnvironment=A=--v=2';
      for (const line of ['/usr/bin/kubelet --v=2', set, '/usr/bin/podman run IMAGE --v=2']) {
        const { files } = await become(await started(line), 'existing', { kubelet: { flags: { v: 4 } } });
        const [command] = line.split('\n');
        expect(files[environment]).toBe('KUBELET_CONFIG_DEV_ARGS="--v=4"\n');
        expect(files[dropIn]).toContain(`\nExecStart=\nExecStart=${command} $KUBELET_CONFIG_DEV_ARGS\n`);
      }
      const shell = await become(await started('/bin/sh -c "exec kubelet --v=2"'), 'existing', { kubelet: { flags: { v: 4 } } });
      expect(shell.files[dropIn]).toContain('ExecStart=/bin/sh -c "exec kubelet --v=2 $KUBELET_CONFIG_DEV_ARGS"\n');
      expect(shell.words).toEqual(['kubelet', '--v=2', '--v=4']);
    },
  'a script of which nobody knows how it passes words on': async () => {
    const named: Spec = { kubelet: { flags: { v: 4 } }, launcher: { existing: { argsVariable: 'MORE' } } };
    const node = await started('/opt/start-kubelet $MORE');
    expect(refusals(node, 'existing', { kubelet: { flags: { v: 4 } } })).toEqual([expect.stringContaining('argsVariable')]);
    expect((await become(node, 'existing', named)).files[environment]).toBe('MORE="--v=4"\n');
    const full = await started('/opt/start-kubelet $MORE\nEnvironment=MORE=--v=2');
    expect(refusals(full, 'existing', named)).toEqual([expect.stringContaining("MORE has a value of the node's")]);
  },
  'several commands, a shell script of more than one command, `docker logs` of a kubelet that runs elsewhere': async () => {
    for (const line of ['/bin/sh -c "a; exec kubelet"', '/usr/bin/docker logs -f kubelet']) {
      const told = refusals(await started(line), 'existing', { kubelet: { flags: { v: 4 } } });
      expect(told).toEqual([expect.stringContaining(`ExecStart=${line}`)]);
    }
    const two = await started('/bin/a\nExecStart=/usr/bin/kubelet');
    expect(refusals(two, 'existing', { kubelet: { flags: { v: 4 } } })).toEqual([expect.stringContaining(unit)]);
  },
};

const differences: Proofs = {
  'the unit': async () => {
    const wanted: Spec = { kubelet: { flags: { v: 4 } } };
    const existing = await become(await kubeadm(), 'existing', wanted);
    expect(Object.keys(existing.files).filter((path) => path.startsWith('/etc/systemd'))).toEqual([dropIn]);
    expect(existing.files[dropIn]).not.toContain('ExecStart');
    const host = await become(await kubeadm(), 'host', { ...wanted, unit: { mode: 'Replace' } });
    expect(Object.keys(host.files)).toEqual([unit]);
    const added = await become(await kubeadm(), 'host', { ...wanted, unit: { mode: 'DropIn' } });
    expect(added.files).toMatchObject({
      [`${unit}.d/50-kubelet-config.conf`]: expect.stringContaining('ExecStart=\nExecStart='),
    });
  },
  "what the node's files say": async () => {
    expect((await become(await kubeadm(), 'existing', fields({ maxPods: 64 }))).lost).toEqual([]);
    const host = await become(await kubeadm(), 'host', { ...fields({ maxPods: 64 }), unit: { mode: 'DropIn' } });
    expect(host.lost).toContainEqual('Lost clusterDNS ["10.96.0.10"] → nothing');
    expect(host.lost).toContainEqual(expect.stringContaining('--kubeconfig'));
    const said = await become(await kubeadm(), 'host', { ...fields({ clusterDNS: ['10.96.0.10'] }), unit: { mode: 'DropIn' } });
    expect(said.inForce('Field clusterDNS')).toEqual(['10.96.0.10']);
  },
  '`kubelet.configuration`': async () => {
    const text = 'apiVersion: "kubelet.config.k8s.io/v1beta1"\nkind: "KubeletConfiguration"\nmaxPods: 64\n';
    const existing = await become(await kubeadm(), 'existing', fields({ maxPods: 64 }));
    expect(existing.files[ownFile]).toBe(text);
    expect(existing.words).toContain(`--config=${config}`);
    const host = await become(await withConfig(), 'host', fields({ maxPods: 64 }));
    expect(host.files['/etc/kubernetes/kubelet-config.yaml']).toBe(text);
    expect(host.words).toContain('--config=/etc/kubernetes/kubelet-config.yaml');
  },
  'a map, such as `evictionHard`': async () => {
    const wanted = fields({ evictionHard: { 'memory.available': '300Mi' } });
    const others = ['nodefs.available', 'nodefs.inodesFree', 'imagefs.available', 'imagefs.inodesFree'];
    for (const [launcher] of both) {
      const { inForce } = await become(await withConfig(), launcher, wanted);
      const found = others.filter((key) => inForce(`Field evictionHard["${key}"]`) !== undefined);
      expect(found).toEqual(launcher === 'existing' ? others : []);
      expect(inForce('Field evictionHard["memory.available"]')).toBe('300Mi');
    }
    const added = await become(
      await withConfig('nodeStatusReportFrequency: 1m\nfeatureGates: {GracefulNodeShutdown: true}'),
      'existing',
      {
        ...fields({ featureGates: { MemoryQoS: true } }),
      },
    );
    for (const gate of ['GracefulNodeShutdown', 'MemoryQoS']) expect(added.inForce(`Field featureGates.${gate}`)).toBe(true);
  },
  'a list, such as `clusterDNS`': async () => {
    for (const [launcher] of both) {
      const { inForce } = await become(await withConfig(), launcher, fields({ clusterDNS: ['10.0.0.1'] }));
      expect(inForce('Field clusterDNS')).toEqual(['10.0.0.1']);
    }
  },
  'to take a value away': async () => {
    const taken: Spec = { patches: [{ op: 'remove', path: '/kubelet/configuration/maxPods' }] };
    const existing = await become(await withConfig('maxPods: 7'), 'existing', taken);
    expect(existing.files[ownFile]).toContain('maxPods: null\n');
    expect(existing.inForce('Field maxPods')).toBe(110);
    const host = await become(await withConfig('maxPods: 7'), 'host', fields({ podsPerCore: 3 }));
    expect(host.inForce('Field maxPods')).toBe(110);
  },
  '`[]`, `0`, `""`, `false`, `0s`': async () => {
    const own = 'clusterDNS: [10.96.0.10]\npodsPerCore: 3\nstaticPodPath: /m\nfailSwapOn: true\nshutdownGracePeriod: 30s\n';
    const empty = { clusterDNS: [], podsPerCore: 0, staticPodPath: '', failSwapOn: false, shutdownGracePeriod: '0s' };
    for (const [launcher] of both) {
      const { inForce } = await become(await withConfig(own), launcher, fields(empty));
      for (const [name, value] of Object.entries(empty)) expect([name, inForce(`Field ${name}`) ?? value]).toEqual([name, value]);
    }
    const nothing = await become(await withConfig(`${own}evictionHard: {memory.available: 1Gi}\n`), 'existing', {
      ...fields({ evictionHard: {} }),
    });
    expect(nothing.inForce('Field evictionHard["memory.available"]')).toBe('1Gi');
  },
  '`kubelet.flags`': async () => {
    const existing = await become(await withConfig(), 'existing', { kubelet: { flags: { v: 4 } } });
    expect(existing.words).toEqual(['/usr/bin/kubelet', `--config=${config}`, '--v=2', '--v=4']);
    expect(existing.inForce('Field logging.verbosity')).toBe(4);
    expect((await become(await withConfig(), 'host', { kubelet: { flags: { v: 4 } } })).words).toEqual([
      '/usr/bin/kubelet',
      '--v=4',
    ]);
  },
  'a flag of the node and a field of yours for the same setting': async () => {
    const node = await started(`/usr/bin/kubelet --config=${config} --max-pods=58`);
    const told = refusals(node, 'existing', fields({ maxPods: 64 }));
    expect(told).toEqual([expect.stringMatching(`--max-pods=58 in ${unit},.*set kubelet.flags.max-pods instead`)]);
    expect((await become(node, 'host', fields({ maxPods: 64 }))).inForce('Field maxPods')).toBe(64);
  },
  'a relative path in a field': async () => {
    const wanted: Spec = {
      kubelet: { configuration: { resolvConf: 'r.conf' }, configurationPath: '/etc/kubernetes/own/k.yaml' },
    };
    expect((await become(await withConfig(), 'existing', wanted)).files[ownFile]).toContain('resolvConf: "/r.conf"');
    const host = await become(await withConfig(), 'host', wanted);
    expect(host.files['/etc/kubernetes/own/k.yaml']).toContain('resolvConf: "/etc/kubernetes/own/r.conf"');
  },
  '`kubelet.image`, `unit.mode: Replace`, the flags `config` and `config-dir`': async () => {
    const refused: readonly (readonly [spec: Spec, reason: string])[] = [
      [{ kubelet: { image: 'registry.example.com/kubelet' } }, 'which has no image of ours'],
      [{ unit: { mode: 'Replace' } }, "leaves the node's own unit as it is"],
      [{ kubelet: { flags: { config: '/c' } } }, 'the flag config would take the place'],
      [{ kubelet: { flags: { 'config-dir': '/c' } } }, 'the flag config-dir would take the place'],
    ];
    for (const [spec, reason] of refused)
      expect(refusals(await withConfig(), 'existing', spec)).toContainEqual(expect.stringContaining(reason));
    expect((await become(await withConfig(), 'host', { unit: { mode: 'Replace' }, ...fields({}) })).words).toEqual([
      '/usr/bin/kubelet',
      '--config=/etc/kubernetes/kubelet-config.yaml',
    ]);
  },
  '`kubelet.configurationPath`': async () => {
    const wanted: Spec = { kubelet: { configuration: { maxPods: 64 }, configurationPath: '/etc/kubernetes/k.yaml' } };
    const existing = await become(await withConfig(), 'existing', wanted);
    expect(existing.files).toEqual((await become(await withConfig(), 'existing', fields({ maxPods: 64 }))).files);
    expect((await become(await withConfig(), 'host', wanted)).words).toContain('--config=/etc/kubernetes/k.yaml');
  },
  'whether the unit is enabled': async () => {
    expect((await become(await withConfig(), 'existing', fields({ maxPods: 64 }))).enabled).toBeUndefined();
    expect((await become(await withConfig(), 'host', fields({ maxPods: 64 }))).enabled).toBe(true);
  },
  "after an update of the node's package": async () => {
    const inputs = async (launcher: Launcher, line: string) => {
      const rendered = renderOn(await started(line), launcher, fields({ maxPods: 64 }));
      return rendered.kind === 'Rendered' && rendered.traits.inputs.id;
    };
    const withWords = (words: string) => `/usr/bin/kubelet $A\nEnvironment="A=${words}"`;
    const [before, rewritten, other] = [
      withWords(`--config=${config} --v=2`),
      withWords(`--v=2 --config=${config}`),
      withWords(`--config=${config} --v=3`),
    ];
    expect(await inputs('existing', rewritten)).toBe(await inputs('existing', before));
    expect(await inputs('existing', other)).not.toBe(await inputs('existing', before));
    expect(await inputs('host', other)).toBe(await inputs('host', before));
  },
};

/** The first cells of the table that begins with this line. */
function rowsBelow(head: string): string[] {
  const lines = textOf('docs/launchers.md').split('\n');
  const start = lines.indexOf(head);
  if (start < 0) throw new Error(`docs/launchers.md has no table ${head}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) => line.split('|')[1]?.trim() ?? '');
}

describe.each([
  ["| the node's command | where the words go |", ways],
  ['| | `existing` | `host` |', differences],
] as const)('%s', (head, proofs) => {
  test('has a proof here for each of its rows', () => {
    expect(Object.keys(proofs)).toEqual(rowsBelow(head));
  });

  test.each(Object.entries(proofs))('%s', async (_, prove) => {
    await prove();
  });
});
