import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { acquireLock } from '../../../src/host/lock.ts';
import { edited, formats, session, workers } from '../session.ts';

const unitFile = '/etc/systemd/system/kubelet.service';
const at = (v: number) => edited(workers, 'v: 2', `v: ${v}`);

function host() {
  const here = session();
  const command = (name: string, ...words: string[]) => here.run([name, '--root', here.root, ...words]);
  const apply = (v: number) => here.run(['apply', '--root', here.root, '-f', here.write('workers.yaml', at(v))]);
  const verbosity = () => /--v=(\d+)/.exec(here.read(unitFile) ?? '')?.[1];
  const revisions = async (): Promise<(string | null)[]> => {
    const { stdout } = await command('history', '-o', 'json');
    return JSON.parse(stdout).applied.map(({ revision }: { revision: string | null }) => revision);
  };
  const place = (v: number) => {
    mkdirSync(join(here.directory, 'configs'), { recursive: true });
    renameSync(here.write('new', at(v)), join(here.directory, 'configs/workers.yaml'));
  };
  return { ...here, command, apply, verbosity, revisions, place };
}

describe('history', () => {
  test('of a host that was never touched', async () => {
    expect(await host().command('history')).toMatchObject({ exitCode: 0, stdout: 'nothing was ever applied\n' });
  });

  test('the newest first, with when and from what', async () => {
    const { apply, command } = host();
    await apply(2);
    await apply(3);
    const all = (await command('history')).stdout.trim().split('\n');
    expect(all[1]).toBe('    logging.verbosity 2 → 3; nothing else');
    const lines = all.filter((line) => !line.startsWith('    '));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\* \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}[0-9a-f]{16} {2}workers$/);
    expect(lines[1]).toMatch(/^ {2}\d{4}/);
  });

  test.each(formats)('as %s', async (format, read) => {
    const { apply, command } = host();
    await apply(2);
    expect(read((await command('history', '-o', format)).stdout)).toMatchObject({
      applied: [{ sequence: 1, isCurrent: true, objects: [{ name: 'workers' }], begunAt: expect.any(String) }],
    });
  });

  test('keeps five revisions, and does not lose one to a file that drifts again and again', async () => {
    const { apply, revisions, put } = host();
    for (const v of [1, 2, 3, 4, 5, 6]) await apply(v);
    const five = await revisions();
    expect(five).toHaveLength(5);
    for (let time = 0; time < 4; time += 1) {
      put(unitFile, 'by hand\n');
      expect((await apply(6)).stdout).toContain('committed');
    }
    expect(await revisions()).toEqual(five);
  });
});

describe('rollback', () => {
  test('goes to the revision before, and the history tells', async () => {
    const { apply, command, verbosity, revisions } = host();
    await apply(2);
    await apply(3);
    const [later, earlier] = await revisions();
    expect(await command('rollback')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`committed: revision ${earlier}`),
    });
    expect(verbosity()).toBe('2');
    expect(await revisions()).toEqual([earlier, later]);
    expect((await command('status')).stdout).toContain(`a person went back to ${earlier}`);
  });

  test('to one that is named, by how its id begins', async () => {
    const { apply, command, verbosity, revisions } = host();
    for (const v of [2, 3, 4]) await apply(v);
    const oldest = (await revisions()).at(-1) ?? '';
    expect(await command('rollback', '--to', oldest.slice(0, 12))).toMatchObject({ exitCode: 0 });
    expect(verbosity()).toBe('2');
  });

  test('brings back the files of then, and takes away what came since', async () => {
    const { run, root, write, command, managed } = host();
    const apply = (text: string) => run(['apply', '--root', root, '-f', write('workers.yaml', text)]);
    await apply(`${at(2)}  files: [{path: /opt/bin/old, content: old}]\n`);
    const before = managed();
    await apply(`${at(3)}  files: [{path: /opt/bin/new, content: new}]\n`);
    expect(await command('rollback')).toMatchObject({ exitCode: 0 });
    expect(managed()).toEqual(before);
  });

  test.each<[string, string[], string]>([
    ['none was before', [], 'no revision was applied before this one'],
    ['there is none of this name', ['--to', 'ffff'], 'no earlier revision begins with "ffff"'],
  ])('when %s', async (_what, words, reason) => {
    const { apply, command } = host();
    await apply(2);
    expect(await command('rollback', ...words)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(reason) });
  });

  test('by a person who applies the objects after it, is over', async () => {
    const { apply, command, verbosity } = host();
    await apply(2);
    await apply(3);
    await command('rollback');
    expect(await apply(3)).toMatchObject({ exitCode: 0 });
    expect(verbosity()).toBe('3');
    expect((await command('status')).stdout).not.toContain('went back');
  });

  test('that the host refuses is not wished for any longer', async () => {
    const { apply, command, verbosity, root } = host();
    await apply(2);
    await apply(3);
    mkdirSync(join(root, 'etc/kubelet-config.d'), { recursive: true });
    writeFileSync(join(root, 'etc/kubelet-config.d/hold'), 'Ana\n');
    expect(await command('rollback')).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('Ana') });
    expect(verbosity()).toBe('3');
    expect((await command('status')).stdout).not.toContain('went back');
  });

  test.each([
    ['to the one before, and to the one before that', []],
    ['to the oldest by its id', ['--to']],
  ])('twice, %s: an agent that is started afterwards stays there', async (_what, words) => {
    const here = host();
    for (const v of [61, 62, 63]) await here.apply(v);
    const oldest = (await here.revisions()).at(-1) ?? '';
    here.place(63);
    expect(await here.command('rollback')).toMatchObject({ exitCode: 0 });
    expect(here.verbosity()).toBe('62');
    expect(await here.command('rollback', ...words.flatMap((word) => [word, oldest]))).toMatchObject({ exitCode: 0 });
    expect(here.verbosity()).toBe('61');
    expect(await here.command('rollback')).toMatchObject({ exitCode: 2 });
    const { log } = here.agent();
    await expect.poll(() => log.map(({ problems }) => JSON.stringify(problems)).join()).toContain('"RolledBack"');
    expect(here.verbosity()).toBe('61');
  });

  test('after a withdrawal brings back what was withdrawn', async () => {
    const { apply, command, verbosity, withdraw } = host();
    await apply(2);
    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect(verbosity()).toBeUndefined();
    expect(await command('rollback')).toMatchObject({ exitCode: 0 });
    expect(verbosity()).toBe('2');
    expect(await withdraw()).toMatchObject({ exitCode: 0 });
    expect((await command('status')).stdout).not.toContain('went back');
  });

  test('while the host is held is refused, with an agent too, and leaves nothing behind', async () => {
    const here = host();
    here.place(2);
    const { log } = here.agent();
    await expect.poll(here.verbosity).toBe('2');
    here.place(3);
    await expect.poll(here.revisions).toHaveLength(2);
    await here.command('hold', '--reason', 'Ana');
    const ran = await here.command('rollback');
    expect(ran).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('Ana') });
    expect(ran.stderr).toContain(`kubelet-config hold --root ${here.root} --release`);
    await here.command('hold', '--release');
    expect((await here.command('status')).stdout).not.toContain('go back');
    expect(JSON.stringify(log)).not.toContain('go back');
  });

  test('that nobody has begun with is shown by the status, and so is one that waits', async () => {
    const here = host();
    await here.apply(2);
    await here.apply(3);
    const lock = await acquireLock(here.root);
    await here.command('rollback');
    expect((await here.command('status')).stdout).toMatch(
      /^waiting\[RollbackWaits\]: a person asks to go back to revision [0-9a-f]{16} \(.+, 2.+Z\)/m,
    );
    await lock.release();
    await here.command('hold');
    here.place(3);
    here.agent();
    await expect.poll(async () => (await here.command('status')).stdout).toContain('that is not done yet');
    expect(here.verbosity()).toBe('3');
    await here.command('hold', '--release');
    await expect.poll(async () => (await here.command('status')).stdout).toContain('a person went back to');
    expect(here.verbosity()).toBe('2');
  });

  test('an agent that is started afterwards stays there, until the objects change', async () => {
    const here = host();
    await here.apply(2);
    here.place(3);
    await here.apply(3);
    await here.command('rollback');
    const { log } = here.agent();
    await expect.poll(() => log.map(({ problems }) => JSON.stringify(problems)).join()).toContain('"RolledBack"');
    expect(here.verbosity()).toBe('2');
    here.place(4);
    await expect.poll(here.verbosity).toBe('4');
    await expect.poll(async () => (await here.command('status')).stdout).not.toContain('went back');
  });

  test('where an agent runs, it is the agent that goes back, and forward again when it is told to retry', async () => {
    const here = host();
    here.place(2);
    here.agent();
    await expect.poll(here.verbosity).toBe('2');
    here.place(3);
    await expect.poll(here.verbosity).toBe('3');
    await expect.poll(here.revisions).toHaveLength(2);
    expect(await here.command('rollback')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('asked the agent of this host to go back'),
    });
    await expect.poll(here.verbosity).toBe('2');
    // What somebody changes there comes back, as ever.
    expect(await here.command('retry')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('asked the agent of this host to try it again'),
    });
    await expect.poll(here.verbosity).toBe('3');
  });
});

describe('retry', () => {
  test('where nothing failed', async () => {
    const { apply, command } = host();
    await apply(2);
    expect(await command('retry')).toMatchObject({
      exitCode: 0,
      stdout: 'nothing to retry: no change has failed or been rolled back on this host\n',
    });
  });

  test('without an agent it forgets, for whoever comes next', async () => {
    const { apply, command } = host();
    await apply(2);
    await apply(3);
    await command('rollback');
    expect(await command('retry')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('the next apply, or the agent when it starts, tries it again'),
    });
    expect((await command('status')).stdout).not.toContain('went back');
  });
});
