/**
 * What takes an open transaction back without its agent (design N5): a script in the transaction's directory, a timer and a unit that starts at
 * boot. It is the only thing that ever undoes an open transaction; the agent pulls it like everybody else.
 */
export interface DeadMansSwitch {
  /** Paths of what `set` installs for good. */
  readonly installs: readonly string[];
  /** From now on the script runs after so long, and at the next boot, and does nothing where no transaction is open. */
  set(unit: string, milliseconds: number): Promise<void>;
  /** The timer is needed no longer. */
  clear(): Promise<void>;
  /** Runs the script and waits for its end; the kubelet's own restart may still be going on then. @throws SystemdError, HostFileError when it could not be run or did not get to its end */
  pull(unit: string): Promise<void>;
  /** Takes away what `set` has installed for good. */
  remove(): Promise<void>;
}
