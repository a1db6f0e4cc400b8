/**
 * The dead-man's switch: what undoes an open transaction without its agent (design N5). It consists of a
 * script in the transaction's directory, a timer, and a unit that starts at boot. Nothing else ever undoes an
 * open transaction: the agent itself uses the switch. `src/host` implements it, `test/fakes` in memory; both
 * pass the same contract suite.
 */
export interface DeadMansSwitch {
  /** Paths of the files that `set` installs and that stay until `remove`. */
  readonly installs: readonly string[];
  /**
   * Makes the script run after this time and at the next boot. It does nothing if no transaction is open
   * then.
   * @param unit the kubelet's unit: at boot the script runs before it starts
   * @throws SystemdError, HostFileError
   */
  set(unit: string, milliseconds: number): Promise<void>;
  /** Stops the timer. A timer that does not run is fine. @throws SystemdError */
  clear(): Promise<void>;
  /**
   * Runs the script and waits for its end. The restart of the kubelet that it asks for may still be going on
   * then.
   * @throws SystemdError, HostFileError when the script could not be run or failed
   */
  pull(unit: string): Promise<void>;
  /** Removes what `set` has installed. @throws HostFileError */
  remove(): Promise<void>;
}
