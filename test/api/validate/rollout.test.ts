import { describe, expect, it } from 'vitest';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { changed, summary } from './valid.ts';

describe('rollout and patches', () => {
  it('lets through the rollout that an API server with an earlier CRD has filled in', () => {
    const filledIn = { paused: false, maxUnavailable: 1, maxFailures: 1, approval: 'Automatic' };
    expect(validateKubeletConfig(changed(['spec', 'rollout'], filledIn))).toEqual([]);
  });

  it.each([
    { maxUnavailable: 3 },
    { maxUnavailable: '10%' },
    { paused: true },
    { windows: [{ schedule: '0 2 * * 6', duration: '4h' }] },
    { paused: true, maxUnavailable: '100%', maxFailures: 3, approval: 'Automatic' },
    { canary: { count: 1, soakSeconds: 60 }, topologyKey: 'topology.kubernetes.io/zone', batches: 'Full' },
    { drain: 'WhenRequired', drainOptions: { timeoutSeconds: 60 }, approval: 'Manual', dryRun: true },
    { respect: { cordons: true, taints: ['maintenance'], conditions: ['MaintenancePending'] } },
  ])('lets through %j', (rollout) => {
    expect(validateKubeletConfig(changed(['spec', 'rollout'], rollout))).toEqual([]);
  });

  it.each([0, -1, '0%', '101%', '10', 1.5, true])('refuses maxUnavailable: %j', (maxUnavailable) => {
    const problems = validateKubeletConfig(changed(['spec', 'rollout'], { maxUnavailable }));
    expect(summary(problems).filter((line) => line.includes('maxUnavailable'))).toHaveLength(1);
  });

  it('lets patches through', () => {
    const patches = [{ op: 'remove', path: '/kubelet/flags/v' }];
    expect(validateKubeletConfig(changed(['spec', 'patches'], patches))).toEqual([]);
    const lacking = validateKubeletConfig(changed(['spec', 'patches'], [{ op: 'test', path: '/kubelet/flags/v' }]));
    expect(summary(lacking)).toEqual(['spec.patches[0].value: MissingField']);
    const misplaced = validateKubeletConfig(changed(['spec', 'patches'], [{ op: 'add', path: '/priority', value: 1 }]));
    expect(summary(misplaced)).toEqual(['spec.patches[0]: RuleViolated']);
  });
});
