/** Values that each CEL rule of the schema accepts and refuses. An API server must decide the same. */

export interface RuleVector {
  readonly rule: string;
  readonly self: unknown;
  readonly holds: boolean;
}

const accepted: readonly (readonly [rule: string, accepts: readonly unknown[], refuses: readonly unknown[]])[] = [
  [
    'self.metadata.name.size() <= 63',
    [{ metadata: { name: 'workers' } }, { metadata: { name: 'a'.repeat(63) } }],
    [{ metadata: { name: 'a'.repeat(64) } }],
  ],
  [
    "self.operator in ['In','NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
    [
      { key: 'a', operator: 'In', values: ['x'] },
      { key: 'a', operator: 'NotIn', values: ['x', 'y'] },
      { key: 'a', operator: 'Exists' },
      { key: 'a', operator: 'DoesNotExist', values: [] },
    ],
    [
      { key: 'a', operator: 'In' },
      { key: 'a', operator: 'NotIn', values: [] },
      { key: 'a', operator: 'Exists', values: ['x'] },
    ],
  ],
  [
    '[has(self.rkt), has(self.podman), has(self.host), has(self.existing)].filter(x, x).size() == 1',
    [{ rkt: {} }, { podman: {} }, { host: { binary: '/usr/bin/kubelet' } }, { existing: {} }],
    [{}, { rkt: {}, host: {} }, { rkt: {}, podman: {}, host: {}, existing: {} }],
  ],
  [
    '[has(self.path), has(self.url), has(self.name), has(self.hash), has(self.fromDir)].filter(x, x).size() <= 1',
    [{ path: '/a' }, { fromDir: 'stage1-fly.aci' }],
    [
      { path: '/a', url: 'https://b' },
      { name: 'a', hash: 'b', fromDir: 'c' },
    ],
  ],
  [
    'has(self.hostPath) != has(self.empty)',
    [
      { name: 'a', hostPath: '/a' },
      { name: 'a', empty: {} },
    ],
    [{ name: 'a' }, { name: 'a', hostPath: '/a', empty: {} }],
  ],
  [
    "!self.path.matches('/\\\\.{1,2}(/|$)')",
    [{ path: '/opt/bin/a' }, { path: '/opt/.hidden' }, { path: '/opt/..a/b' }, { path: '/opt/...' }],
    [{ path: '/opt/./a' }, { path: '/opt/../a' }, { path: '/opt/..' }, { path: '/.' }],
  ],
  [
    "['/kubelet/','/launcher/','/unit/','/files/','/health/'].exists(p, (self.path + '/').startsWith(p))",
    [
      { op: 'remove', path: '/kubelet/flags/v' },
      { op: 'remove', path: '/launcher' },
      { op: 'add', path: '/files/-' },
    ],
    [
      { op: 'remove', path: '' },
      { op: 'remove', path: '/priority' },
      { op: 'remove', path: '/kubelets/x' },
      { op: 'add', path: '/spec/kubelet' },
    ],
  ],
  [
    '!has(self.timeoutSeconds) || !has(self.minReadySeconds) || self.minReadySeconds < self.timeoutSeconds',
    [{ timeoutSeconds: 60 }, { minReadySeconds: 3600 }, { timeoutSeconds: 60, minReadySeconds: 59 }],
    [
      { timeoutSeconds: 60, minReadySeconds: 60 },
      { timeoutSeconds: 10, minReadySeconds: 3600 },
    ],
  ],
  ['type(self) == string || self >= 1', [1, 5000, '10%'], [0, -1]],
  [
    "['kubelet.','launcher.','unit.','health.','drift.'].exists(p, (self.path + '.').startsWith(p))",
    [
      { path: 'kubelet.flags.node-ip', expression: 'machine.ipv4' },
      { path: 'unit.environment["A"]', expression: 'machine.ipv4' },
      { path: 'drift', expression: '"Report"' },
    ],
    [
      { path: 'spec.kubelet.flags.v', expression: '1' },
      { path: 'priority', expression: '1' },
      { path: 'kubelets', expression: '1' },
    ],
  ],
  ['self.expression.size() > 0', [{ path: 'kubelet.flags.v', expression: '1' }], [{ path: 'kubelet.flags.v', expression: '' }]],
];

export const ruleVectors: readonly RuleVector[] = accepted.flatMap(([rule, accepts, refuses]) => [
  ...accepts.map((self) => ({ rule, self, holds: true })),
  ...refuses.map((self) => ({ rule, self, holds: false })),
]);
