import { describe, expect, test } from 'vitest';
import { defaultAllowance } from '../../../src/api/paths.ts';
import type { KubeletConfig } from '../../../src/api/types.ts';
import { desiredOf, desiredState } from '../../../src/node/decide/desired-state.ts';
import type { DesiredState } from '../../../src/node/model/desired-state.ts';
import type { TransactionRecord } from '../../../src/node/model/record.ts';
import type { HostFacts } from '../../../src/render/facts.ts';
import { unmanaged } from '../../../src/render/revision.ts';
import { kubeletConfig } from '../../builders.ts';

/** Auto chooses CoreOS's own wrapper, so the rendering uses what is known of the machine. */
const workers = kubeletConfig('workers', { kubelet: { version: 'v1.5.4_coreos.0' }, launcher: { rkt: {} } });
const coreos: HostFacts = {
  osRelease: { ID: 'coreos', VERSION_ID: '1298.6.0' },
  rktVersion: '1.25.0',
  systemdVersion: 231,
  bootId: 'a',
};

function desiredFrom(objects: readonly KubeletConfig[], facts: HostFacts, committed?: TransactionRecord): DesiredState {
  return desiredState(
    desiredOf({ kind: 'Answers', objects, withdrawnWhen: 'NotSelected' }, {}, defaultAllowance),
    facts,
    committed,
  );
}

/** As if what the object asks for on these facts had been committed. */
function committed(facts: HostFacts = coreos, inputs: Partial<NonNullable<TransactionRecord['inputs']>> = {}): TransactionRecord {
  const { revision: wanted } = desiredFrom([workers], facts);
  if (wanted.kind !== 'Rendered') throw new Error(wanted.kind);
  const unit = { enabled: true, active: true };
  return {
    ...unmanaged,
    format: 1,
    sequence: 1,
    revision: wanted.revision.id,
    inputs: { ...wanted.traits.inputs, ...inputs },
    files: [],
    originals: { files: [], unit },
    orphans: [],
    unit: { name: 'kubelet.service', before: unit, invocationBefore: '', after: unit },
  };
}

const kindOf = (found: DesiredState) => found.revision.kind;

test('nothing committed: a revision of today, with what came of it', () => {
  const found = desiredFrom([workers], coreos);
  expect(found).toMatchObject({
    revision: { kind: 'Rendered', traits: { inputs: { objects: [{ name: 'workers' }] }, orphans: [] } },
    health: { timeoutSeconds: 120 },
    unit: 'kubelet.service',
  });
});

describe('the committed revision stays', () => {
  test('while its inputs do, whatever today’s renderer would make of them', () => {
    expect(kindOf(desiredFrom([workers], coreos, { ...committed(), revision: 'of another renderer' }))).toBe('Committed');
  });

  test.each<[string, HostFacts]>([
    [
      'a newer system that answers the same',
      { ...coreos, osRelease: { ID: 'coreos', VERSION_ID: '1298.7.0', PRETTY_NAME: 'x' } },
    ],
    ['a newer rkt that can do no more than is used', { ...coreos, rktVersion: '1.30.0' }],
    ['a newer systemd, which is not asked for', { ...coreos, systemdVersion: 252 }],
    ['another boot', { ...coreos, bootId: 'b' }],
    ['a kubelet on the host, which is not asked for', { ...coreos, kubeletVersion: 'v1.30.0' }],
    ['a machine that cannot say just now', { osRelease: {} }],
  ])('for %s', (_what, facts) => {
    expect(kindOf(desiredFrom([workers], facts, committed()))).toBe('Committed');
  });

  test('for a capability that only another agent knows', () => {
    const capabilities = { hasFutureThing: true };
    expect(kindOf(desiredFrom([workers], coreos, committed(coreos, { capabilities })))).toBe('Committed');
  });

  test('for another order of the objects', () => {
    const other = kubeletConfig('more', { priority: 1 });
    const { revision: wanted } = desiredFrom([workers, other], coreos);
    if (wanted.kind !== 'Rendered') throw new Error(wanted.kind);
    expect(kindOf(desiredFrom([other, workers], coreos, { ...committed(), inputs: wanted.traits.inputs }))).toBe('Committed');
  });
});

describe('a new rendering is due', () => {
  test.each<[string, HostFacts]>([
    ['a system that ships another wrapper', { ...coreos, osRelease: { ID: 'coreos', VERSION_ID: '2512.3.0' } }],
    ['a system that ships none', { ...coreos, osRelease: { ID: 'flatcar', VERSION_ID: '3000.0.0' } }],
  ])('for %s', (_what, facts) => {
    expect(kindOf(desiredFrom([workers], facts, committed()))).toBe('Rendered');
  });

  test('for an rkt too old for what is used, and it is refused', () => {
    expect(desiredFrom([workers], { ...coreos, rktVersion: '0.16.0' }, committed()).revision).toMatchObject({
      kind: 'Unknown',
      problems: [{ code: 'RktTooOld' }],
    });
  });

  test('when the renderer says that it must reach every node', () => {
    expect(kindOf(desiredFrom([workers], coreos, committed(coreos, { rendering: 0 })))).toBe('Rendered');
  });

  test.each<[string, KubeletConfig]>([
    ['a flag', { ...workers, spec: { ...workers.spec, kubelet: { ...workers.spec.kubelet, flags: { v: 3 } } } }],
    ['another priority', { ...workers, spec: { ...workers.spec, priority: 7 } }],
    ['another object of the same name', { ...workers, metadata: { ...workers.metadata, uid: 'u' } }],
    ['what is to stay in the end', { ...workers, spec: { ...workers.spec, deletionPolicy: 'Orphan' } }],
  ])('for %s', (_what, object) => {
    expect(kindOf(desiredFrom([object], coreos, committed()))).toBe('Rendered');
  });
});

describe('nothing can be said', () => {
  const problem = { severity: 'error', code: 'SourceLost', path: [], reason: 'gone', remedy: 'wait' } as const;

  test('of a source that does not answer', () => {
    const desired = desiredOf({ kind: 'Unknown', problems: [problem] }, {}, defaultAllowance);
    expect(desiredState(desired, coreos, committed()).revision).toEqual({ kind: 'Unknown', problems: [problem] });
  });

  test('of objects in conflict', () => {
    const other = kubeletConfig('other', { kubelet: { version: 'v1.6.0' } });
    expect(desiredFrom([workers, other], coreos, committed()).revision).toMatchObject({
      kind: 'Unknown',
      problems: [{ code: 'Conflict' }],
    });
  });

  test('of what rendering refuses', () => {
    const wrong = kubeletConfig('workers', { launcher: { rkt: {} } });
    expect(desiredFrom([wrong], coreos).revision).toMatchObject({ kind: 'Unknown', problems: [{ code: 'MissingField' }] });
  });
});

test('a source that answers and selects the node no more asks for what was there before', () => {
  const elsewhere = kubeletConfig('workers', { ...workers.spec, nodeSelector: { matchLabels: { role: 'other' } } });
  for (const objects of [[], [elsewhere]])
    expect(desiredFrom(objects, coreos, committed()).revision).toEqual({ kind: 'Originals' });
});
