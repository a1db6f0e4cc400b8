/** What Flux and Argo CD are told about the health of our objects, evaluated as they do. */

import { spawnSync } from 'node:child_process';
import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, test } from 'vitest';
import { manifestsIn } from './documents.ts';

type Health = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';

const condition = (type: string, status: string) => ({ type, status, message: `${type} is ${status}` });
const conditions = (ready: string, reconciling: string, stalled: string) => [
  condition('Ready', ready),
  condition('Reconciling', reconciling),
  condition('Stalled', stalled),
];
const object = (status?: object, spec: object = {}) => ({ metadata: { generation: 2 }, spec, ...(status && { status }) });

const cases: readonly { name: string; object: ReturnType<typeof object>; config: Health; node: Health }[] = [
  { name: 'just applied', object: object(), config: 'Progressing', node: 'Progressing' },
  { name: 'without conditions', object: object({ observedGeneration: 2 }), config: 'Progressing', node: 'Progressing' },
  {
    name: 'true of the generation before',
    object: object({ observedGeneration: 1, conditions: conditions('True', 'False', 'False') }),
    config: 'Progressing',
    // Its generation grows with every approval, and what the agent reports is the state of the node whatever that says.
    node: 'Healthy',
  },
  {
    name: 'under way',
    object: object({ observedGeneration: 2, conditions: conditions('False', 'True', 'False') }),
    config: 'Progressing',
    node: 'Progressing',
  },
  {
    name: 'done',
    object: object({ observedGeneration: 2, conditions: conditions('True', 'False', 'False') }),
    config: 'Healthy',
    node: 'Healthy',
  },
  {
    name: 'stalled',
    object: object({ observedGeneration: 2, conditions: conditions('False', 'False', 'True') }),
    config: 'Degraded',
    node: 'Degraded',
  },
  {
    name: 'paused under way',
    object: object({ observedGeneration: 2, conditions: conditions('False', 'True', 'False') }, { rollout: { paused: true } }),
    config: 'Suspended',
    node: 'Progressing',
  },
  {
    name: 'held by a person',
    object: object({
      observedGeneration: 2,
      phase: 'Held',
      conditions: conditions('False', 'True', 'False').map((one) => ({ ...one, reason: 'Held' })),
    }),
    config: 'Suspended',
    node: 'Suspended',
  },
  {
    name: 'paused and done',
    object: object({ observedGeneration: 2, conditions: conditions('True', 'False', 'False') }, { rollout: { paused: true } }),
    config: 'Healthy',
    node: 'Healthy',
  },
];

describe('Flux: health of', () => {
  const [checks] = manifestsIn('examples/gitops/flux/kubelet-config.yaml').flatMap(({ spec }) => spec?.healthCheckExprs ?? []);
  /** The first that is true counts; one that cannot be evaluated leaves Flux waiting. It knows no Suspended. */
  const healthOf = (candidate: object): Health => {
    if (!checks) throw new Error('the example has no healthCheckExprs');
    const environment = new Environment({ unlistedVariablesAreDyn: true });
    const holds = (expression: string) => environment.evaluate(expression, { ...candidate }) === true;
    try {
      if (holds(checks.inProgress)) return 'Progressing';
      if (holds(checks.failed)) return 'Degraded';
      return holds(checks.current) ? 'Healthy' : 'Progressing';
    } catch {
      return 'Progressing';
    }
  };

  test.each(cases)('an object $name is $config', ({ object: candidate, config }) => {
    expect(healthOf(candidate)).toBe(config === 'Suspended' ? 'Progressing' : config);
  });
});

/** Argo CD runs gopher-lua, which is Lua 5.1. */
const lua = ['lua5.1', 'luajit', 'lua'].find((program) => spawnSync(program, ['-v']).status === 0);
if (lua === undefined)
  process.stderr.write("\nNOT RUN: the tests of Argo CD's health scripts. Install Lua, e.g. Debian's lua5.1\n");

describe.skipIf(lua === undefined)('Argo CD: health of', () => {
  const [{ data = {} } = {}] = manifestsIn('examples/gitops/argocd/argocd-cm.yaml');
  const healthOf = (kind: string, candidate: object) => {
    const script = data[`resource.customizations.health.kubelet-config.dev_${kind}`];
    const program = `local obj = ${literal(candidate)}\nlocal hs = (function()\n${script}\nend)()\nio.write(hs.status, "\\n", hs.message)`;
    const { status, stdout, stderr } = spawnSync(lua ?? '', ['-'], { input: program, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [health, message] = stdout.split('\n');
    return { health, message };
  };

  test.each(cases)('a KubeletConfig $name is $config', ({ object: candidate, config }) => {
    expect(healthOf('KubeletConfig', candidate)).toEqual({ health: config, message: expect.stringMatching(/./) });
  });
  test.each(cases)('a NodeKubelet $name is $node', ({ object: candidate, node }) => {
    expect(healthOf('NodeKubelet', candidate)).toEqual({ health: node, message: expect.stringMatching(/./) });
  });
});

/** A value as Lua writes it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `[${JSON.stringify(key)}] = ${literal(inner)}`)
    .join(', ')}}`;
}
