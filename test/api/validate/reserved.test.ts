import { describe, expect, it } from 'vitest';
import type { FieldPath } from '../../../src/api/problem.ts';
import { validateKubeletConfig } from '../../../src/api/validate/validate.ts';
import { changed, summary } from './valid.ts';

describe('reserved fields', () => {
  it.each<readonly [FieldPath, unknown, string]>([
    [['spec', 'rollout'], { maxUnavailable: '10%', canary: { count: 1 } }, 'spec.rollout.canary: NotBuiltYet'],
    [['spec', 'rollout'], { drain: 'Always' }, 'spec.rollout.drain: NotBuiltYet'],
    [['spec', 'rollout'], { respect: { cordons: true } }, 'spec.rollout.respect: NotBuiltYet'],
    [['spec', 'rollout'], { dryRun: true }, 'spec.rollout.dryRun: NotBuiltYet'],
    [['spec', 'rollout'], { batches: 'Full' }, 'spec.rollout.batches: NotBuiltYet'],
    [['spec', 'rollout'], { topologyKey: 'topology.kubernetes.io/zone' }, 'spec.rollout.topologyKey: NotBuiltYet'],
    [['spec', 'rollout'], { paused: true, approval: 'Manual' }, 'spec.rollout.approval: NotBuiltYet'],
  ])('refuses %j = %j', (path, value, found) => {
    expect(summary(validateKubeletConfig(changed(path, value)))).toEqual([found]);
  });

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
  ])('lets through what is built: %j', (rollout) => {
    expect(validateKubeletConfig(changed(['spec', 'rollout'], rollout))).toEqual([]);
  });

  it('says which value of a field is built', () => {
    const [problem] = validateKubeletConfig(changed(['spec', 'rollout'], { approval: 'Manual' }));
    expect(problem?.reason).toBe('approval other than Automatic is not built yet');
  });

  it.each([0, -1, '0%', '101%', '10', 1.5, true])('still checks the rest of rollout: maxUnavailable %j', (maxUnavailable) => {
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
