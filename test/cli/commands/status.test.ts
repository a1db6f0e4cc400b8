import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { edited, formats, session, workers } from '../session.ts';

const unitFile = '/etc/systemd/system/kubelet.service';

function host() {
  const here = session();
  const apply = (text: string) => here.run(['apply', '--root', here.root, '-f', here.write('workers.yaml', text)]);
  const status = async (...words: string[]) => {
    const { exitCode, stdout } = await here.run(['status', '--root', here.root, ...words]);
    expect(exitCode).toBe(0);
    return stdout;
  };
  return { ...here, apply, status };
}

test('of a host that was never touched', async () => {
  expect(await host().status()).toBe('nothing is applied: the host has what was there before any KubeletConfig\n');
});

test('what is applied, from what, and which files somebody has changed since', async () => {
  const { apply, status, root } = host();
  await apply(edited(workers, 'flags:\n      v: 2', 'flags:\n      v: 2\n    configuration: {maxPods: 64}'));
  const lines = (await status()).split('\n');
  expect(lines[0]).toMatch(/^applied: revision [0-9a-f]{16} of kubelet\.service, from workers$/);
  expect(lines.slice(1, -1).sort()).toEqual(['  /etc/kubernetes/kubelet-config.yaml', `  ${unitFile}`]);

  appendFileSync(join(root, unitFile), '# by hand\n');
  rmSync(join(root, '/etc/kubernetes/kubelet-config.yaml'));
  expect(await status()).toContain(`${unitFile}: changed since, outside kubelet-config`);
  expect(await status()).toContain('kubelet-config.yaml: removed since, outside kubelet-config');
});

test.each(formats)('as %s', async (format, read) => {
  const { apply, status } = host();
  await apply(workers);
  expect(read(await status('-o', format))).toMatchObject({
    revision: expect.any(String),
    objects: [{ name: 'workers' }],
    files: [{ path: unitFile, state: 'AsWritten' }],
  });
});

test('a hold, and a change that nobody has finished', async () => {
  const { run, apply, status, root } = host();
  await apply(workers);
  await run(['hold', '--root', root, '--reason', 'Ana']);
  mkdirSync(join(root, '/var/lib/kubelet-config/undoing'));
  writeFileSync(join(root, '/var/lib/kubelet-config/undoing/manifest'), 'unit kubelet.service\n');
  expect(await status()).not.toContain('somebody else');
  appendFileSync(join(root, unitFile), '# by the change\n');
  expect(await status()).toContain(`${unitFile}: not as applied, perhaps by the change that is open`);
  expect(await status()).toMatch(
    /^open: a change .*\nnotice\[Held\]: held by \/etc\/kubelet-config\.d\/hold: Ana \(.+, since 2.+Z\); to release: `kubelet-config hold --release`/m,
  );
});
