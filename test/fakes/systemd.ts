/** systemd in memory: units, their jobs, every call on record, and trouble on demand. It passes the same contract suite as the real ones. */

import { type Systemd, SystemdError, type SystemdErrorCode, type UnitStatus } from '../../src/node/ports/systemd.ts';
import { describeUnitEnd } from '../../src/systemd/unit-end.ts';
import { valuesOf } from '../../src/systemd/unit-text.ts';
import { splitWords, unescapeSpecifiers } from '../../src/systemd/words.ts';

export interface SystemdCall {
  /** Counts from 1 over all calls. */
  readonly number: number;
  readonly method: 'status' | 'loaded' | 'reload' | 'restart' | 'stop' | 'enable' | 'disable' | 'resetFailed' | 'undo';
  /** '' for reload. */
  readonly unit: string;
}

/** `After`: systemd did it, and only the answer got lost. JobFailed as `After` leaves the unit failed, as a kubelet that exits does. */
export type SystemdFault = (
  call: SystemdCall,
) => { readonly code: SystemdErrorCode; readonly when: 'Before' | 'After' } | undefined;

export interface MemorySystemd extends Systemd {
  /** For another process than the agent: no connection is lost there, but a unit that cannot start cannot start there either. */
  readonly systemctl: Systemd;
  /** The agent has the unit started that undoes; `act` is what that does. */
  undo(act: () => Promise<void>): Promise<void>;
  readonly calls: readonly SystemdCall[];
  failWhen(fault: SystemdFault | undefined): void;
  /** A unit file that somebody wrote: `[Install]` makes it one that can be enabled, `ExecStart=/bin/false` one that cannot start. */
  define(unit: string, text?: string): void;
  mask(unit: string): void;
  forget(unit: string): void;
  /** What happens by itself or through somebody else: a crash, a restart, a stop. */
  change(unit: string, status: Partial<UnitStatus>): void;
  /** The calls that change something, as `restart kubelet.service`. */
  changes(): string[];
}

interface Unit {
  status: UnitStatus;
  readonly text: string;
}

const never: UnitStatus = {
  loadState: 'not-found',
  activeState: 'inactive',
  subState: 'dead',
  unitFileState: '',
  invocationId: '',
  mainPid: 0,
  restarts: 0,
  result: 'success',
  restartPolicy: '',
  activeSince: 0,
  hasJob: false,
};

/** Every call of the method (on the unit, if named) fails with the code. */
export function failCall(
  method: SystemdCall['method'],
  code: SystemdErrorCode,
  when: 'Before' | 'After' = 'Before',
): SystemdFault {
  return (call) => (call.method === method ? { code, when } : undefined);
}

export function memorySystemd(options: { readonly running?: boolean } = {}): MemorySystemd {
  const running = options.running ?? true;
  const units = new Map<string, Unit>();
  const calls: SystemdCall[] = [];
  let fault: SystemdFault | undefined;
  let starts = 0;

  function change(unit: string, status: Partial<UnitStatus>): void {
    const known = units.get(unit);
    if (known) known.status = { ...known.status, ...status };
  }

  function present(unit: string): Unit {
    const known = units.get(unit);
    if (!known) throw refused('NoSuchUnit', unit);
    if (known.status.loadState === 'masked') throw refused('UnitMasked', unit);
    return known;
  }

  type Call = (method: SystemdCall['method'], unit: string, act: () => unknown) => Promise<void>;

  const byAgent: Call = (method, unit, act) => call(method, unit, act, fault);
  const bySystemctl: Call = (method, unit, act) =>
    call(method, unit, act, (made) => {
      const trouble = fault?.(made);
      return trouble?.code === 'JobFailed' ? trouble : undefined;
    });

  async function call(
    method: SystemdCall['method'],
    unit: string,
    act: () => unknown,
    fault: SystemdFault | undefined,
  ): Promise<void> {
    const made: SystemdCall = { number: calls.length + 1, method, unit };
    calls.push(made);
    const trouble = fault?.(made);
    if (trouble?.when === 'Before') throw failure(trouble.code, made);
    await act();
    if (!trouble) return;
    if (trouble.code === 'JobFailed') fail(unit);
    throw failure(trouble.code, made);
  }

  function fail(unit: string): void {
    change(unit, { activeState: 'failed', subState: 'failed', mainPid: 0, result: 'exit-code' });
  }

  function restart(unit: string): void {
    if (!running) throw new SystemdError('NotRunning', 'offline', `${unit} cannot be restarted`, { unit });
    const known = present(unit);
    starts += 1;
    const invocationId = starts.toString(16).padStart(32, '0');
    change(unit, {
      activeState: 'active',
      subState: 'running',
      invocationId,
      mainPid: 1000 + starts,
      restarts: 0,
      result: 'success',
      activeSince: starts * 1000,
    });
    if (!/^ExecStart=\/bin\/false$/m.test(known.text)) return;
    fail(unit);
    throw new SystemdError('JobFailed', 'failed', `the job for ${unit} ended with: failed`, { unit });
  }

  function stop(unit: string): void {
    if (!running) throw new SystemdError('NotRunning', 'offline', `${unit} cannot be stopped`, { unit });
    if (!units.has(unit)) throw refused('NoSuchUnit', unit);
    change(unit, { activeState: 'inactive', subState: 'dead', mainPid: 0 });
  }

  function setEnabled(unit: string, state: 'enabled' | 'disabled'): void {
    if (present(unit).status.unitFileState !== 'static') change(unit, { unitFileState: state });
  }

  return {
    calls,
    failWhen: (next) => {
      fault = next;
    },
    define: (unit, text = '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n') => {
      const unitFileState = /^\[Install\]$/m.test(text) ? 'disabled' : 'static';
      const restartPolicy = running ? (/^Restart=(.*)$/m.exec(text)?.[1] ?? 'no') : '';
      const status = units.get(unit)?.status ?? never;
      units.set(unit, { text, status: { ...status, loadState: 'loaded', unitFileState, restartPolicy } });
    },
    mask: (unit) => void units.set(unit, { text: '', status: { ...never, loadState: 'masked', unitFileState: 'masked' } }),
    forget: (unit) => void units.delete(unit),
    change,
    changes: () =>
      calls
        .filter(({ method }) => method !== 'status' && method !== 'loaded')
        .map(({ method, unit }) => `${method} ${unit}`.trim()),
    ...methods(byAgent),
    systemctl: methods(bySystemctl),
    undo: (act) => byAgent('undo', '', act),
  };

  function methods(call: Call): Systemd {
    return {
      running,
      status: async (unit) => {
        let found = never;
        await call('status', unit, () => {
          found = units.get(unit)?.status ?? never;
        });
        return found;
      },
      explain: async (unit) => describeUnitEnd({ result: units.get(unit)?.status.result ?? 'success' }),
      loaded: async (unit) => {
        let text = '';
        await call('loaded', unit, () => {
          text = units.get(unit)?.text ?? '';
        });
        return running ? { commands: commandsOf(text), dropIns: [] } : undefined;
      },
      reload: () => call('reload', '', () => undefined),
      restart: (unit) => call('restart', unit, () => restart(unit)),
      stop: (unit) => call('stop', unit, () => stop(unit)),
      enable: (unit) => call('enable', unit, () => setEnabled(unit, 'enabled')),
      disable: (unit) => call('disable', unit, () => units.has(unit) && setEnabled(unit, 'disabled')),
      resetFailed: (unit) =>
        call('resetFailed', unit, () => {
          if (units.get(unit)?.status.activeState === 'failed') {
            change(unit, { activeState: 'inactive', subState: 'dead', result: 'success' });
          }
        }),
    };
  }
}

/** Of a unit's text, as systemd loads it: an empty value clears those before it. */
function commandsOf(text: string): string[][] {
  const values = valuesOf(text, 'Service', 'ExecStart');
  return values.slice(values.lastIndexOf('') + 1).map((value) => {
    const split = splitWords(value);
    return split.ok ? split.words.map((word) => unescapeSpecifiers(word) ?? word) : [];
  });
}

function refused(name: string, unit: string): SystemdError {
  return new SystemdError('Refused', `org.freedesktop.systemd1.${name}`, `systemd refused: ${name} ${unit}`, { unit });
}

function failure(code: SystemdErrorCode, { method, unit }: SystemdCall): SystemdError {
  const detail = code === 'JobFailed' ? 'failed' : code;
  return new SystemdError(code, detail, `${method} ${unit}: ${code}`, { unit });
}
