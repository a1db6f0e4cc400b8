/** systemd's Manager on a D-Bus that may go away and come back: every call ends, and the first one after a loss connects again. */
import { SystemdError } from '../node/ports/systemd.ts';
import { reachedNobody } from './bus.ts';
import { unknownResult } from './jobs.ts';
import { addListener, MANAGER, openSession, type Session, SYSTEMD } from './session.ts';
import type { UnitListener } from './unit-signals.ts';

export interface SystemdBusOptions {
  /** For one answer. systemd has one thread, and answers nothing else while it reloads. Default 10 s. */
  readonly callTimeoutMilliseconds?: number;
  /** For the end of a job. By systemd's own defaults a stop and a start may take 90 s each. Default 200 s. */
  readonly jobTimeoutMilliseconds?: number;
  /** For a reload, which runs every generator and reads every unit file. Default 90 s. */
  readonly reloadTimeoutMilliseconds?: number;
  /** The connection is gone: it was there, and nobody has closed it. The next call connects again, or tells that it cannot. */
  readonly onLost?: () => void;
}

export interface ManagerCall {
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  readonly timeoutMilliseconds?: number;
}

/**
 * @param socketPath `/run/dbus/system_bus_socket`, or the same below the host's root as a container sees it
 * @throws SystemdError Disconnected, TimedOut
 */
export async function connectSystemdBus(socketPath: string, options: SystemdBusOptions = {}): Promise<SystemdBus> {
  const bus = new SystemdBus(socketPath, options);
  await bus.connect();
  return bus;
}

export class SystemdBus {
  readonly #socketPath: string;
  readonly #callTimeout: number;
  readonly #jobTimeout: number;
  readonly #reloadTimeout: number;
  readonly #onLost: () => void;
  #session: Promise<Session> | undefined;
  #listener: UnitListener | undefined;
  #closed = false;

  constructor(socketPath: string, options: SystemdBusOptions) {
    this.#socketPath = socketPath;
    this.#callTimeout = options.callTimeoutMilliseconds ?? 10_000;
    this.#jobTimeout = options.jobTimeoutMilliseconds ?? 200_000;
    this.#reloadTimeout = options.reloadTimeoutMilliseconds ?? 90_000;
    this.#onLost = options.onLost ?? (() => undefined);
  }

  async connect(): Promise<void> {
    await this.#connected();
  }

  /** @throws SystemdError Refused (detail is the D-Bus error's name), TimedOut, Disconnected */
  async call(call: ManagerCall): Promise<readonly unknown[]> {
    const { connection } = await this.#connected();
    return connection.call({ ...MANAGER, timeoutMilliseconds: this.#callTimeout, ...call });
  }

  /** Resolves when systemd has loaded every unit anew. @throws as `call` */
  async reload(): Promise<void> {
    await this.call({ member: 'Reload', timeoutMilliseconds: this.#reloadTimeout });
  }

  /** One property of a unit's object: 0.4 ms, where all 300 of a service take 9. @param section `Unit`, `Service`, … @throws as `call` */
  async property(path: string, section: string, name: string): Promise<unknown> {
    const { connection } = await this.#connected();
    const [variant] = await connection.call({
      destination: SYSTEMD,
      path,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [`${SYSTEMD}.${section}`, name],
      timeoutMilliseconds: this.#callTimeout,
    });
    return (variant as { readonly value: unknown }).value;
  }

  /**
   * Calls a method that answers with a job, and waits for the job's result: `done`, `failed`, `canceled`, `timeout`, `dependency`, …
   * @throws SystemdError Refused; TimedOut; Disconnected when the request was never sent; JobUnknown when it was and the result is lost
   */
  async job(unit: string, { timeoutMilliseconds = this.#jobTimeout, ...call }: ManagerCall): Promise<string> {
    const { connection, jobs } = await this.#connected();
    const ask = async (): Promise<string> => {
      try {
        const [path] = await connection.call({ ...MANAGER, ...call, timeoutMilliseconds: this.#callTimeout });
        return String(path);
      } catch (error) {
        // Unless the bus says that it reached nobody, systemd may have acted on it.
        const lost = error instanceof SystemdError && error.code === 'Disconnected' && !reachedNobody(error.detail);
        throw lost ? unknownResult(unit, error.detail, error) : error;
      }
    };
    return jobs.result(unit, ask, timeoutMilliseconds);
  }

  /** Once, for as long as this lives, on this connection and on each that follows. @throws as `call`; then it is heard from the next connection on */
  async listen(listener: UnitListener): Promise<void> {
    this.#listener = listener;
    const session = await this.#connected();
    try {
      await addListener(session, listener, this.#callTimeout);
    } catch (error) {
      session.connection.close();
      throw error;
    }
  }

  /** For good: whatever is pending fails, and so does every later call. */
  close(): void {
    this.#closed = true;
    this.#session?.then(
      ({ connection }) => connection.close(),
      () => undefined,
    );
  }

  #connected(): Promise<Session> {
    if (this.#closed)
      return Promise.reject(new SystemdError('Disconnected', 'Closed', 'this connection to systemd has been closed'));
    if (this.#session === undefined) {
      const session = openSession(
        this.#socketPath,
        this.#callTimeout,
        () => this.#forget(session),
        () => this.#listener,
      );
      session.catch(() => this.#forget(session));
      this.#session = session;
    }
    return this.#session;
  }

  #forget(session: Promise<Session>): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    if (!this.#closed) void session.then(this.#onLost, () => undefined);
  }
}
