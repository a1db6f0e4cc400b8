/** One connection to a message bus: calls that end in time, signals, and the loss of the connection. */

import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { DBusError, Message, type MessageBus, sessionBus } from '@jellybrick/dbus-next';
import { DeadlineError, withDeadline } from '../loop/deadline.ts';
import { SystemdError } from '../node/ports/systemd.ts';
import { foreignLines } from '../text/foreign-text.ts';

export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  readonly timeoutMilliseconds: number;
}

export interface BusSignal {
  /**
   * Unique name of the sender, which the bus guarantees. Check it: a signal that is sent to us alone needs no
   * match rule.
   */
  readonly sender: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

export interface BusListener {
  /** Called for every signal that arrives. */
  signal(signal: BusSignal): void;
  /** Called once, before the pending calls fail. */
  lost(error: SystemdError): void;
}

/**
 * Connects to the bus.
 * @throws SystemdError Disconnected when there is no socket, no bus behind it, or no permission; TimedOut
 */
export async function openBus(socketPath: string, listener: BusListener, timeoutMilliseconds: number): Promise<BusConnection> {
  // These have a meaning in the syntax of addresses, and the library does not decode %-escapes.
  if (/[,:;%]/.test(socketPath)) {
    throw new SystemdError(
      'Disconnected',
      'EINVAL',
      `a D-Bus socket path cannot hold any of , : ; % (${socketPath}); mount the root elsewhere`,
    );
  }
  const bus = sessionBus({ busAddress: `unix:path=${socketPath}`, authMethods: ['EXTERNAL'] });
  const connection = new BusConnection(bus, socketPath, listener);
  try {
    await connection.greeted(timeoutMilliseconds);
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

/**
 * A part of the library's bus that its types lack: only here it reports that the daemon was stopped or
 * killed.
 */
interface Inner {
  readonly _connection: EventEmitter & { readonly stream?: Duplex };
}

/**
 * A connection ends once. After `lost` every call fails with Disconnected, and a new connection is needed.
 */
export class BusConnection {
  readonly #bus: MessageBus;
  readonly #inner: Inner['_connection'];
  readonly #socketPath: string;
  readonly #listener: BusListener;
  /** Aborted with the error that every pending call fails with. */
  readonly #gone = new AbortController();
  #lost: SystemdError | undefined;

  constructor(bus: MessageBus, socketPath: string, listener: BusListener) {
    this.#bus = bus;
    this.#inner = (bus as unknown as Inner)._connection;
    this.#socketPath = socketPath;
    this.#listener = listener;
    // Never removed: an error event without a listener would end the process.
    (bus as EventEmitter).on('error', (error: Error) => this.#lose(error));
    this.#inner.on('end', () => this.#lose(undefined));
    bus.on('message', (message) => {
      // 4 is SIGNAL, https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-types
      if (message.type === 4) listener.signal(message);
    });
  }

  /** Resolves when the bus has accepted us. @throws SystemdError Disconnected, TimedOut */
  async greeted(timeoutMilliseconds: number): Promise<void> {
    const connected = new Promise<void>((resolve) => this.#bus.once('connect', resolve));
    await this.#bounded(() => connected, 'Hello', timeoutMilliseconds);
  }

  /**
   * @returns the body of the reply.
   * @throws SystemdError Refused, with the name of the D-Bus error as `detail`; TimedOut; Disconnected
   */
  async call(call: BusCall): Promise<readonly unknown[]> {
    if (this.#lost !== undefined) throw this.#lost;
    const { timeoutMilliseconds, body = [], ...header } = call;
    const send = () =>
      this.#bus.call(new Message({ ...header, body: [...body] })).catch((error: unknown) => {
        throw refusal(call.member, error);
      });
    return (await this.#bounded(send, call.member, timeoutMilliseconds))?.body ?? [];
  }

  /** Ends the connection. Pending calls fail. */
  close(): void {
    this.#lose(undefined);
  }

  #lose(cause: Error | undefined): void {
    if (this.#lost !== undefined) return;
    const detail = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'Disconnected';
    const reason = cause === undefined ? 'the connection ended' : cause.message;
    this.#lost = new SystemdError('Disconnected', detail, `no connection to systemd over ${this.#socketPath}: ${reason}`, {
      cause,
    });
    this.#listener.lost(this.#lost);
    this.#gone.abort(this.#lost);
    // Not the library's disconnect(): it waits for the other side, which may hang, and keeps the process
    // alive.
    this.#inner.stream?.destroy();
  }

  async #bounded<T>(ask: () => Promise<T>, what: string, timeoutMilliseconds: number): Promise<T> {
    try {
      return await withDeadline(timeoutMilliseconds, ask, { signals: [this.#gone.signal] });
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      const message = `no answer to ${what} from systemd's D-Bus within ${timeoutMilliseconds} ms`;
      throw new SystemdError('TimedOut', what, message, { cause: error });
    }
  }
}

/**
 * Whether a D-Bus error says that systemd did not get the call, because it is not on the bus. That is so for
 * a moment during `systemctl daemon-reexec`.
 */
export function reachedNobody(errorName: string): boolean {
  const absent = ['org.freedesktop.DBus.Error.ServiceUnknown', 'org.freedesktop.DBus.Error.NameHasNoOwner'];
  return absent.includes(errorName) || errorName.startsWith('org.freedesktop.DBus.Error.Spawn.');
}

function refusal(member: string, error: unknown): SystemdError {
  if (error instanceof DBusError) {
    // NoReply: it got our call, and left the bus before it answered.
    const gone = reachedNobody(error.type) || error.type === 'org.freedesktop.DBus.Error.NoReply';
    const reason = `${foreignLines(error.text)} (${error.type})`;
    if (gone)
      return new SystemdError('Disconnected', error.type, `systemd did not answer ${member}: ${reason}`, { cause: error });
    return new SystemdError('Refused', error.type, `systemd refused ${member}: ${reason}`, { cause: error });
  }
  if (error instanceof Error && error.message.includes('stream is closed')) {
    return new SystemdError('Disconnected', 'EPIPE', `${member} could not be sent: the connection has ended`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new SystemdError('Refused', 'org.freedesktop.DBus.Error.InvalidArgs', `${member} is not a valid message: ${reason}`, {
    cause: error,
  });
}
