/** A valid KubeletConfig; each test changes one thing in it. */

import type { FieldPath, Problem } from '../../../src/api/problem.ts';
import { formatPath } from '../../../src/api/problem.ts';

type Tree = { [key: string | number]: unknown };

export function validObject(): Tree {
  return {
    apiVersion: 'kubelet-config.dev/v1alpha1',
    kind: 'KubeletConfig',
    metadata: { name: 'workers' },
    spec: {
      nodeSelector: { matchLabels: { role: 'worker' } },
      priority: 0,
      kubelet: {
        version: 'v1.2.2_coreos.0',
        flags: { 'api-servers': 'http://127.0.0.1:8080', v: 2, 'allow-privileged': true, 'node-labels': ['a=1', 'b=2'] },
        configuration: { maxPods: 64 },
        configurationPath: '/etc/kubernetes/kubelet-config.yaml',
      },
      launcher: {
        rkt: { volumes: [{ name: 'resolv', hostPath: '/etc/resolv.conf', mountPath: '/etc/resolv.conf', readOnly: true }] },
      },
      unit: {
        name: 'kubelet.service',
        environment: { GREETING: 'one\ttwo\nthree' },
        options: { Service: { RestartSec: ['5'] } },
      },
      files: [{ path: '/opt/bin/hello', mode: '0755', content: '#!/bin/sh\n' }],
      health: { timeoutSeconds: 60, minReadySeconds: 5 },
    },
  };
}

/**
 * The valid object with another value at one path; `undefined` removes it. Missing maps on the way are made.
 */
export function changed(path: FieldPath, value: unknown): Tree {
  const root = validObject();
  let inner: Tree = root;
  for (const key of path.slice(0, -1)) {
    inner[key] ??= {};
    inner = inner[key] as Tree;
  }
  const last = path.at(-1) ?? '';
  if (value === undefined) delete inner[last];
  else inner[last] = value;
  return root;
}

/** `spec.priority: WrongType` for each problem, for comparison in a table. */
export function summary(problems: readonly Problem[]): string[] {
  return problems.map(({ path, code }) => `${formatPath(path)}: ${code}`);
}
