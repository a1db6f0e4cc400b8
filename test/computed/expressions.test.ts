/** Expressions, and what they give or why they are refused. */

import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/api/json.ts';
import { defaultAllowance } from '../../src/api/paths.ts';
import type { KubeletConfigSpec } from '../../src/api/types.ts';
import { checkComputed, validateObject } from '../../src/computed/check.ts';
import { computeWith } from '../../src/computed/evaluate.ts';
import { kubeletConfig } from '../builders.ts';
import { facts } from './facts.ts';

const objectWith = (path: string, expression: string, spec: Partial<KubeletConfigSpec> = {}) =>
  kubeletConfig('workers', { ...spec, computed: [{ path, expression }] });
const evaluated = (path: string, expression: string) => computeWith(facts, defaultAllowance)(objectWith(path, expression));
const instance =
  '"aws:///" + environmentFiles["/run/metadata/coreos"]["COREOS_EC2_AVAILABILITY_ZONE"] + "/" + environmentFiles["/run/metadata/coreos"]["COREOS_EC2_INSTANCE_ID"]';
const resolver =
  'machine.osRelease[?"ID"].orValue("") in ["ubuntu", "flatcar"] ? "/run/systemd/resolve/resolv.conf" : "/etc/resolv.conf"';

const values: readonly (readonly [path: string, expression: string, value: Json])[] = [
  ['kubelet.configuration.maxPods', 'min(110, machine.cpus * 20)', 110],
  ['kubelet.configuration.maxPods', 'machine.memoryGiB < 16 ? 58 : machine.memoryGiB < 64 ? 110 : 250', 110],
  ['kubelet.configuration.maxPods', 'int(node.annotations[?"example.org/max-pods"].orValue("110"))', 58],
  ['kubelet.configuration.maxPods', 'int(node.annotations[?"example.org/other"].orValue("110"))', 110],
  ['kubelet.configuration.maxPods', 'max(10, machine.cpus - 4) * 8', 80],
  ['kubelet.configuration.maxPods', 'int(double(machine.memoryGiB) * 3.5)', 108],
  ['kubelet.configuration.maxPods', '["7", "-12"].map(t, int(t))[1] + int(20) + int("30")', 38],
  ['kubelet.configuration.maxPods', 'int(min(double(machine.cpus) * 12.5, 110.0))', 100],
  ['kubelet.configuration.maxPods', 'machine.memoryGiB * 1000 / 1024', 30],
  ['kubelet.configuration.maxPods', 'machine.cpus % 3 + size(node.labels)', 7],
  ['kubelet.configuration.maxPods', 'cel.bind(pods, machine.cpus * 20, pods > 110 ? 110 : pods)', 110],
  ['kubelet.configuration.maxPods', '{"m5.large": 29, "m5.2xlarge": 58}[node.labels["node.kubernetes.io/instance-type"]]', 58],
  ['kubelet.configuration.kubeReserved.cpu', 'string(60 + machine.cpus * 10) + "m"', '140m'],
  ['kubelet.configuration.kubeReserved.memory', 'string(255 + 11 * min(110, machine.cpus * 20)) + "Mi"', '1465Mi'],
  ['kubelet.configuration.kubeReserved.memory', 'string(max(1, machine.memoryGiB / 20)) + "Gi"', '1Gi'],
  [
    'kubelet.configuration.kubeReserved',
    '{"cpu": string(machine.cpus * 10) + "m", "memory": "1Gi"}',
    { cpu: '80m', memory: '1Gi' },
  ],
  ['kubelet.configuration.reservedSystemCPUs', 'machine.cpus >= 8 ? "0-1" : "0"', '0-1'],
  ['kubelet.configuration.reservedSystemCPUs', '"0-" + string(machine.cpus / 4 - 1)', '0-1'],
  ['kubelet.configuration.cpuManagerPolicy', 'node.labels[?"pool"].orValue("") == "gpu" ? "static" : "none"', 'static'],
  ['kubelet.configuration.cpuManagerPolicy', 'has(node.labels.pool) && node.labels.pool == "gpu" ? "static" : "none"', 'static'],
  ['kubelet.configuration.providerID', instance, 'aws:///eu-1a/i-0abc'],
  ['kubelet.configuration.clusterDNS', '[machine.ipv6 == "" ? "10.96.0.10" : "fd00:10:96::a"]', ['10.96.0.10']],
  ['kubelet.configuration.clusterDNS', '["10.96.0.10", machine.ipv4].filter(a, a != "")', ['10.96.0.10', '10.0.3.7']],
  ['kubelet.configuration.resolvConf', resolver, '/run/systemd/resolve/resolv.conf'],
  ['kubelet.configuration.topologyManagerPolicy', 'machine.cpus > 64 ? "best-effort" : "none"', 'none'],
  ['kubelet.configuration.evictionHard.memory.available', 'string(machine.memoryGiB * 10) + "Mi"', '310Mi'],
  ['kubelet.configuration.evictionHard["nodefs.available"]', 'machine.memoryGiB > 16 ? "10%" : "15%"', '10%'],
  ['kubelet.configuration.featureGates.MemoryQoS', 'machine.osRelease["VERSION_ID"].startsWith("3975")', true],
  ['kubelet.configuration.featureGates', '{"MemoryQoS": machine.cpus > 4}', { MemoryQoS: true }],
  ['kubelet.configuration.serializeImagePulls', 'machine.cpus < 4', false],
  ['kubelet.configuration.memoryThrottlingFactor', 'machine.memoryGiB > 16 ? 0.9 : 0.8', 0.9],
  ['kubelet.configuration.shutdownGracePeriod', 'node.labels.pool == "gpu" ? "5m" : "30s"', '5m'],
  ['kubelet.configuration.allowedUnsafeSysctls', 'machine.cpus > 64 ? ["net.core.somaxconn"] : []', []],
  ['kubelet.flags.node-ip', 'machine.ipv4', '10.0.3.7'],
  ['kubelet.flags["node-ip"]', 'environmentFiles["/run/metadata/coreos"].COREOS_PRIVATE_IPV4', '10.0.3.7'],
  ['kubelet.flags.node-ip', '[machine.ipv4, machine.ipv6].filter(a, a != "").join(",")', '10.0.3.7'],
  ['kubelet.flags.hostname-override', 'machine.hostname.split(".")[0].lowerAscii()', 'ip-10-0-3-7'],
  ['kubelet.flags.hostname-override', 'machine.hostname.substring(0, machine.hostname.indexOf(".")).lowerAscii()', 'ip-10-0-3-7'],
  [
    'kubelet.flags.node-labels',
    '"arch=" + machine.architecture + ",size=" + (machine.memoryGiB >= 24 ? "large" : "small")',
    'arch=amd64,size=large',
  ],
  [
    'kubelet.flags.node-labels',
    '["cpus", "arch"].map(k, "example.org/" + k + "=1")',
    ['example.org/cpus=1', 'example.org/arch=1'],
  ],
  ['kubelet.flags.max-pods', 'machine.cpus * 10', 80],
  ['kubelet.flags.fail-swap-on', 'machine.memoryGiB > 64', false],
  ['kubelet.flags.node-status-update-frequency', 'node.labels.exists(k, k == "pool") ? "20s" : "10s"', '20s'],
  ['kubelet.flags.provider-id', 'environmentFiles[?"/run/metadata/afterburn"][?"AFTERBURN_ID"].orValue("none")', 'none'],
  ['kubelet.configuration.nodeStatusMaxImages', 'node.labels["empty"] == "" ? -1 : 50', -1],
  ['kubelet.configuration.providerID', 'node.labels["constructor"]', 'a label like any other'],
  ['unit.environment.NODE_NAME', 'node.name.upperAscii()', 'IP-10-0-3-7'],
  [
    'unit.environment["HTTPS_PROXY"]',
    '"http://proxy." + node.labels["topology.kubernetes.io/zone"] + ".example:3128"',
    'http://proxy.eu-1a.example:3128',
  ],
  ['unit.options.Service.CPUAffinity', '[string(machine.cpus - 1)]', ['7']],
  ['health.timeoutSeconds', '60 + machine.cpus * 10', 140],
  ['kubelet.version', 'node.labels.pool == "gpu" ? "v1.35" : "v1.36"', 'v1.35'],
  ['launcher.host.binary', 'machine.osRelease.ID == "flatcar" ? "/opt/bin/kubelet" : "/usr/bin/kubelet"', '/opt/bin/kubelet'],
  ['drift', 'node.labels.pool == "gpu" ? "Report" : "Repair"', 'Report'],
];

describe('gives', () => {
  test.each(values)('%s = %s', (path, expression, value) => {
    expect(evaluated(path, expression)).toMatchObject({ values: [{ index: 0, expression, value }], problems: [] });
    expect(validateObject(objectWith(path, expression)).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

const long = (count: number) => Array.from({ length: count }, () => '1').join(' + ');
const nested = (count: number) => `${'('.repeat(count)}1${')'.repeat(count)}`;
const list = `[${Array.from({ length: 33 }, () => '1').join(', ')}]`;
const maxPods = 'kubelet.configuration.maxPods';

const refusals: readonly (readonly [path: string, expression: string, reason: string, remedy: string])[] = [
  [maxPods, 'machine.freeMemory', 'machine has no member freeMemory', 'use one of machine.hostname'],
  [maxPods, 'machine["uptime"]', 'machine has no member uptime', 'use one of'],
  [maxPods, 'machine[?"freeMemory"].orValue(3)', 'machine has no member freeMemory', 'use one of'],
  [maxPods, 'machine.cpu', 'machine has no member cpu', 'write machine.cpus'],
  [maxPods, 'machine.addresses.size()', 'machine has no member addresses', 'use one of'],
  [maxPods, 'machine[node.name]', 'machine has no member of a name that is computed', 'use one of'],
  [maxPods, '[machine].size()', 'machine alone is no value', 'use one of machine.hostname'],
  [maxPods, 'string(machine.cpus)', 'is of type string, and the field needs int', 'convert it with int(…)'],
  [maxPods, 'double(machine.cpus)', 'is of type double, and the field needs int', 'convert it with int(…)'],
  [maxPods, 'node.labels[?"pods"]', 'is of type optional<string>', '.orValue(…)'],
  [maxPods, 'null', 'is of type null', 'convert it with int'],
  [maxPods, 'dyn(machine.cpus)', 'dyn is refused', 'leave it out, or convert the value'],
  [maxPods, '"a".matches("(a+)+$") ? 1 : 2', 'matches is refused', 'use startsWith'],
  [maxPods, '["a"].exists(x, x.matches("a")) ? 1 : 2', 'matches is refused', 'use startsWith'],
  [maxPods, 'bytes("a").size()', 'bytes are refused', 'leave it out'],
  [maxPods, 'b"a".size()', 'bytes are refused', 'leave it out'],
  [maxPods, 'b"{}".json()', 'bytes are refused', 'leave it out'],
  [maxPods, '1u == 1u ? 1 : 2', 'uint is refused', 'use int'],
  [maxPods, 'uint(1) == uint(1) ? 1 : 2', 'uint is refused', 'use int'],
  [maxPods, 'timestamp(0).getFullYear()', 'times and durations are refused', 'leave it out'],
  [maxPods, 'duration("1h").getHours()', 'times and durations are refused', 'leave it out'],
  [maxPods, 'type(1) == int ? 1 : 2', 'type is refused', 'leave it out'],
  [maxPods, 'google == google ? 1 : 2', 'there is no variable google', 'use node, machine or environmentFiles'],
  [maxPods, 'cpus * 2', 'there is no variable cpus', 'use node, machine or environmentFiles'],
  [maxPods, 'int(true)', "no matching overload for 'int(bool)'", 'docs/computed.md'],
  [maxPods, 'wholeNumber("1")', 'there is no function wholeNumber', 'use int'],
  [maxPods, 'now()', 'there is no function now', 'use int'],
  [maxPods, 'machine.hostname.lengt()', 'there is no function lengt', 'use size'],
  [maxPods, 'machine.cpus + 1.5', 'no such overload: int + double', 'docs/computed.md'],
  [maxPods, 'machine.cpus *', 'Unexpected token: EOF', 'docs/computed.md'],
  [maxPods, long(65), 'more than 128 parts', 'write a shorter one'],
  [maxPods, nested(24), 'deeper than 24 levels', 'write a shorter one'],
  [maxPods, `${list}.size()`, 'a list in it has more than 32 items', 'write a shorter one'],
  [maxPods, '[1].map(a, [1].map(b, [1].map(c, c))).size()', 'more than 2 macros', 'one after the other'],
  [maxPods, '[1].map(a, [1].filter(b, cel.bind(c, b, c == 1))).size()', 'more than 2 macros', 'one after the other'],
  [maxPods, '["x"].map(machine, machine.cpus).size()', 'machine cannot be the name of a variable', 'write another name'],
  [maxPods, 'environmentFiles["/etc/shadow"].size()', 'may not read "/etc/shadow"', '--environment-file=/etc/shadow'],
  [maxPods, 'environmentFiles["/run/metadata/../shadow"].size()', 'may not read', '--environment-file'],
  [maxPods, '[1, "a"].size()', 'List elements must have the same type', 'docs/computed.md'],
  [
    'kubelet.configuration.clusterDNS',
    'machine.ipv4',
    'is of type string, and the field needs list<string>',
    'write it as a list',
  ],
  ['kubelet.configuration.evictionHard', '{"memory.available": 5}', 'needs map<string, string>', 'write an expression of type'],
  ['kubelet.configuration.maxPod', '1', 'there is no field kubelet.configuration.maxPod', 'write kubelet.configuration.maxPods'],
  ['kubelet.configuration.authentication', '1', 'is a group', 'one value in it'],
  ['kubelet.configuration.registerWithTaints', '["a"]', 'is a group, or a list of groups', 'cannot be computed'],
  ['kubelet.configuration.maxPods.x', '1', 'is not a map', 'end the path there'],
  ['kubelet.configuration', '1', 'is a map of fields', 'name one'],
  ['kubelet.flags.node_ip', '"a"', 'no kubelet has a flag --node_ip', 'write kubelet.flags.node-ip'],
  ['kubelet.flags.max-pods', '"110"', 'is of type string, and the field needs int', 'convert it with int(…)'],
  ['kubelet.flags', '{"v": "2"}', 'kubelet.flags is a map of flags', 'name one'],
  ['kubelet.flag.v', '1', 'there is no field kubelet.flag', 'write kubelet.flags'],
  ['health.timeout', '60', 'there is no field health.timeout', 'use one of timeoutSeconds, minReadySeconds'],
  ['launcher.rkt.volumes', '["a"]', 'is in a list', 'one object for each value'],
  ['launcher.rkt', '"a"', 'is a group', 'one value in it'],
];

describe('refuses', () => {
  test.each(refusals)('%s = %s', (path, expression, reason, remedy) => {
    const { computations, problems } = checkComputed(objectWith(path, expression), defaultAllowance);
    expect(computations).toEqual([]);
    expect(problems).toMatchObject([
      {
        severity: 'error',
        code: 'ComputedInvalid',
        reason: expect.stringContaining(reason),
        remedy: expect.stringContaining(remedy),
      },
    ]);
  });

  test.each([
    ['priority', 'RuleViolated'],
    ['spec.kubelet.flags.v', 'RuleViolated'],
    ['kubelet..flags', 'InvalidValue'],
    ['kubelet.flags[0]', 'InvalidValue'],
    ['', 'InvalidValue'],
  ])('the path %j, once', (path, code) => {
    expect(validateObject(objectWith(path, '1')).map((problem) => problem.code)).toEqual([code]);
  });
});

const failures: readonly (readonly [path: string, expression: string, reason: string, remedy: string])[] = [
  [maxPods, 'int(node.labels["size"])', 'No such key: size', 'orValue'],
  [
    maxPods,
    'machine.cpus / size(node.annotations["example.org/max-pods"].split("58")[0])',
    'division by zero',
    'correct the expression',
  ],
  [maxPods, 'int(node.labels["pool"])', 'int(): "gpu" is not a whole number', 'correct the expression'],
  [maxPods, 'int(node.labels["empty"])', 'int(): "" is not a whole number', 'correct the expression'],
  [maxPods, '["0x10", "1e3", " 1", "0b1"].map(t, int(t)).size()', 'int(): "0x10" is not', 'correct the expression'],
  [maxPods, 'int(1.0e30)', 'int(): 1e+30 is not', 'correct the expression'],
  [maxPods, 'machine.cpus * 9223372036854775807', 'integer overflow', 'correct the expression'],
  [maxPods, 'machine.cpus * 1000000000000000000', '8000000000000000000 is larger than 2^53', 'a smaller number'],
  [maxPods, 'machine.cpus * 1000000000', 'a whole number of 32 bits', '2^31'],
  ['kubelet.configuration.memoryThrottlingFactor', '1.0 / 0.0', 'Infinity is no number', 'correct the expression'],
  ['kubelet.configuration.shutdownGracePeriod', 'node.name', 'expected a duration', 'write'],
  ['kubelet.configuration.clusterDNS', '[machine.hostname.split(".")[9]]', 'index 9 >= size 4', 'orValue'],
  ['kubelet.flags.node-ip', 'environmentFiles["/etc/environment"]["IP"]', '/etc/environment is not UTF-8', 'write it as UTF-8'],
  [
    'kubelet.flags.node-ip',
    'environmentFiles.exists(f, f == "x") ? "a" : "b"',
    '/etc/environment is not UTF-8',
    'write it as UTF-8',
  ],
  [
    'kubelet.flags.node-ip',
    'environmentFiles["/run/metadata/afterburn"]["IP"]',
    'No such key: /run/metadata/afterburn',
    'orValue',
  ],
];

describe('fails on the node', () => {
  test.each(failures)('%s = %s', (path, expression, reason, remedy) => {
    expect(evaluated(path, expression)).toMatchObject({
      values: [],
      problems: [
        {
          severity: 'error',
          code: 'ComputedFailed',
          object: 'workers',
          path: ['spec', 'computed', 0, 'expression'],
          reason: expect.stringContaining(reason),
          remedy: expect.stringContaining(remedy),
        },
      ],
    });
  });

  test('the message names the field and the expression', () => {
    expect(evaluated(maxPods, 'int(\n  node.labels["size"])').problems[0]?.reason).toBe(
      'kubelet.configuration.maxPods = int( node.labels["size"]): No such key: size',
    );
  });

  test('a fact that cannot be read is an error of the expressions that use it, and of no other', () => {
    const missing = { missing: { reason: '/proc/meminfo is not there', remedy: 'make it readable' } };
    const compute = computeWith({ ...facts, machine: { ...facts.machine, memoryGiB: missing } }, defaultAllowance);
    const computed = [
      { path: 'kubelet.flags.v', expression: 'machine.memoryGiB' },
      { path: 'kubelet.flags.max-pods', expression: 'machine.cpus' },
    ];
    expect(compute(kubeletConfig('workers', { computed }))).toMatchObject({
      values: [{ value: 8 }],
      problems: [{ reason: expect.stringContaining('/proc/meminfo is not there'), remedy: 'make it readable' }],
    });
  });
});

describe('of two values for one field', () => {
  const doubles = (computed: KubeletConfigSpec['computed'], spec: Partial<KubeletConfigSpec> = {}) =>
    validateObject(kubeletConfig('workers', { ...spec, ...(computed && { computed }) })).filter(
      ({ severity }) => severity === 'error',
    );

  test('the second is refused, also in another spelling', () => {
    const found = doubles([
      { path: 'kubelet.flags.node-ip', expression: 'machine.ipv4' },
      { path: 'kubelet.flags["node-ip"]', expression: 'machine.ipv6' },
    ]);
    expect(found).toMatchObject([{ code: 'DuplicateItem', path: ['spec', 'computed', 1, 'path'] }]);
  });

  test('a map and one of its keys are two values', () => {
    const found = doubles([
      { path: 'kubelet.configuration.kubeReserved.cpu', expression: '"1"' },
      { path: 'kubelet.configuration.kubeReserved', expression: '{"cpu": "2"}' },
    ]);
    expect(found).toMatchObject([{ code: 'DuplicateItem' }]);
  });

  test('the object may not state what it computes', () => {
    const found = doubles([{ path: maxPods, expression: 'machine.cpus' }], { kubelet: { configuration: { maxPods: 110 } } });
    expect(found).toMatchObject([{ code: 'DuplicateItem', reason: expect.stringContaining('to 110') }]);
  });

  test('a computed map adds to a stated one', () => {
    const kubelet = { configuration: { kubeReserved: { memory: '1Gi' } } };
    expect(doubles([{ path: 'kubelet.configuration.kubeReserved', expression: '{"cpu": "2"}' }], { kubelet })).toEqual([]);
  });
});

test('a value of another launcher than the one of the object is refused', () => {
  const rkt = { path: 'launcher.rkt.uuidFile', expression: '"/etc/kubernetes/" + node.name' };
  const host = { path: 'launcher.host.binary', expression: '"/opt/bin/kubelet"' };
  const refused = (spec: Partial<KubeletConfigSpec>) =>
    checkComputed(kubeletConfig('workers', spec), defaultAllowance).problems.map(({ path, reason }) => [path[2], reason]);
  const reason = 'the launcher of this object is host, and the value is for rkt';
  expect(refused({ launcher: { host: {} }, computed: [rkt] })).toEqual([[0, reason]]);
  expect(refused({ computed: [host, rkt] })).toEqual([[1, reason]]);
  expect(refused({ launcher: { rkt: {} }, computed: [rkt] })).toEqual([]);
});

describe('a cycle is warned of', () => {
  const warnings = (...computed: { path: string; expression: string }[]) =>
    validateObject(kubeletConfig('workers', { computed })).map(({ code, path }) => [code, path[2]]);

  test('labels that decide the labels', () => {
    const expression = 'node.labels[?"pool"].orValue("a") + "=1"';
    expect(warnings({ path: 'kubelet.flags.node-labels', expression })).toEqual([['ComputedCycle', 0]]);
  });

  test('a label that another expression sets', () => {
    const labels = { path: 'kubelet.flags.node-labels', expression: '"size=" + string(machine.cpus)' };
    const uses = { path: maxPods, expression: 'int(node.labels["size"])' };
    const other = { path: 'kubelet.flags.v', expression: 'int(node.labels["v"])' };
    expect(warnings(labels, uses, other)).toEqual([['ComputedCycle', 1]]);
  });

  test('a name that decides the name', () => {
    expect(warnings({ path: 'kubelet.flags.hostname-override', expression: 'node.name' })).toEqual([['ComputedCycle', 0]]);
    expect(warnings({ path: 'kubelet.flags.hostname-override', expression: 'machine.hostname' })).toEqual([]);
  });
});

test('the agent adds files that expressions may read', () => {
  const expression = 'environmentFiles["/etc/site"]["A"]';
  const allowance = { ...defaultAllowance, factFiles: ['/etc/site'] };
  expect(validateObject(objectWith('kubelet.flags.node-ip', expression), allowance)).toEqual([]);
});

test('of more entries than an object may have only the first are looked at', () => {
  const computed = Array.from({ length: 5_000 }, (_, index) => ({
    path: `unit.environment.V${index}`,
    expression: `nothing${index}`,
  }));
  const { problems } = checkComputed(kubeletConfig('workers', { computed }), defaultAllowance);
  expect(problems).toHaveLength(32);
  const codes = validateObject(kubeletConfig('workers', { computed })).map(({ code }) => code);
  expect(codes).toContain('TooLarge');
});
