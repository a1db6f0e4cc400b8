import { describe, expect, it } from 'vitest';
import { encodeWords } from '../../../../src/render/launchers/rkt/wrapper-encoding.ts';
import { recordedCases, runInRoot, unshareAsRoot } from '../../wrapper-runs.ts';

describe(`the recorded cases of CoreOS's last wrapper, as root, in a root of their own`, () => {
  it.each(recordedCases)('$id: $desc', (recorded) => {
    expect(runInRoot(recorded, unshareAsRoot)).toEqual(recorded.expected.last);
  });
});

describe('what the recordings leave out, as root', () => {
  const base = { id: 'here', desc: '', env: { KUBELET_IMAGE_TAG: 'v1' }, args: [] };

  it('ends with 126 when rkt cannot be executed', () => {
    expect(runInRoot({ ...base, rkt: 'noexec' }, unshareAsRoot)).toMatchObject({ exit: 126, rkt: null, traceLines: 1 });
  });

  it('leaves the directories made before one that cannot be', () => {
    const outcome = runInRoot({ ...base, files: { '/var/lib/kubelet': 'a file' } }, unshareAsRoot);
    expect(outcome).toMatchObject({ exit: 1, dirs: ['/etc/kubernetes', '/var/lib/docker'], stderr: ['mkdir-error'], rkt: null });
  });

  it('splits RKT into words', () => {
    const env = { ...base.env, RKT: '/usr/bin/env RKT_EXTRA=1 /usr/bin/rkt' };
    expect(runInRoot({ ...base, env }, unshareAsRoot).rkt).toMatchObject({
      program: '/usr/bin/rkt',
      env: { ...env, RKT_EXTRA: '1' },
    });
  });

  it('expands no pattern of an exact word', () => {
    const env = { ...base.env, RKT_RUN_ARGS: '/images/*', RKT_RUN_ARGS_EXACT: encodeWords(['/images/*']) };
    const { rkt } = runInRoot({ ...base, env, files: { '/images/a b': '' } }, unshareAsRoot);
    expect(rkt?.argv.slice(0, 4)).toEqual(['run', '/images/*', '/images/a b', '--insecure-options=image']);
  });
});
