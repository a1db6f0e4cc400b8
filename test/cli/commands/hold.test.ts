import { existsSync, mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { edited, session, workers } from '../session.ts';

const file = '/etc/kubelet-config.d/hold';
const newer = edited(workers, 'v: 2', 'v: 3');

function held() {
  const here = session();
  const apply = (text: string) => here.run(['apply', '--root', here.root, '-f', here.write('workers.yaml', text)]);
  const hold = (...words: string[]) => here.run(['hold', '--root', here.root, ...words]);
  return { ...here, apply, hold };
}

describe('a machine that is held', () => {
  test('is not changed, and says by whose word; released, it is', async () => {
    const here = held();
    expect(await here.apply(workers)).toMatchObject({ exitCode: 0 });
    const unit = () => here.managed()['/etc/systemd/system/kubelet.service'];
    const before = unit();
    expect(await here.hold('--reason', 'disk is being replaced, Ana')).toMatchObject({ exitCode: 0 });
    const refused = await here.apply(newer);
    expect(refused.exitCode).toBe(6);
    expect(refused.stderr).toContain(`${file} holds this node: disk is being replaced, Ana`);
    expect(refused.stderr).toContain(`kubelet-config hold --root ${here.root} --release`);
    expect(unit()).toEqual(before);

    expect(await here.hold('--release')).toMatchObject({ exitCode: 0, stdout: 'released\n' });
    expect(await here.apply(newer)).toMatchObject({ exitCode: 0 });
    expect(unit()).not.toEqual(before);
    expect(await here.hold('--release')).toMatchObject({ exitCode: 0, stdout: 'nothing to release: this host is not held\n' });
  });

  test('is unchanged, not an error, if there is nothing to change', async () => {
    const here = held();
    await here.apply(workers);
    await here.hold();
    expect(await here.apply(workers)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('unchanged') });
  });

  test('and is held once more, keeps its reason until there is another one', async () => {
    const here = held();
    await here.hold('--reason', 'disk');
    const text = /^disk\nheld by \S.* since 2\S+Z\n$/;
    expect(here.read(file)).toMatch(text);
    const said = await here.hold();
    expect(said.stdout).toMatch(/^held already: disk \(\S.*, since 2\S+Z\); to release: /);
    expect(here.read(file)).toMatch(text);
    expect((await here.hold('--reason', 'memory')).stdout).toMatch(/^the host was held before: disk \(/);
    expect(here.read(file)).toMatch(/^memory\nheld by /);
  });

  test('without a reason, says who holds it since when; with the file of a person, what they wrote', async () => {
    const here = held();
    await here.apply(workers);
    await here.hold();
    const { stderr } = await here.apply(newer);
    expect(stderr).toMatch(/holds this node: \(\S.*, since 2\S+Z\)/);
    here.put(file, 'by hand\nsince long ago\n');
    expect((await here.apply(newer)).stderr).toMatch(/holds this node: by hand$/m);
  });

  test('by whatever stands there', async () => {
    const here = held();
    mkdirSync(`${here.root}${file}`, { recursive: true });
    expect(await here.apply(workers)).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('holds this node') });
    expect(await here.hold('--release')).toMatchObject({ exitCode: 6 });
    expect(existsSync(`${here.root}${file}`)).toBe(true);
  });
});
