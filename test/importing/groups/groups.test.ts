/** Nodes become groups: what differs is computed from facts that give each node exactly its value, or divides them. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/api/json.ts';
import { defaultAllowance } from '../../../src/api/paths.ts';
import { computeWith } from '../../../src/computed/evaluate.ts';
import { factsFrom } from '../../../src/computed/parse-facts.ts';
import { desiredFor } from '../../../src/desired/effective.ts';
import { expressionFor } from '../../../src/importing/groups/expressions.ts';
import { groupsOf, type ImportedNode } from '../../../src/importing/groups/groups.ts';
import { describeGroups, objectsOf } from '../../../src/importing/groups/objects.ts';
import { kubeletConfig } from '../../builders.ts';
import { generatedSlow } from '../../runs.ts';

interface Machine {
  readonly name: string;
  readonly machine?: Readonly<Record<string, Json>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly environmentFiles?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const factsOf = ({ name, machine = {}, labels = {}, environmentFiles }: Machine) =>
  factsFrom({ node: {}, machine, ...(environmentFiles && { environmentFiles }) }, { name, labels }, undefined);

const sized = (cpus: number, memoryGiB: number, name = `n${cpus}-${memoryGiB}`): Machine => ({
  name,
  machine: { cpus, memoryGiB, hostname: `${name}.Example.org`, ipv4: `10.0.${cpus}.${memoryGiB}` },
});
const nodes = [sized(4, 15), sized(8, 31), sized(16, 63), sized(32, 127)];
const found = (path: string, values: readonly Json[], machines: readonly Machine[] = nodes) =>
  expressionFor(path, values, machines.map(factsOf), defaultAllowance);

const maxPods = 'kubelet.configuration.maxPods';
const nodeIp = 'kubelet.flags["node-ip"]';

describe('an expression gives every value', () => {
  test.each<[string, string, Json[], string]>([
    ['an address', nodeIp, ['10.0.4.15', '10.0.8.31', '10.0.16.63', '10.0.32.127'], 'machine.ipv4'],
    ['a name', 'kubelet.flags["hostname-override"]', nodes.map(({ name }) => `${name}.Example.org`), 'machine.hostname'],
    ['a short name', 'kubelet.flags["hostname-override"]', nodes.map(({ name }) => name), 'machine.hostname.split(".")[0]'],
    [
      'a name in small letters',
      'unit.environment.NODE',
      nodes.map(({ name }) => `${name}.example.org`),
      'machine.hostname.lowerAscii()',
    ],
    [
      'a name in a text',
      'kubelet.flags["node-labels"]',
      nodes.map(({ name }) => `a=b,host=${name},c=d`),
      '"a=b,host=" + machine.hostname.split(".")[0] + ",c=d"',
    ],
    [
      'a list',
      'kubelet.flags["node-labels"]',
      nodes.map(({ name }) => ['a=b', `host=${name}`]),
      '["a=b", "host=" + machine.hostname.split(".")[0]]',
    ],
    ['a product', maxPods, [80, 160, 320, 640], 'machine.cpus * 20'],
    ['a product with an end', maxPods, [40, 80, 110, 110], 'min(110, machine.cpus * 10)'],
    ['a line', 'kubelet.configuration.podsPerCore', [17, 33, 65, 129], '1 + machine.cpus * 4'],
    ['steps', maxPods, [29, 58, 234, 234], 'machine.cpus < 8 ? 29 : machine.cpus < 16 ? 58 : 234'],
    [
      'a quantity',
      'kubelet.configuration.kubeReserved.cpu',
      ['100m', '140m', '220m', '380m'],
      'string(60 + machine.cpus * 10) + "m"',
    ],
    [
      'quantities of a flag',
      'kubelet.flags["kube-reserved"]',
      ['cpu=100m,memory=1Gi', 'cpu=140m,memory=1Gi', 'cpu=220m,memory=1Gi', 'cpu=380m,memory=1Gi'],
      '"cpu=" + string(60 + machine.cpus * 10) + "m,memory=" + "1" + "Gi"',
    ],
    [
      'other units',
      'kubelet.configuration.kubeReserved.memory',
      ['512Mi', '1Gi', '1Gi', '2Gi'],
      'machine.cpus < 8 ? "512Mi" : machine.cpus < 32 ? "1Gi" : "2Gi"',
    ],
    ['a switch', 'kubelet.configuration.cpuCFSQuota', [true, true, false, false], 'machine.cpus < 16 ? true : false'],
  ])('%s', (_name, path, values, expression) => {
    expect(found(path, values)).toBe(expression);
  });

  test('variables of files, labels, and a table of what several nodes share', () => {
    const machines = ['a', 'b', 'a', 'c'].map((zone, index) => ({
      name: `n${index}`,
      labels: { zone, pods: String(20 + index) },
      environmentFiles: { '/run/metadata/coreos': { ZONE: `eu-1${zone}`, ID: `i-0${index}ab` } },
    }));
    const files = 'environmentFiles["/run/metadata/coreos"]';
    const id = machines.map(({ environmentFiles: { '/run/metadata/coreos': file } }) => `aws:///${file.ZONE}/${file.ID}`);
    expect(found('kubelet.configuration.providerID', id, machines)).toBe(`"aws:///" + ${files}["ZONE"] + "/" + ${files}["ID"]`);
    expect(found(maxPods, [20, 21, 22, 23], machines)).toBe('int(node.labels["pods"])');
    expect(found('kubelet.configuration.topologyManagerPolicy', ['none', 'best-effort', 'none', 'none'], machines)).toBe(
      `{"eu-1a": "none", "eu-1b": "best-effort", "eu-1c": "none"}[${files}["ZONE"]]`,
    );
  });
});

describe('nothing is guessed', () => {
  test.each<[string, string, Json[], Machine[]]>([
    ['no fact', nodeIp, ['10.0.0.1', '10.0.0.2'], [{ name: 'a' }, { name: 'b' }]],
    ['a fact of one node alone', nodeIp, ['10.0.4.15', '10.0.0.2'], [sized(4, 15), { name: 'b' }]],
    ['a fact with another value', nodeIp, ['10.0.4.15', '10.0.0.2'], [sized(4, 15), sized(8, 31)]],
    ['addresses by size', nodeIp, ['10.0.0.4', '10.0.0.8'], [sized(4, 15), sized(8, 31)]],
    ['a domain by size', 'kubelet.configuration.clusterDomain', ['a', 'b'], [sized(4, 15), sized(8, 31)]],
    ['a value that comes back', maxPods, [10, 21, 10], [sized(4, 15), sized(8, 31), sized(16, 63)]],
    ['a table of the nodes', maxPods, [10, 20], [{ name: 'a' }, { name: 'b' }]],
    ['one size, two values', maxPods, [10, 20], [sized(4, 15, 'a'), sized(4, 15, 'b')]],
    ['the name that the kubelet registers', 'kubelet.flags["hostname-override"]', ['a', 'b'], [{ name: 'a' }, { name: 'b' }]],
    ['a field that cannot be computed', 'launcher.rkt.volumes.a', ['x', 'y'], [sized(4, 15), sized(8, 31)]],
    [
      'an empty fact',
      nodeIp,
      ['', ''],
      [
        { name: 'a', machine: { ipv6: '' } },
        { name: 'b', machine: { ipv6: '' } },
      ],
    ],
  ])('%s', (_name, path, values, machines) => {
    expect(found(path, values, machines)).toBe(values.every((value) => value === '') ? '""' : undefined);
  });
});

const node = (machine: Machine, spec: ImportedNode['spec']): ImportedNode => ({
  name: machine.name,
  spec,
  facts: factsOf(machine),
});
const host = (flags: Record<string, Json>, configuration?: Record<string, Json>): ImportedNode['spec'] => ({
  kubelet: { flags, ...(configuration && { configuration }) } as never,
  launcher: { host: {} },
});

test('nodes are divided by the field that divides them into the fewest groups, and labels are printed', () => {
  const all = nodes.map((machine, index) =>
    node(
      machine,
      host({ 'node-ip': String(machine.machine?.['ipv4']) }, { clusterDomain: index % 2 === 0 ? 'a.local' : 'b.local' }),
    ),
  );
  const apart = node({ name: 'z' }, host({ v: 2 }));
  const groups = groupsOf([apart, ...all], defaultAllowance);
  const objects = objectsOf(groups, 'pool');
  expect(describeGroups(groups, objects)).toEqual([
    '5 nodes in 3 groups:',
    '  pool-1: n16-63, n4-15',
    '    without kubelet.flags.v',
    '    kubelet.configuration.clusterDomain is "a.local"',
    '    kubelet.flags["node-ip"] differs, and is computed: machine.ipv4',
    '  pool-2: n32-127, n8-31',
    '    without kubelet.flags.v',
    '    kubelet.configuration.clusterDomain is "b.local"',
    '    kubelet.flags["node-ip"] differs, and is computed: machine.ipv4',
    '  pool-3: z',
    '    kubelet.flags.v is 2',
    'The objects select no node until you label it, or edit nodeSelector:',
    '  kubectl label node n16-63 n4-15 kubelet-config.dev/imported=pool-1',
    '  kubectl label node n32-127 n8-31 kubelet-config.dev/imported=pool-2',
    '  kubectl label node z kubelet-config.dev/imported=pool-3',
    'No fact that is known of all these nodes gives each its value of kubelet.configuration.clusterDomain.',
    'Where a fact does, write it into facts.yaml in the directory of each node, as for render --facts, and import again.',
  ]);
  expect(objects[0]?.spec).toEqual({
    nodeSelector: { matchLabels: { 'kubelet-config.dev/imported': 'pool-1' } },
    kubelet: { configuration: { clusterDomain: 'a.local' } },
    launcher: { host: {} },
    computed: [{ path: 'kubelet.flags["node-ip"]', expression: 'machine.ipv4' }],
  });
});

test('one group is one object, without a number', () => {
  const groups = groupsOf([node({ name: 'a' }, host({ v: 2 })), node({ name: 'b' }, host({ v: 2 }))], defaultAllowance);
  expect(objectsOf(groups, 'imported')).toEqual([
    kubeletConfig('imported', {
      nodeSelector: { matchLabels: { 'kubelet-config.dev/imported': 'true' } },
      ...host({ v: 2 }),
    } as never),
  ]);
});

/** Values that follow from facts, and values of the node alone, in any mixture; facts that are known, or not. */
const anyNode = (index: number): fc.Arbitrary<ImportedNode> =>
  fc
    .record({
      cpus: fc.constantFrom(2, 4, 8, 16),
      memoryGiB: fc.constantFrom(3, 7, 15),
      isKnown: fc.boolean(),
      pods: fc.constantFrom('byCpus', 'byMemory', 'own'),
      ip: fc.constantFrom('fact', 'own', 'none'),
      zone: fc.constantFrom('a', 'b'),
      eviction: fc.constantFrom('5%', '10%'),
    })
    .map(({ cpus, memoryGiB, isKnown, pods, ip, zone, eviction }) => {
      const name = `node-${index}`;
      const machine = { cpus, memoryGiB, ipv4: `10.0.0.${index}`, hostname: `${name}.local` };
      const count = { byCpus: Math.min(110, cpus * 20), byMemory: memoryGiB < 7 ? 30 : 110, own: 11 + index };
      const flags = {
        ...(ip !== 'none' && { 'node-ip': ip === 'fact' ? `10.0.0.${index}` : `172.16.0.${index}` }),
        'node-labels': [`zone=${zone}`, `host=${name}`],
      };
      const configuration = { maxPods: count[pods as keyof typeof count], evictionHard: { 'memory.available': eviction } };
      return node({ name, labels: { zone }, ...(isKnown && { machine }) }, host(flags, configuration));
    });

test('each node gets from the object of its group exactly what it has, whatever the order of the nodes is', () => {
  const some = fc
    .integer({ min: 1, max: 6 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => anyNode(index + 1))));
  fc.assert(
    fc.property(some, (all) => {
      const groups = groupsOf(all, defaultAllowance);
      expect(groups.flatMap((group) => group.nodes.map(({ name }) => name)).sort()).toEqual(all.map(({ name }) => name).sort());
      const objects = objectsOf(groups, 'imported');
      expect(objectsOf(groupsOf(all.toReversed(), defaultAllowance), 'imported')).toEqual(objects);
      for (const [index, group] of groups.entries()) {
        for (const { name, spec, facts } of group.nodes) {
          const object = objects[index];
          const selected = object?.spec.nodeSelector.matchLabels ?? {};
          const got = object && desiredFor([object], selected, defaultAllowance, computeWith(facts, defaultAllowance));
          const had = desiredFor([kubeletConfig('own', { ...spec, nodeSelector: { matchLabels: {} } })], {}, defaultAllowance);
          const specOf = (desired: typeof got) => (desired?.kind === 'Effective' ? desired.effective.spec : desired);
          expect({ name, spec: specOf(got) }).toEqual({ name, spec: specOf(had) });
        }
      }
    }),
    { numRuns: generatedSlow },
  );
});
