/**
 * Nodes as they are set up today, and an object that says next to nothing: every setting that it would lose is
 * refused by its name, and listed if the object accepts the loss. What a node has is read here by other means
 * than in the product.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isJsonMap, type Json, type JsonMap } from '../../../src/api/json.ts';
import { defaultAllowance } from '../../../src/api/paths.ts';
import { formatPath } from '../../../src/api/problem.ts';
import { desiredFor } from '../../../src/desired/effective.ts';
import { fieldDefaults } from '../../../src/kubelet/data/kubelet-defaults.ts';
import { flagRowAt } from '../../../src/kubelet/flag-table.ts';
import type { InstalledKubelet } from '../../../src/kubelet/installed/installed.ts';
import { compareSettings } from '../../../src/kubelet/settings/compare.ts';
import { settingsOf } from '../../../src/kubelet/settings/settings.ts';
import { heedTakeover } from '../../../src/node/decide/heed-takeover.ts';
import { compareKubelets } from '../../../src/node/pass/compare-kubelets.ts';
import type { HostFiles } from '../../../src/node/ports/files.ts';
import { kubeletConfig, transactionRecord } from '../../builders.ts';
import { contentsOfNode, filesOf, after as kubeletAfter, nodeOf, renderedFor } from '../../importing/tree.ts';

const shapes = readdirSync(join(import.meta.dirname, '../../fixtures/nodes'));

type Mode = 'Replace' | 'DropIn';
type Takeover = 'Refuse' | 'Replace';

const naive = (mode: Mode, takeover: Takeover) =>
  kubeletConfig('naive', {
    kubelet: { flags: { v: 2 }, configuration: { maxPods: 64 } },
    launcher: { host: {} },
    unit: { mode },
    takeover,
  });

/** The decision about the naive object, as text: the reason of its refusal, or the settings in its record. */
async function decided(shape: string, mode: Mode, takeover: Takeover) {
  const node = await nodeOf(contentsOfNode(shape));
  const object = naive(mode, takeover);
  const later = await kubeletAfter(node, renderedFor(object, node.facts));
  const desired = desiredFor([object], {}, defaultAllowance);
  if (desired.kind !== 'Effective') throw new Error(desired.kind);
  const comparison = compareSettings(settingsOf(node.installed), settingsOf(later));
  const action = { kind: 'Change', record: transactionRecord(), steps: [], foreign: [], reason: 'Change' } as const;
  return { node, action: heedTakeover(action, comparison, desired.effective, undefined) };
}

const said = ['maxPods', '--config', '--v', 'logging.verbosity'];

function leavesOf(value: Json, path: readonly string[] = []): (readonly [readonly string[], Json])[] {
  if (!isJsonMap(value) || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function defaultAt(path: readonly string[]): Json {
  let value: Json | undefined = fieldDefaults;
  for (const key of path) value = isJsonMap(value) ? value[key] : undefined;
  return value ?? null;
}

/** Zeros of kubeadm say nothing. */
const isNothing = (value: Json) =>
  [null, 0, '', '0', '0s', false].includes(value as never) || (isJsonMap(value) && Object.keys(value).length === 0);
const seconds = (value: Json) => String(value).replace(/^(\d+)m$/, '$1m0s');

/** Names of the fields that the node's files of configuration say, and that are no defaults. */
function fieldsSaid({ configurationFiles }: InstalledKubelet): string[] {
  return [...configurationFiles.values()].flatMap((text) => {
    const { apiVersion: _version, kind: _kind, ...fields } = parse(text) as JsonMap;
    const own = leavesOf(fields).filter(([path, value]) => !isNothing(value) && seconds(value) !== seconds(defaultAt(path)));
    return own.map(([path]) => formatPath(path));
  });
}

/** Names of the kubelet's flags in the unit and its environment files, as a setting is named. */
function flagsSaid({ texts, environmentFiles }: InstalledKubelet): string[] {
  const all = [...texts.map(({ content }) => content), ...environmentFiles.values()].join('\n').replaceAll('\\\n', ' ');
  const words = [...all.matchAll(/(?<![\w-])--([a-z][a-z0-9-]+)(?:[= ]'?([^\s'"]*))?/g)];
  return words.flatMap(([, name = '', given = '']) => {
    const row = flagRowAt(name, undefined);
    if (!row || name === 'volume') return [];
    const { field, type } = row;
    const value = type === 'bool' && given === '' ? 'true' : given;
    if (field === undefined) return type === 'map' && value === '' ? [] : [`--${name}`];
    const fallback = defaultAt(field.split('.'));
    if (isJsonMap(fallback)) return value.includes(String(Object.values(fallback)[0])) ? [] : [field];
    return seconds(fallback) === seconds(value) || (isNothing(value) && fallback === null) ? [] : [field];
  });
}

/** Names of the variables that the command does not use, from the files that the object replaces. */
function variablesSaid({ texts, environmentFiles }: InstalledKubelet): string[] {
  const [unit] = texts;
  const command = texts.map(({ content }) => content).join('\n');
  const own = [...(unit?.content ?? '').matchAll(/^Environment="?([A-Z_]+)=/gm)];
  const named = [...(unit?.content ?? '').matchAll(/^EnvironmentFile=-?(\S+)/gm)].map(
    ([, path = '']) => environmentFiles.get(path) ?? '',
  );
  const fromFiles = [...named.join('\n').matchAll(/^([A-Z_]+)=/gm)];
  const names = [...own, ...fromFiles].map(([, name = '']) => name);
  return names.filter((name) => !new RegExp(`\\$\\{?${name}\\b`).test(command));
}

/** The options of the unit file that a kubelet feels. */
const felt =
  /^(Exec(StartPre|StartPost|Stop|StopPost|Reload)|Slice|KillMode|WorkingDirectory|User|Delegate|Limit\w+|WatchdogSec|IPAddress\w+|CPUAccounting|MemoryAccounting|Requires|After|Wants|ConditionPathExists)=(.*)$/gm;

function optionsSaid({ texts }: InstalledKubelet): string[] {
  const content = (texts[0]?.content ?? '').replaceAll(/\\\n\s*/g, ' ');
  return [...content.matchAll(felt)].flatMap(([, key = '', , value = '']) => {
    const names = ['Requires', 'After', 'Wants'].includes(key) ? value.split(' ') : [value];
    // Our unit orders itself after the network too.
    return names.filter((name) => !(name === 'network-online.target' && key !== 'Requires')).flatMap((name) => [`.${key}`, name]);
  });
}

/** A drop-in of the node that names the command goes on doing so beside a unit of ours: `apply` refuses that by itself. */
function keepsCommand({ texts }: InstalledKubelet, mode: Mode): boolean {
  return mode === 'Replace' && texts.slice(1).some(({ content }) => /^ExecStart=/m.test(content));
}

function everythingSaid(installed: InstalledKubelet, mode: Mode): string[] {
  const ofUnit = mode === 'Replace' ? [...variablesSaid(installed), ...optionsSaid(installed)] : [];
  const ofKubelet = keepsCommand(installed, mode) ? [] : [...fieldsSaid(installed), ...flagsSaid(installed)];
  return [...ofKubelet, ...ofUnit].filter((name) => !said.includes(name));
}

describe.each(shapes)('%s', (shape) => {
  test.each(['Replace', 'DropIn'] as const)(
    'with mode %s: each setting that would be lost is refused by its name',
    async (mode) => {
      const { node, action } = await decided(shape, mode, 'Refuse');
      const [problem] = action.kind === 'Keep' ? action.problems : [];
      const all = everythingSaid(node.installed, mode);
      if (all.length > 0) expect(problem).toMatchObject({ code: 'TakeoverLosesSettings', object: 'naive' });
      expect(all.filter((name) => !problem?.reason.includes(name))).toEqual([]);
    },
  );

  test.each(['Replace', 'DropIn'] as const)('with mode %s and takeover: Replace each is listed', async (mode) => {
    const { node, action } = await decided(shape, mode, 'Replace');
    const listed = action.kind === 'Change' ? (action.record.settings ?? []) : [];
    const missing = everythingSaid(node.installed, mode).filter((name) => !listed.some((line) => line.includes(name)));
    expect(missing).toEqual([]);
  });
});

test('the nodes have something of each kind to lose', async () => {
  const all = await Promise.all(shapes.map(async (shape) => (await nodeOf(contentsOfNode(shape))).installed));
  const count = (said: (installed: InstalledKubelet) => readonly string[]) => all.filter((one) => said(one).length > 0).length;
  expect(count(fieldsSaid)).toBeGreaterThan(6);
  expect(count(flagsSaid)).toBe(shapes.length);
  expect(count(variablesSaid)).toBeGreaterThan(3);
  expect(count(optionsSaid)).toBeGreaterThan(8);
  const dropIns = all.filter(({ configurationDropIns }) => configurationDropIns.length > 0);
  expect(dropIns.length).toBeGreaterThan(0);
});

describe('what the fixtures do not have', () => {
  const unit = '/etc/systemd/system/kubelet.service';
  const lost = async (service: string, files: Readonly<Record<string, string>> = {}) => {
    const node = await nodeOf({ [unit]: `[Service]\nExecStart=/usr/bin/kubelet --v=2\n${service}`, ...files });
    const later = await kubeletAfter(node, renderedFor(naive('Replace', 'Refuse'), node.facts));
    const { changes } = compareSettings(settingsOf(node.installed), settingsOf(later));
    return changes.flatMap((change) => (change.kind === 'Lost' && change.from.by !== undefined ? [change.from.name] : []));
  };

  test.each([
    [
      'Environment=PATH=/opt/bin:/usr/bin\nEnvironment=HTTPS_PROXY=http://proxy:3128 NO_PROXY=10.0.0.0/8\n',
      ['HTTPS_PROXY', 'NO_PROXY', 'PATH'],
    ],
    ['Environment=KUBELET_CONFIG_DROPIN_DIR_ALPHA=on\n', ['KUBELET_CONFIG_DROPIN_DIR_ALPHA']],
    ['PassEnvironment=HTTPS_PROXY\n', ['Service.PassEnvironment=HTTPS_PROXY']],
    ['EnvironmentFile=/run/metadata/node\n', ['Service.EnvironmentFile=/run/metadata/node']],
    ['EnvironmentFile=-/etc/default/none\n', []],
    ['LimitNOFILE=1048576\nLimitNOFILE=2048\n', ['Service.LimitNOFILE']],
    [
      'IPAddressDeny=10.0.0.0/8\nIPAddressDeny=192.168.0.0/16\n',
      ['Service.IPAddressDeny=10.0.0.0/8', 'Service.IPAddressDeny=192.168.0.0/16'],
    ],
    [
      'AppArmorProfile=kubelet\nCPUQuota=200%\nTimeoutStopSec=5\n',
      ['Service.AppArmorProfile', 'Service.CPUQuota', 'Service.TimeoutStopSec'],
    ],
    ['Restart=on-failure\nStandardOutput=null\nSyslogIdentifier=k\n', []],
    [
      '[Unit]\nConditionPathExists=/a\nRequiresMountsFor=/a /b\n',
      ['Unit.ConditionPathExists=/a', 'Unit.RequiresMountsFor=/a', 'Unit.RequiresMountsFor=/b'],
    ],
  ])('%j loses %j', async (service, expected) => {
    expect(await lost(service)).toEqual(expected);
  });

  test('one line of an option that adds is lost although another one stays', async () => {
    const object = kubeletConfig('one', { launcher: { host: {} }, unit: { options: { Service: { IPAddressDeny: ['b'] } } } });
    const node = await nodeOf({ [unit]: '[Service]\nExecStart=/usr/bin/kubelet\nIPAddressDeny=a\nIPAddressDeny=b\n' });
    const later = await kubeletAfter(node, renderedFor(object, node.facts));
    const { changes } = compareSettings(settingsOf(node.installed), settingsOf(later));
    expect(changes.filter(({ kind }) => kind !== 'New')).toMatchObject([
      { kind: 'Lost', from: { name: 'Service.IPAddressDeny=a' } },
    ]);
  });

  test('a label of the node is lost although another one is set; of a flag that is given twice the last counts', async () => {
    const object = kubeletConfig('one', {
      kubelet: { flags: { 'node-labels': 'b=1', 'node-ip': '10.0.0.2' } },
      launcher: { host: {} },
    });
    const words = '--node-labels=a=1,b=2 --node-labels=c --node-ip=10.0.0.1 --node-ip=10.0.0.2';
    const node = await nodeOf({ [unit]: `[Service]\nExecStart=/usr/bin/kubelet ${words}\n` });
    const later = await kubeletAfter(node, renderedFor(object, node.facts));
    const { changes } = compareSettings(settingsOf(node.installed), settingsOf(later));
    expect(changes.filter(({ kind }) => kind !== 'New')).toMatchObject([
      { kind: 'Lost', from: { name: '--node-labels["a"]', value: '1' } },
      { kind: 'Changed', from: { name: '--node-labels["b"]', value: '2' }, to: { value: '1' } },
      { kind: 'Lost', from: { name: '--node-labels["c"]', value: '' } },
    ]);
  });

  test('another content of a file that a setting names is told', async () => {
    const contents = {
      ...contentsOfNode('kubeadm-deb'),
      '/etc/kubernetes/pki/ca.crt': 'the old one',
      '/etc/kubernetes/kubelet.conf': 'same',
    };
    const paths = ['/etc/kubernetes/pki/ca.crt', '/etc/kubernetes/kubelet.conf', '/etc/kubernetes/bootstrap-kubelet.conf'];
    const changed = paths.map((path) => ({
      path,
      before: { kind: 'Absent' },
      after: { kind: 'File', sha256: '', mode: 0o644, uid: 0, gid: 0 },
    }));
    const { comparison } = await compareKubelets(
      transactionRecord({ files: changed as never }),
      new Map(paths.map((path) => [path, Buffer.from(path.endsWith('.crt') ? 'a new one' : 'same')])),
      filesOf(contents) as HostFiles,
      undefined,
    );
    expect(comparison?.changes.map(({ kind, ...change }) => [kind, 'from' in change && change.from.name])).toEqual([
      ['New', false],
      ['Changed', 'content of /etc/kubernetes/pki/ca.crt'],
    ]);
  });
});
