/** One connection on which systemd reports the ends of its jobs. It survives a `systemctl daemon-reexec`. */
import { SystemdError } from '../node/ports/systemd.ts';
import { type BusConnection, type BusListener, type BusSignal, openBus } from './bus.ts';
import { Jobs } from './jobs.ts';
import { type UnitListener, unitNews, unitRules } from './unit-signals.ts';

export const SYSTEMD = 'org.freedesktop.systemd1';
export const MANAGER = { destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager` };
const DAEMON = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
const MATCH_RULES = [
  `type='signal',sender='${SYSTEMD}',path='${MANAGER.path}',interface='${MANAGER.interface}',member='JobRemoved'`,
  `type='signal',sender='${DAEMON.destination}',interface='${DAEMON.interface}',member='NameOwnerChanged',arg0='${SYSTEMD}'`,
];

/** The parts of a connection to the bus that a session uses. */
type Connection = Pick<BusConnection, 'call' | 'close'>;

export interface Session {
  readonly connection: Connection;
  readonly jobs: Jobs;
}

export interface SessionOptions {
  readonly socketPath: string;
  /** Time limit of each call. */
  readonly timeoutMilliseconds: number;
  /** Called once, when the session has ended or could not begin. */
  readonly gone: () => void;
  /** Who gets the signals about a unit. Asked anew for each signal. */
  readonly listener: () => UnitListener | undefined;
}

/**
 * Connects to the bus and subscribes to the signals.
 *
 * @param open connects to the bus
 * @throws SystemdError Disconnected, TimedOut
 */
export async function openSession(
  options: SessionOptions,
  open: (socketPath: string, listener: BusListener, timeoutMilliseconds: number) => Promise<Connection> = openBus,
): Promise<Session> {
  const { socketPath, timeoutMilliseconds, gone, listener } = options;
  const jobs = new Jobs();
  // systemd's unique name on the bus. Any user can send us a signal named JobRemoved; only the sender cannot
  // be forged.
  let owner = '';
  const signal = (received: BusSignal): void => {
    if (received.member === 'NameOwnerChanged' && received.sender === DAEMON.destination) {
      owner = String(received.body[2]);
      if (owner !== '') resumeAndReport({ connection, jobs }, options);
    } else if (received.sender === owner) {
      takeSignal(received, jobs, listener());
    }
  };
  const lost = (error: SystemdError): void => {
    gone();
    for (const path of jobs.awaited) jobs.lost(path, error.detail);
  };

  const connection = await open(socketPath, { signal, lost }, timeoutMilliseconds);
  try {
    await addMatches(connection, [...MATCH_RULES, ...rulesOf(listener())], timeoutMilliseconds);
    const name = { ...DAEMON, member: 'GetNameOwner', signature: 's', body: [SYSTEMD], timeoutMilliseconds };
    owner = String((await connection.call(name))[0]);
    await subscribe(connection, timeoutMilliseconds);
  } catch (error) {
    connection.close();
    throw error;
  }
  return { connection, jobs };
}

/** Subscribes a listener on a connection that is open already. @throws SystemdError */
export async function addListener({ connection }: Session, listener: UnitListener, timeoutMilliseconds: number): Promise<void> {
  await addMatches(connection, rulesOf(listener), timeoutMilliseconds);
}

function rulesOf(listener: UnitListener | undefined): string[] {
  return listener ? unitRules(listener.unit) : [];
}

async function addMatches(connection: Connection, rules: readonly string[], timeoutMilliseconds: number): Promise<void> {
  for (const rule of rules) {
    await connection.call({ ...DAEMON, member: 'AddMatch', signature: 's', body: [rule], timeoutMilliseconds });
  }
}

function takeSignal({ member, body }: BusSignal, jobs: Jobs, listener: UnitListener | undefined): void {
  if (member === 'JobRemoved') jobs.ended(String(body[1]), String(body[3]));
  const event = unitNews({ member, body });
  if (event) listener?.report(event);
}

/**
 * systemd is back on the bus. It has read all units anew, and sent no signal about what happened meanwhile.
 */
function resumeAndReport(session: Session, { timeoutMilliseconds, listener }: SessionOptions): void {
  const reportAll = () => {
    listener()?.report('Reloaded');
    listener()?.report('Unit');
  };
  resume(session, timeoutMilliseconds).then(reportAll, () => session.connection.close());
}

async function subscribe(connection: Connection, timeoutMilliseconds: number): Promise<void> {
  try {
    await connection.call({ ...MANAGER, member: 'Subscribe', timeoutMilliseconds });
  } catch (error) {
    if (!(error instanceof SystemdError && error.detail === `${SYSTEMD}.AlreadySubscribed`)) throw error;
  }
}

/**
 * Continues after systemd has re-executed itself and come back to the bus. Jobs and subscriptions live on,
 * but systemd sent no signal for jobs that ended meanwhile: a job that it no longer knows has a lost result.
 * Signals keep their order, so a result that was sent has arrived before the answer.
 */
async function resume({ connection, jobs }: Session, timeoutMilliseconds: number): Promise<void> {
  await subscribe(connection, timeoutMilliseconds);
  for (const path of jobs.awaited) {
    try {
      const id = Number(path.slice(path.lastIndexOf('/') + 1));
      await connection.call({ ...MANAGER, member: 'GetJob', signature: 'u', body: [id], timeoutMilliseconds });
    } catch (error) {
      if (!(error instanceof SystemdError && error.code === 'Refused')) throw error;
      jobs.lost(path, error.detail);
    }
  }
}
