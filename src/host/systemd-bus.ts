/**
 * systemd's Manager on D-Bus. Every call ends in time. After a lost connection the next call connects again.
 */
import { SystemdError } from '../node/ports/systemd.ts';
import { reachedNobody } from './bus.ts';
import { unknownResult } from './jobs.ts';
import { addListener, MANAGER, openSession, type Session, SYSTEMD } from './session.ts';
import type { UnitListener } from './unit-signals.ts';

export interface SystemdBusOptions {
  /**
   * Time limit of one answer; 10 s by default. systemd has one thread, and answers nothing else while it
   * reloads.
   */
  readonly callTimeoutMilliseconds?: number;
  /**
   * Time limit of a job; 200 s by default. By systemd's own defaults a stop and a start may take 90 s each.
   */
  readonly jobTimeoutMilliseconds?: number;
  /** Time limit of a reload, which runs every generator and reads every unit file; 90 s by default. */
  readonly reloadTimeoutMilliseconds?: number;
  /** Called when an open connection was lost, but not after `close`. */
  readonly onLost?: () => void;
}

export interface ManagerCall {
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  readonly timeoutMilliseconds?: number;
}

/**
 * Connects at the first call. All methods throw SystemdError Disconnected or TimedOut if systemd cannot be
 * asked.
 */
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

  /** Connects if there is no connection. @throws SystemdError */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /**
   * Calls a method of the Manager.
   * @returns the body of the reply
   * @throws SystemdError Refused, with the name of the D-Bus error as `detail`; TimedOut; Disconnected
   */
  async call(call: ManagerCall): Promise<readonly unknown[]> {
    const { connection } = await this.#connected();
    return connection.call({ ...MANAGER, timeoutMilliseconds: this.#callTimeout, ...call });
  }

  /** Resolves when systemd has read all unit files anew. @throws as `call` */
  async reload(): Promise<void> {
    await this.call({ member: 'Reload', timeoutMilliseconds: this.#reloadTimeout });
  }

  /**
   * Reads one property of a unit: that takes 0.4 ms, all 300 properties of a service take 9 ms.
   * @param path of the unit's object, as LoadUnit returns it
   * @param section `Unit`, `Service`, …
   * @throws as `call`
   */
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
   * Calls a method that starts a job, and waits for the end of the job.
   * @returns the result of the job: `done`, `failed`, `canceled`, `timeout`, `dependency`, …
   * @throws SystemdError Refused; TimedOut; Disconnected when the request was not sent; JobUnknown when it
   * was sent and the result is lost
   */
  async job(unit: string, { timeoutMilliseconds = this.#jobTimeout, ...call }: ManagerCall): Promise<string> {
    const { connection, jobs } = await this.#connected();
    const ask = async (): Promise<string> => {
      try {
        const [path] = await connection.call({ ...MANAGER, ...call, timeoutMilliseconds: this.#callTimeout });
        return String(path);
      } catch (error) {
        // systemd may have acted on the request, unless the bus says that it did not deliver it.
        const lost = error instanceof SystemdError && error.code === 'Disconnected' && !reachedNobody(error.detail);
        throw lost ? unknownResult(unit, error.detail, error) : error;
      }
    };
    return jobs.result(unit, ask, timeoutMilliseconds);
  }

  /**
   * Reports the signals about a unit, on this connection and on all later ones. Replaces the listener before.
   * @throws as `call`; then the listener is subscribed on the next connection
   */
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

  /** Closes for good: pending calls fail, and so do all later ones. */
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
      const session = openSession({
        socketPath: this.#socketPath,
        timeoutMilliseconds: this.#callTimeout,
        gone: () => this.#forget(session),
        listener: () => this.#listener,
      });
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
