import { memorySystemd } from '../fakes/systemd.ts';
import { systemdContract } from './systemd.contract.ts';

for (const running of [true, false]) {
  systemdContract(`in memory, ${running ? 'running' : 'offline'}`, async () => {
    const systemd = memorySystemd({ running });
    return {
      systemd,
      define: async (unit, text) => systemd.define(unit, text),
      mask: async (unit) => systemd.mask(unit),
      end: async () => undefined,
    };
  });
}
