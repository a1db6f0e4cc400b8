import { describe, expect, test } from 'vitest';
import { mayTryAgain, rule } from '../../../src/node/decide/permission.ts';
import type { Disruption, Permission } from '../../../src/node/model/permission.ts';

const wanted: Disruption = { revision: 'r2', inputs: 'i2', reason: 'Change', unitIsActive: true };
const request = { id: 'asked', revision: 'r2', inputs: 'i2', reason: 'Change' } as const;
const fresh = { ...request, id: 'new' };
const nothing = {
  kind: 'Controller',
  request: undefined,
  claimed: undefined,
  approval: undefined,
  isUnregistered: false,
  newId: 'new',
} as const satisfies Permission;

test('whoever needs nobody is granted everything, without a claim', () => {
  expect(rule({ kind: 'Self' }, wanted)).toEqual({ kind: 'Granted' });
});

describe('with a controller', () => {
  test.each<[string, Partial<Permission>, Partial<Disruption>, ReturnType<typeof rule>]>([
    ['asks for what was never asked for', {}, {}, { kind: 'Ask', request: fresh }],
    ['keeps the question that stands', { request }, {}, { kind: 'Ask', request }],
    ['asks anew for another revision', { request: { ...request, revision: 'r1' } }, {}, { kind: 'Ask', request: fresh }],
    ['asks anew for other inputs', { request: { ...request, inputs: 'i1' } }, {}, { kind: 'Ask', request: fresh }],
    [
      'takes what is granted, with a claim',
      { request, approval: { request: 'asked', revision: 'r2' } },
      {},
      { kind: 'Granted', claim: request },
    ],
    [
      'takes what is granted when its drain is done',
      { request, approval: { request: 'asked', revision: 'r2', stage: 'Go' } },
      {},
      { kind: 'Granted', claim: request },
    ],
    [
      'waits while the controller drains the node',
      { request, approval: { request: 'asked', revision: 'r2', stage: 'Drain' } },
      {},
      { kind: 'Ask', request, waitsFor: 'the controller drains the node first' },
    ],
    [
      'an approval for another id is none',
      { request, approval: { request: 'older', revision: 'r2' } },
      {},
      { kind: 'Ask', request },
    ],
    [
      'an approval for another revision is none',
      { request, approval: { request: 'asked', revision: 'r1' } },
      {},
      { kind: 'Ask', request },
    ],
    [
      'an approval of what is not wanted any more is none',
      { request: { ...request, revision: 'r1' }, approval: { request: 'asked', revision: 'r1' } },
      {},
      { kind: 'Ask', request: fresh },
    ],
    [
      'what was claimed has been used, whatever came of it',
      { request, claimed: 'asked', approval: { request: 'asked', revision: 'r2' } },
      {},
      { kind: 'Ask', request: fresh },
    ],
    [
      'a claim of an earlier request does no harm',
      { request, claimed: 'earlier', approval: { request: 'asked', revision: 'r2' } },
      {},
      { kind: 'Granted', claim: request },
    ],
    [
      'back to the originals is asked for by that name, without inputs',
      {},
      { revision: null, inputs: null, reason: 'Restore' },
      { kind: 'Ask', request: { id: 'new', revision: 'originals', reason: 'Restore' } },
    ],
    ['a machine without Node and kubelet needs nobody', { isUnregistered: true }, { unitIsActive: false }, { kind: 'Granted' }],
    ['without a Node, but with a kubelet, it waits', { isUnregistered: true }, {}, { kind: 'Ask', request: fresh }],
  ])('%s', (_what, permission, disruption, expected) => {
    expect(rule({ ...nothing, ...permission } as Permission, { ...wanted, ...disruption })).toEqual(expected);
  });
});

test.each<[string, Permission, string | undefined, boolean]>([
  ['what the controller names', { ...nothing, retry: 'failed' }, 'failed', true],
  ['nothing that failed under another id', { ...nothing, retry: 'earlier' }, 'failed', false],
  ['nothing that no controller had approved', { ...nothing, retry: undefined }, undefined, false],
  ['nothing where no controller is asked', { kind: 'Self' }, 'failed', false],
])('a node may try again %s', (_what, permission, failed, expected) => {
  expect(mayTryAgain(permission, failed)).toBe(expected);
});
