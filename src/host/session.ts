/** One connection on which systemd tells how its jobs end, also across a `systemctl daemon-reexec`. */
import { SystemdError } from '../node/ports/systemd.ts';
import { type BusConnection, type BusSignal, openBus } from './bus.ts';
import { Jobs } from './jobs.ts';
import { type UnitListener, unitNews, unitRules } from './unit-signals.ts';

export const SYSTEMD = 'org.freedesktop.systemd1';
export const MANAGER = { destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager` };
const DAEMON = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
const MATCH_RULES = [
  `type='signal',sender='${SYSTEMD}',path='${MANAGER.path}',interface='${MANAGER.interface}',member='JobRemoved'`,
  `type='signal',sender='${DAEMON.destination}',interface='${DAEMON.interface}',member='NameOwnerChanged',arg0='${SYSTEMD}'`,
];

export interface Session {
  readonly connection: BusConnection;
  readonly jobs: Jobs;
}

/**
 * @param gone called once, when the session has ended or could not begin
 * @param listener who wants to hear of more than jobs
 * @throws SystemdError Disconnected, TimedOut
 */
export async function openSession(
  socketPath: string,
  timeoutMilliseconds: number,
  gone: () => void,
  listener: () => UnitListener | undefined = () => undefined,
): Promise<Session> {
  const jobs = new Jobs();
  /** systemd's unique name. Any user of the bus can send us a signal named JobRemoved; only its sender cannot be forged. */
  let owner = '';
  const signal = ({ sender, member, body }: BusSignal): void => {
    if (member === 'JobRemoved' && sender === owner) {
      jobs.ended(String(body[1]), String(body[3]));
    } else if (member === 'NameOwnerChanged' && sender === DAEMON.destination) {
      owner = String(body[2]);
      if (owner === '') return;
      const tellAll = () => {
        listener()?.tell('Reloaded');
        listener()?.tell('Unit');
      };
      // It has read all units anew, and told nobody what happened meanwhile.
      resume({ connection, jobs }, timeoutMilliseconds).then(tellAll, () => connection.close());
    } else if (sender === owner) {
      const event = unitNews({ member, body });
      if (event) listener()?.tell(event);
    }
  };
  const lost = (error: SystemdError): void => {
    gone();
    for (const path of jobs.awaited) jobs.lost(path, error.detail);
  };

  const connection = await openBus(socketPath, { signal, lost }, timeoutMilliseconds);
  try {
    for (const rule of [...MATCH_RULES, ...rulesOf(listener())]) {
      await connection.call({ ...DAEMON, member: 'AddMatch', signature: 's', body: [rule], timeoutMilliseconds });
    }
    const found = await connection.call({
      ...DAEMON,
      member: 'GetNameOwner',
      signature: 's',
      body: [SYSTEMD],
      timeoutMilliseconds,
    });
    owner = String(found[0]);
    await subscribe(connection, timeoutMilliseconds);
  } catch (error) {
    connection.close();
    throw error;
  }
  return { connection, jobs };
}

/** On a connection that is there already. @throws SystemdError */
export async function addListener({ connection }: Session, listener: UnitListener, timeoutMilliseconds: number): Promise<void> {
  for (const rule of rulesOf(listener)) {
    await connection.call({ ...DAEMON, member: 'AddMatch', signature: 's', body: [rule], timeoutMilliseconds });
  }
}

function rulesOf(listener: UnitListener | undefined): string[] {
  return listener ? unitRules(listener.unit) : [];
}

async function subscribe(connection: BusConnection, timeoutMilliseconds: number): Promise<void> {
  try {
    await connection.call({ ...MANAGER, member: 'Subscribe', timeoutMilliseconds });
  } catch (error) {
    if (!(error instanceof SystemdError && error.detail === `${SYSTEMD}.AlreadySubscribed`)) throw error;
  }
}

/**
 * systemd has come back to the bus after re-executing itself. Jobs and subscriptions live on, but what ended while it was away was told to
 * nobody: a job that it no longer knows has a lost result. Signals keep their order, so a result that was told has arrived before the answer.
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
