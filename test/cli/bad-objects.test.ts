import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mistakes } from './mistakes.ts';
import { edited, session, workers } from './session.ts';

describe('validate and apply end with 3 and change nothing for', () => {
  test.each(mistakes)('$what', async ({ manifest, code, place, field, reason, remedy }) => {
    const { on, run, write, host } = session();
    expect(await on('apply', workers)).toMatchObject({ exitCode: 0 });
    const before = host();
    const file = write('manifest.yaml', manifest);
    const head = `${file}:${place}: error[${code}]: ${field === '' ? '' : `${field}: `}${reason.replace('FILE', file)}\n`;

    const validated = await run(['validate', '-f', file]);
    const applied = await on('apply', manifest);

    for (const { exitCode, stderr } of [validated, applied]) {
      expect(exitCode).toBe(3);
      expect(stderr).toContain(head);
      expect(stderr).toContain(`    → ${remedy}\n`);
      expect(stderr.length).toBeLessThan(1500);
    }
    expect(validated.stdout).toBe('');
    expect(host()).toEqual(before);
  });
});

describe('apply ends with 3 and changes nothing for', () => {
  test('two objects in conflict, and names both', async () => {
    const { on, host } = session();
    await on('apply', workers);
    const before = host();
    const { exitCode, stderr } = await on(
      'apply',
      `${workers}---\n${edited(edited(workers, 'v: 2', 'v: 3'), 'name: workers', 'name: others')}`,
    );
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /manifest.yaml:9:7: error\[Conflict\]: spec.kubelet.flags.v: workers and others have the same priority and set this field to different values\n/,
    );
    expect(stderr).toContain('→ give workers another priority, or let the two agree; until then the node keeps what it has');
    expect(host()).toEqual(before);
  });

  test.each([
    [
      'an empty directory',
      'empty',
      /\/empty:1:1: error\[NoObjects\]: the directory .*\/empty holds no manifests\n +→ put files ending in .yaml/,
    ],
    [
      'a directory that is missing',
      'gone',
      /\/gone:1:1: error\[UnreadableFile\]: cannot read .*\/gone: it does not exist \(ENOENT\)\n +→ check the/,
    ],
  ])('%s', async (_what, name, complaint) => {
    const { on, run, root, directory, host } = session();
    await on('apply', workers);
    const before = host();
    mkdirSync(join(directory, 'empty'));
    const { exitCode, stderr } = await run(['apply', '-f', join(directory, name), '--root', root]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(complaint);
    expect(host()).toEqual(before);
  });

  test('half of what was said: one bad object of two', async () => {
    const { on, host } = session();
    const { exitCode } = await on(
      'apply',
      `${workers}---\n${edited(edited(workers, 'v: 2', 'v: {}'), 'name: workers', 'name: others')}`,
    );
    expect(exitCode).toBe(3);
    expect(host()).toEqual({});
  });
});
