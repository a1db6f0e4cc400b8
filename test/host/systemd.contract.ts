/** What every Systemd must do: the one over D-Bus, the offline one, and the one in memory. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Systemd } from '../../src/node/ports/systemd.ts';

/** systemd, and what an administrator of the same host can do. */
export interface SystemdWorld {
  readonly systemd: Systemd;
  /** Writes a unit file, without a reload. */
  define(unit: string, text: string): Promise<void>;
  mask(unit: string): Promise<void>;
  /** Stops and removes the units that were defined. */
  end(): Promise<void>;
}

const service = (lines: readonly string[], install: readonly string[]) =>
  ['[Service]', ...lines, ...(install.length > 0 ? ['[Install]', ...install] : []), ''].join('\n');
const wanted = ['WantedBy=multi-user.target'];
const lasting = service(['ExecStart=/bin/sleep infinity'], wanted);
const failing = service(['Type=oneshot', 'ExecStart=/bin/false'], wanted);

let units = 0;

export function systemdContract(name: string, make: () => Promise<SystemdWorld>): void {
  describe(`Systemd: ${name}`, () => {
    let world: SystemdWorld;
    let systemd: Systemd;
    let unit: string;

    beforeEach(async () => {
      world = await make();
      systemd = world.systemd;
      units += 1;
      unit = `contract-${units}.service`;
    });
    afterEach(() => world.end());

    const refused = expect.objectContaining({ name: 'SystemdError', code: 'Refused' });

    test('knows a unit that has no file', async () => {
      expect(await systemd.status(unit)).toMatchObject({
        loadState: 'not-found',
        activeState: 'inactive',
        unitFileState: '',
        invocationId: '',
        mainPid: 0,
        restarts: 0,
        activeSince: 0,
      });
    });

    test('enables and disables, also what is so already', async () => {
      await world.define(unit, lasting);
      await systemd.reload();
      expect(await systemd.status(unit)).toMatchObject({
        loadState: 'loaded',
        unitFileState: 'disabled',
        activeState: 'inactive',
      });
      for (const [change, state] of [
        [systemd.enable, 'enabled'],
        [systemd.disable, 'disabled'],
      ] as const) {
        for (const _ of ['once', 'again']) {
          await change(unit);
          await systemd.reload();
          expect(await systemd.status(unit)).toMatchObject({ loadState: 'loaded', unitFileState: state });
        }
      }
    });

    test('leaves a unit without [Install] static', async () => {
      await world.define(unit, service(['ExecStart=/bin/sleep infinity'], []));
      await systemd.reload();
      await systemd.enable(unit);
      expect(await systemd.status(unit)).toMatchObject({ loadState: 'loaded', unitFileState: 'static' });
    });

    test('refuses to enable what is masked or has no file', async () => {
      await expect(systemd.enable(unit)).rejects.toEqual(refused);
      await world.mask(unit);
      await systemd.reload();
      expect(await systemd.status(unit)).toMatchObject({ loadState: 'masked', unitFileState: 'masked' });
      await expect(systemd.enable(unit)).rejects.toEqual(refused);
    });

    test('is content to reset what never failed', async () => {
      await systemd.resetFailed(unit);
      await world.define(unit, lasting);
      await systemd.resetFailed(unit);
      expect(await systemd.status(unit)).toMatchObject({ activeState: 'inactive' });
    });

    test('restarts with a new invocation each time, and stops', async (context) => {
      if (!systemd.running) context.skip('only a running systemd does this');
      await world.define(unit, lasting);
      await systemd.reload();
      await systemd.restart(unit);
      const first = await systemd.status(unit);
      expect(first).toMatchObject({ activeState: 'active', subState: 'running', restarts: 0, result: 'success' });
      expect(first.invocationId).toMatch(/^[0-9a-f]{32}$/);
      expect(first.mainPid).toBeGreaterThan(0);
      expect(first.activeSince).toBeGreaterThan(0);
      await systemd.restart(unit);
      const second = await systemd.status(unit);
      expect(second.activeState).toBe('active');
      expect(second.invocationId).not.toBe(first.invocationId);
      expect(second.mainPid).not.toBe(first.mainPid);
      await systemd.stop(unit);
      await systemd.stop(unit);
      expect(await systemd.status(unit)).toMatchObject({ activeState: 'inactive', mainPid: 0 });
    });

    test.each([
      ['always', ['Restart=always']],
      ['no', []],
    ])('knows whether systemd starts again what ends: %s', async (restartPolicy, lines) => {
      await world.define(unit, service([...lines, 'ExecStart=/bin/sleep infinity'], wanted));
      await systemd.reload();
      expect(await systemd.status(unit)).toMatchObject({ restartPolicy: systemd.running ? restartPolicy : '' });
    });

    test('a job that fails is an error, and the unit is failed until it is reset', async (context) => {
      if (!systemd.running) context.skip('only a running systemd does this');
      await world.define(unit, failing);
      await systemd.reload();
      await expect(systemd.restart(unit)).rejects.toMatchObject({
        name: 'SystemdError',
        code: 'JobFailed',
        detail: 'failed',
        unit,
      });
      expect(await systemd.status(unit)).toMatchObject({ activeState: 'failed', result: 'exit-code' });
      await systemd.resetFailed(unit);
      expect(await systemd.status(unit)).toMatchObject({ activeState: 'inactive', result: 'success' });
    });

    test('refuses to start what is masked or has no file', async (context) => {
      if (!systemd.running) context.skip('only a running systemd does this');
      await expect(systemd.restart(unit)).rejects.toEqual(refused);
      await world.mask(unit);
      await systemd.reload();
      await expect(systemd.restart(unit)).rejects.toEqual(refused);
    });

    test('says that nothing runs where nothing runs', async (context) => {
      if (systemd.running) context.skip('only a root without systemd does this');
      await world.define(unit, lasting);
      const notRunning = { name: 'SystemdError', code: 'NotRunning', unit };
      await expect(systemd.restart(unit)).rejects.toMatchObject(notRunning);
      await expect(systemd.stop(unit)).rejects.toMatchObject(notRunning);
    });
  });
}
